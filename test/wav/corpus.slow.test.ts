// Files of many tools, real and odd ones, and what libsndfile and FFmpeg make of each. They are not
// part of the repository, for not all of them may be copied: the tests run where the folder is.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { AudioError } from "../../src/errors.js";
import { WavReader } from "../../src/wav/reader.js";
import { openWavSync } from "../../src/wav/sync-file.js";
import { PYTHON, requireTool } from "../rig/tools.js";
import { CORPUS, hasCorpus } from "./corpus-folder.js";

/** One line of the corpus's list. */
interface Listed {
  readonly file: string;
  /** For instance "2ch 8000Hz 100fr"; undefined where it refuses the file. */
  readonly libsndfile: string | undefined;
  readonly ffmpeg: string | undefined;
}

/** Files that libsndfile refuses, and FFmpeg reads as we do. */
const LIKE_FFMPEG = new Set([
  "hound/crash-e5471f5b58397287b509db7d026e95f1724454f5.wav",
  "made-malformed/bw64-ok.wav",
  "made-malformed/chunk-nonascii-id.wav",
]);
/** Files that both refuse, with what we read. */
const ONLY_OURS = new Map([
  ["libbw64/rect_24bit_wrong_fmt_size.wav", "2ch 44100Hz 22050fr"],
  ["made-malformed/odd-unknown-unpadded.wav", "2ch 8000Hz 100fr"],
  ["made-malformed/fmt-ch-65535.wav", "65535ch 8000Hz 0fr"],
]);
/**
 * Of two data chunks FFmpeg reads the second and libsndfile none; we read the first, as SoX and
 * Python's wave do.
 */
const TWO_DATA_CHUNKS = "made-malformed/order-two-data.wav";
/** Codecs that we leave out: files that one of the two reads. */
const OTHER_CODECS = new Map([
  ["made-tools/libsndfile-GSM610.wav", /GSM 6\.10/],
  ["made-tools/sox-gsm.wav", /GSM 6\.10/],
  ["music-metadata/gsm610.wav", /GSM 6\.10/],
  ["made-tools/libsndfile-NMS_ADPCM_24.wav", /NMS ADPCM/],
  ["music-metadata/mpeglayer3.wav", /MP3/],
  ["scipy/test-8000Hz-le-3ch-5S-64bit.wav", /PCM .* of 64 bits/],
]);
/**
 * 24 bits in four bytes: libsndfile has other samples. These are those that hound, from whose tests
 * the files are, expects.
 */
const PADDED = new Map([
  ["hound/pcmwaveformat-24bit-4byte-48kHz-stereo.wav", [-96, 23_052, 8_388_607, -8_360_672]],
  ["hound/waveformatextensible-24bit-4byte-48kHz-stereo.wav", [-96, 23_052, 8_388_607, -8_360_672]],
]);

function corpusFolder(t: TestContext): string | undefined {
  if (hasCorpus()) {
    return CORPUS;
  }
  t.skip(`needs the corpus: no ${CORPUS}; ROOMTONE_WAV_CORPUS can name another folder`);
  return undefined;
}

function listed(folder: string): Listed[] {
  const lines = readFileSync(path.join(folder, "MANIFEST.tsv"), "utf8").trim().split("\n");
  const columns = lines[0]?.split("\t") ?? [];
  const column = (start: string): number => {
    const index = columns.findIndex((name) => name.startsWith(start));
    assert.ok(index >= 0, start);
    return index;
  };
  const [soundfile, ffmpeg] = [column("soundfile"), column("ffmpeg")];
  return lines.slice(1).map((line) => {
    const fields = line.split("\t");
    const ffmpegs = /^(\d+ch \d+Hz) hdr=\S+ dec=(\d+fr) (?!None)/.exec(fields[ffmpeg] ?? "");
    return {
      file: fields[0] ?? "",
      libsndfile: /^\d+ch \d+Hz \d+fr/.exec(fields[soundfile] ?? "")?.[0],
      ffmpeg: ffmpegs === null ? undefined : `${ffmpegs[1]} ${ffmpegs[2]}`,
    };
  });
}

