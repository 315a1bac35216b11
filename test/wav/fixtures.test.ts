// The odd and broken files of test/fixtures/wav: what is read of each, and what is said.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { AudioError, type AudioErrorCode } from "../../src/errors.js";
import { WavReader } from "../../src/wav/reader.js";
import type { WavWarningCode } from "../../src/wav/warning.js";
import { FILES, FIXTURES, SAMPLES, SAMPLES_24 } from "../fixtures/make-wav-fixtures.js";
import { PYTHON, requireTool } from "../rig/tools.js";

interface Expected {
  readonly warnings: readonly WavWarningCode[];
  /** As integers, or as floats; {@link SAMPLES} where nothing is said. */
  readonly samples?: readonly number[];
  /** For what only other programs can tell the samples of. */
  readonly frames?: number;
}

const fine = (samples?: readonly number[]): Expected => ({
  warnings: [],
  ...(samples === undefined ? {} : { samples }),
});
const but = (...warnings: readonly WavWarningCode[]): Expected => ({ warnings });
const floats = SAMPLES.map((sample) => sample / 32_768);
const UNKNOWN = but("data-size-unknown", "riff-size-wrong");

const READ: Readonly<Record<string, Expected>> = {
  "sound-pcm16.wav": fine(),
  "sound-list-behind-data.wav": fine(),
  "sound-pcm8.wav": fine(SAMPLES.map((sample) => sample >> 8)),
  "sound-pcm12-in-16.wav": fine(SAMPLES.map((sample) => sample >> 4)),
  "sound-extensible-20-in-24.wav": fine(SAMPLES.map((sample) => sample * 16)),
  "sound-extensible-24-in-32.wav": fine(SAMPLES_24),
  "sound-float64.wav": fine(floats),
  "sound-rifx-pcm16.wav": fine(),
  "sound-rifx-pcm24.wav": fine(SAMPLES_24),
  "sound-rifx-float32.wav": fine(floats),
  "sound-rifx-float64.wav": fine(floats),
  "sound-rifx-extensible.wav": fine(),
  "sound-rf64.wav": fine(),
  "sound-bw64.wav": fine(),
  "sound-wave64.w64": fine(),
  "sound-alaw.wav": { warnings: [], frames: 256 },
  "sound-mulaw.wav": { warnings: [], frames: 256 },
  // Blocks of 64 bytes: 8 bytes of header for one frame, or 14 for two; two frames a byte pair.
  "sound-ima-adpcm.wav": { warnings: [], frames: 3 * 57 },
  "sound-ms-adpcm.wav": { warnings: [], frames: 3 * 52 },
  "data-size-0.wav": UNKNOWN,
  "data-size-0-and-a-chunk-follows.wav": fine([]),
  "data-size-ffffffff.wav": UNKNOWN,
  "data-size-ffffff9b.wav": UNKNOWN,
  "data-size-80000000.wav": UNKNOWN,
  "data-size-7ffff000.wav": UNKNOWN,
  "data-larger-than-file.wav": but("data-size-too-large"),
  "last-frame-cut.wav": {
    warnings: ["data-size-too-large", "riff-size-wrong", "last-frame-incomplete"],
    samples: SAMPLES.slice(0, -2),
  },
  "riff-size-0.wav": but("riff-size-wrong"),
  "riff-size-too-small.wav": but("riff-size-wrong"),
  "list-larger-than-file.wav": but("chunk-too-large"),
  "garbage-behind-the-chunks.wav": but("trailing-bytes"),
  "fmt-one-byte-too-large.wav": but("junk-skipped"),
  "odd-chunk-without-pad.wav": but("pad-byte-missing"),
  "odd-data-without-pad.wav": { warnings: ["pad-byte-missing"], samples: [-127, -126, -125] },
  "odd-data-without-pad-at-the-end.wav": {
    warnings: ["pad-byte-missing"],
    samples: [-127, -126, -125],
  },
  "junk-before-fmt.wav": but("junk-skipped"),
  "fmt-behind-data.wav": but("fmt-after-data"),
  "two-data-chunks.wav": but("data-repeated"),
  "two-fmt-chunks.wav": but("fmt-repeated"),
  "id-of-other-characters.wav": fine(),
  "block-align-of-mono.wav": but("block-align-wrong"),
  "block-align-0.wav": but("block-align-wrong"),
  "block-align-of-32-bits.wav": { warnings: ["block-align-wrong"], samples: SAMPLES_24 },
  "s24le-by-arecord.wav": { warnings: ["sample-padding"], samples: SAMPLES_24 },
  "pcm24-in-upper-32.wav": { warnings: ["sample-padding"], samples: SAMPLES_24 },
  "extensible-24-in-lower-32.wav": { warnings: ["sample-padding"], samples: SAMPLES_24 },
  "extensible-valid-bits-0.wav": but("bits-wrong"),
  "extensible-valid-bits-too-many.wav": but("bits-wrong"),
  "extensible-bits-0.wav": but("bits-wrong"),
  "alaw-of-16-bits.wav": { warnings: ["bits-wrong"], frames: 256 },
  // Of 19 bytes, 8 are the header of the first frame, and 8 hold 8 more; 14, and 5.
  "ima-adpcm-last-block-cut.wav": { warnings: ["last-frame-incomplete"], frames: 3 * 57 + 9 },
  "ms-adpcm-last-block-cut.wav": { warnings: ["last-frame-incomplete"], frames: 3 * 52 + 2 + 5 },
  "ima-adpcm-step-of-none.wav": { warnings: ["damaged-block"], frames: 3 * 57 },
  "ms-adpcm-predictor-of-none.wav": { warnings: ["damaged-block"], frames: 3 * 52 },
  "rf64-without-ds64.wav": but("ds64-missing"),
  "rf64-ds64-of-zeros.wav": UNKNOWN,
  "rf64-ds64-cut.wav": but("ds64-damaged", "data-size-unknown", "riff-size-wrong"),
  "rf64-ds64-says-1-tib.wav": but("data-size-too-large"),
  "wave64-data-size-0.w64": but("data-size-unknown"),
};