/** What we make of a file, in the list's words. */
async function ours(file: string): Promise<string> {
  try {
    await using reader = await WavReader.open(file);
    return `${reader.numberOfChannels}ch ${reader.sampleRate}Hz ${reader.length}fr`;
  } catch (error) {
    assert.ok(error instanceof AudioError, `${file}: ${String(error)}`);
    assert.match(error.message, /\(at byte \d+, chunk "[^"]*"\)\.$/);
    return `${error.code}: ${error.message}`;
  }
}

/** The samples as interleaved 64-bit floats, hashed: as the other programs' are. */
async function hashOf(reader: WavReader): Promise<string> {
  const hash = createHash("sha256");
  for (;;) {
    const channels = await reader.readChannels(4096, { precision: "float64" });
    const frames = channels[0]?.length ?? 0;
    if (frames === 0) {
      return hash.digest("hex");
    }
    const samples = new Float64Array(frames * channels.length);
    for (const [channel, values] of channels.entries()) {
      for (const [frame, value] of values.entries()) {
        samples[frame * channels.length + channel] = value;
      }
    }
    hash.update(new Uint8Array(samples.buffer));
  }
}

test("every file of the corpus is read as libsndfile reads it, or as is said here", async (t) => {
  const folder = corpusFolder(t);
  if (folder === undefined) {
    return;
  }
  const files = listed(folder);
  assert.ok(files.length >= 239, `${files.length} files`);
  for (const { file, libsndfile, ffmpeg } of files) {
    const got = await ours(path.join(folder, file));
    const codec = OTHER_CODECS.get(file);
    if (codec !== undefined) {
      assert.match(got, /^format-not-supported/, file);
      assert.match(got, codec, file);
      assert.notEqual(libsndfile ?? ffmpeg, undefined, `${file} is read by one of them`);
    } else if (LIKE_FFMPEG.has(file)) {
      assert.equal(libsndfile, undefined, file);
      assert.equal(got, ffmpeg, file);
    } else if (file === TWO_DATA_CHUNKS) {
      assert.deepEqual([libsndfile, got], [undefined, ffmpeg]);
    } else if (ONLY_OURS.has(file)) {
      assert.equal(libsndfile ?? ffmpeg, undefined, file);
      assert.equal(got, ONLY_OURS.get(file), file);
    } else if (libsndfile !== undefined) {
      assert.equal(got, libsndfile, file);
    } else {
      assert.match(got, /^(malformed-file|format-not-supported)/, file);
      assert.equal(ffmpeg, undefined, `${file}: FFmpeg reads it`);
    }
  }
});

test("the samples of the corpus are those of libsndfile", async (t) => {
  const folder = corpusFolder(t);
  if (folder === undefined || !requireTool(t, "python3-soundfile", "python3-numpy")) {
    return;
  }
  const files = listed(folder)
    .filter(({ file, libsndfile }) => libsndfile !== undefined && !OTHER_CODECS.has(file))
    .map(({ file }) => file)
    .filter((file) => !PADDED.has(file));
  assert.ok(files.length > 190, `${files.length} files`);
  const script = `
import hashlib, json, sys, soundfile
answers = []
for name in json.load(sys.stdin):
    with soundfile.SoundFile(name) as f:
        digest = hashlib.sha256()
        for block in f.blocks(blocksize=4096, dtype="float64", always_2d=True):
            digest.update(block.tobytes())
        answers.append(digest.hexdigest())
print(json.dumps(answers))
`;
  const input = JSON.stringify(files.map((file) => path.join(folder, file)));
  const run = spawnSync(PYTHON, ["-c", script], { input, encoding: "utf8" });
  assert.equal(run.status, 0, run.stderr);
  const theirs: string[] = JSON.parse(run.stdout);
  for (const [index, file] of files.entries()) {
    await using reader = await WavReader.open(path.join(folder, file));
    assert.equal(await hashOf(reader), theirs[index], file);
  }
});

test("what libsndfile refuses and FFmpeg reads has the samples of FFmpeg", async (t) => {
  const folder = corpusFolder(t);
  if (folder === undefined || !requireTool(t, "ffmpeg")) {
    return;
  }
  for (const file of LIKE_FFMPEG) {
    const name = path.join(folder, file);
    const args = ["-v", "error", "-i", name, "-f", "f64le", "-c:a", "pcm_f64le", "-"];
    const run = spawnSync("ffmpeg", args, { stdio: ["ignore", "pipe", "pipe"] });
    assert.equal(run.status, 0, run.stderr.toString());
    await using reader = await WavReader.open(name);
    const expected = createHash("sha256").update(run.stdout).digest("hex");
    assert.ok(run.stdout.byteLength > 0);
    assert.equal(await hashOf(reader), expected, file);
  }
});

test("of two data chunks of the corpus the first is read, as by Python's wave", async (t) => {
  const folder = corpusFolder(t);
  if (folder === undefined || !requireTool(t, "python3")) {
    return;
  }
  const name = path.join(folder, TWO_DATA_CHUNKS);
  const script = "import sys, wave; print(wave.open(sys.argv[1]).readframes(1000).hex())";
  const run = spawnSync(PYTHON, ["-c", script, name], { encoding: "utf8" });
  assert.equal(run.status, 0, run.stderr);
  await using reader = await WavReader.open(name);
  assert.equal(Buffer.from(await reader.read(1000)).toString("hex"), run.stdout.trim());
});

test("24 bits in four bytes of the corpus are its makers' samples", async (t) => {
  const folder = corpusFolder(t);
  if (folder === undefined) {
    return;
  }
  for (const [file, samples] of PADDED) {
    await using reader = await WavReader.open(path.join(folder, file));
    assert.deepEqual([...(await reader.readIntegers(10))], samples, file);
    assert.ok(reader.warnings.some(({ code }) => code === "sample-padding"));
  }
});

test("bytes, streams, blobs and the synchronous reader make the same of the corpus", async (t) => {
  const folder = corpusFolder(t);
  if (folder === undefined) {
    return;
  }
  for (const { file } of listed(folder)) {
    const name = path.join(folder, file);
    let expected: Uint8Array;
    try {
      await using reader = await WavReader.open(name);
      expected = await reader.read(reader.length);
    } catch {
      continue;
    }
    const bytes = readFileSync(name);
    for (const source of [bytes, new Blob([bytes])]) {
      await using reader = await WavReader.open(source);
      assert.deepEqual(await reader.read(Number.MAX_SAFE_INTEGER), expected, file);
    }
    const opened = openWavSync(name);
    const target = new Uint8Array(expected.byteLength);
    opened.read(target, 0, opened.frames);
    opened.close();
    assert.deepEqual(target, expected, file);
    if (!NOT_AS_STREAMS.has(file)) {
      await using reader = await WavReader.open(createReadStream(name, { highWaterMark: 1000 }));
      assert.deepEqual(await reader.read(Number.MAX_SAFE_INTEGER), expected, file);
    }
  }
});

/** A search for a lost chunk goes back in the file. */
const NOT_AS_STREAMS: ReadonlySet<string> = new Set(["libbw64/rect_24bit_wrong_fmt_size.wav"]);