const REFUSED: Readonly<Record<string, readonly [AudioErrorCode, RegExp]>> = {
  "refused-empty.wav": ["malformed-file", /too short \(at byte 0, chunk "RIFF"\)/],
  "refused-text.wav": ["malformed-file", /does not begin with "RIFF" \(at byte 0/],
  "refused-avi.wav": ["malformed-file", /"WAVE" is missing .*\(at byte 8/],
  "refused-aiff.wav": ["format-not-supported", /AIFF files .*\(at byte 0/],
  "refused-no-data.wav": ["malformed-file", /no "data" chunk .*\(at byte 60, chunk "data"\)/],
  "refused-no-fmt.wav": ["malformed-file", /no "fmt " chunk .*\(at byte 100, chunk "fmt "\)/],
  "refused-fmt-of-12-bytes.wav": ["malformed-file", /12 bytes, 16 .*\(at byte 20, chunk "fmt "\)/],
  "refused-channels-0.wav": ["malformed-file", /no channels \(at byte 22, chunk "fmt "\)/],
  "refused-rate-0.wav": ["malformed-file", /sample rate is 0 \(at byte 24, chunk "fmt "\)/],
  "refused-bits-0.wav": ["malformed-file", /have 0 bits \(at byte 34, chunk "fmt "\)/],
  "refused-extensible-cut.wav": ["malformed-file", /too short to name its codec \(at byte 20/],
  "refused-unknown-guid.wav": ["format-not-supported", /00aa00389b99 .*\(at byte 44/],
  "refused-float16.wav": ["format-not-supported", /IEEE float .* of 16 bits .*\(at byte 20/],
  "refused-pcm40.wav": ["format-not-supported", /PCM .* of 40 bits/],
  "refused-mp3.wav": ["format-not-supported", /MP3 \(format tag 0x0055\)/],
  "refused-gsm.wav": ["format-not-supported", /GSM 6\.10/],
  "refused-g726.wav": ["format-not-supported", /G\.726/],
  "refused-adpcm-block-too-small.wav": ["malformed-file", /blocks of 6 bytes .*\(at byte 32/],
};

/** What libsndfile 1.2 makes otherwise; docs/wav.md has the reasons. */
const NOT_LIKE_LIBSNDFILE: ReadonlyMap<string, string> = new Map([
  ["extensible-24-in-lower-32.wav", "reads the four bytes as one integer, 48 dB too low"],
  ["extensible-bits-0.wav", "refuses it; FFmpeg reads it"],
  ["fmt-behind-data.wav", "refuses it; FFmpeg reads it"],
  ["fmt-one-byte-too-large.wav", "refuses it"],
  ["id-of-other-characters.wav", "refuses it; FFmpeg reads it"],
  ["ima-adpcm-last-block-cut.wav", "makes up a whole block; FFmpeg has the frames that are there"],
  ["junk-before-fmt.wav", "refuses it"],
  ["ms-adpcm-last-block-cut.wav", "drops the block; FFmpeg has the frames that are there"],
  ["ms-adpcm-predictor-of-none.wav", "decodes the block with another predictor"],
  ["odd-chunk-without-pad.wav", "refuses it"],
  ["pcm24-in-upper-32.wav", "reads packed samples of three bytes: noise"],
  ["rf64-ds64-cut.wav", "refuses it"],
  ["rf64-ds64-of-zeros.wav", "reads no frames of what a crashed recorder left"],
  ["s24le-by-arecord.wav", "reads packed samples of three bytes: noise"],
  ["sound-bw64.wav", "does not know BW64; FFmpeg reads it"],
  ["two-data-chunks.wav", "refuses it; FFmpeg reads the second"],
  ["two-fmt-chunks.wav", "refuses it; FFmpeg reads it"],
]);

async function everySample(reader: WavReader): Promise<readonly number[]> {
  if (reader.encoding.codec !== "float") {
    return [...(await reader.readIntegers(reader.length))];
  }
  const [left = [], right = []] = await reader.readChannels(reader.length);
  return [...left].flatMap((sample, frame) => [sample, right[frame] ?? Number.NaN]);
}

test("the fixtures are those that their script makes, and each is expected here", () => {
  const names = readdirSync(FIXTURES).sort();
  assert.deepEqual(names, Object.keys(FILES).sort());
  assert.deepEqual(names, [...Object.keys(READ), ...Object.keys(REFUSED)].sort());
  for (const name of names) {
    assert.deepEqual(readFileSync(path.join(FIXTURES, name)), FILES[name], name);
  }
});

for (const [name, { warnings, samples = SAMPLES, frames }] of Object.entries(READ)) {
  const claim = warnings.length === 0 ? "without a warning" : `with ${warnings.join(", ")}`;
  test(`${name} is read ${claim}`, async () => {
    await using reader = await WavReader.open(path.join(FIXTURES, name));
    assert.equal(reader.sampleRate, 8000);
    const read = await everySample(reader);
    if (frames === undefined) {
      assert.deepEqual(read, samples);
    } else {
      assert.equal(reader.length, frames);
      assert.equal(read.length, frames * reader.numberOfChannels);
    }
    const codes = reader.warnings.map(({ code }) => code);
    assert.deepEqual(codes, warnings);
    for (const { message, position } of reader.warnings) {
      assert.ok(message.length > 10 && position >= 0 && position <= (FILES[name]?.length ?? 0));
    }
  });
}

for (const [name, [code, message]] of Object.entries(REFUSED)) {
  test(`${name} is refused as ${code}`, async () => {
    await assert.rejects(
      WavReader.open(path.join(FIXTURES, name)),
      (error: unknown) =>
        error instanceof AudioError && error.code === code && message.test(error.message),
    );
  });
}

test("what libsndfile reads of the fixtures, it reads as we do", async (t) => {
  if (!requireTool(t, "python3-soundfile", "python3-numpy")) {
    return;
  }
  const script = `
import json, sys, soundfile
answers = {}
for name in sys.argv[1:]:
    try:
        data, rate = soundfile.read(name, dtype="float64", always_2d=True)
        answers[name] = [rate, data.shape[1], data.reshape(-1).tolist()]
    except soundfile.LibsndfileError as error:
        answers[name] = None
print(json.dumps(answers))
`;
  const run = spawnSync(PYTHON, ["-c", script, ...Object.keys(FILES)], {
    encoding: "utf8",
    cwd: FIXTURES,
  });
  assert.equal(run.status, 0, run.stderr);
  const theirs: Record<string, [number, number, number[]] | null> = JSON.parse(run.stdout);
  const different: string[] = [];
  for (const [name, expected] of Object.entries(theirs)) {
    const got = await readAll(name);
    if (!isDeepStrictEqual(got, expected)) {
      different.push(name);
    }
  }
  assert.deepEqual(different.sort(), [...NOT_LIKE_LIBSNDFILE.keys()].sort());
});

/** Rate, channels and interleaved samples; null for a file that is refused. */
async function readAll(name: string): Promise<[number, number, number[]] | null> {
  try {
    await using reader = await WavReader.open(path.join(FIXTURES, name));
    const channels = await reader.readChannels(reader.length, { precision: "float64" });
    const frames = Array.from(channels[0] ?? [], (_, frame) => frame);
    const samples = frames.flatMap((frame) =>
      channels.map((channel) => channel[frame] ?? Number.NaN),
    );
    return [reader.sampleRate, reader.numberOfChannels, samples];
  } catch (error) {
    assert.ok(error instanceof AudioError, String(error));
    return null;
  }
}
