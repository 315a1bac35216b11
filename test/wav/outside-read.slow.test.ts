// What we read of files that other programs write.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { WavReader } from "../../src/wav/reader.js";
import { PYTHON, requireTool } from "../rig/tools.js";
import { seededBytes, temporaryFolder } from "./files.js";

/** A file, and what libsndfile reads of it. */
interface Made {
  readonly name: string;
  readonly channels: number;
  readonly frames: number;
  /** SHA-256 of the interleaved samples as 64-bit floats with full scale 1. */
  readonly hash: string;
}

/** Reads files with libsndfile. */
const DESCRIBE = `
import hashlib, json, soundfile
def describe(names):
    made = []
    for name in names:
        data, rate = soundfile.read(name, dtype="float64", always_2d=True)
        assert rate == 48000, name
        digest = hashlib.sha256(data.tobytes()).hexdigest()
        made.append(dict(name=name, channels=data.shape[1], frames=data.shape[0], hash=digest))
    return made
`;

function python(script: string, args: readonly string[]): Made[] {
  const run = spawnSync(PYTHON, ["-c", DESCRIBE + script, ...args], {
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  assert.equal(run.status, 0, run.stderr);
  const answer: Made[] = JSON.parse(run.stdout);
  return answer;
}

async function checkReads(made: readonly Made[]): Promise<void> {
  for (const { name, channels, frames, hash } of made) {
    await using reader = await WavReader.open(name);
    assert.equal(reader.sampleRate, 48_000, name);
    assert.equal(reader.numberOfChannels, channels, name);
    assert.equal(reader.length, frames, name);
    assert.equal(hashOf(await reader.readChannels(frames, { precision: "float64" })), hash, name);
    assert.deepEqual(reader.warnings, [], name);

    // The same in pieces from the end to the start, so that blocks are decoded out of order.
    const pieces: Float64Array[][] = [];
    const step = Math.max(1, Math.ceil(frames / 7));
    for (let at = step * Math.max(0, Math.ceil(frames / step) - 1); at >= 0; at -= step) {
      reader.seek(at);
      pieces.unshift(await reader.readChannels(step, { precision: "float64" }));
    }
    const joined = Array.from({ length: channels }, (_, channel) =>
      Float64Array.from(pieces.flatMap((piece) => [...(piece[channel] ?? [])])),
    );
    assert.equal(hashOf(joined), hash, `${name}, in pieces`);
  }
}

function hashOf(channels: readonly Float64Array[]): string {
  const frames = channels[0]?.length ?? 0;
  const samples = new Float64Array(frames * channels.length);
  for (const [channel, values] of channels.entries()) {
    for (const [frame, value] of values.entries()) {
      samples[frame * channels.length + channel] = value;
    }
  }
  return createHash("sha256").update(new Uint8Array(samples.buffer)).digest("hex");
}

test("files of libsndfile in every format, number of channels and length have its samples", async (t) => {
  if (!requireTool(t, "python3-soundfile", "python3-numpy")) {
    return;
  }
  const script = `
import sys, numpy
folder = sys.argv[1]
noise = numpy.random.default_rng(5).uniform(-1, 1, 64 * 1025)
names = []
plain = ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"]
def write(container, subtype, channels, frames, endian="FILE"):
    name = f"{folder}/{container}-{subtype}-{endian}-{channels}-{frames}"
    # libsndfile decodes loud noise in Microsoft's ADPCM wrong: its steps do not fit into 16 bits.
    loudness = 0.1 if "ADPCM" in subtype else 1
    data = noise[:channels * frames].reshape(frames, channels) * loudness
    soundfile.write(name, data, 48000, subtype, endian, container)
    names.append(name)
for subtype in plain:
    for channels in [1, 2, 6, 8, 64]:
        for frames in [0, 1, 333, 1023, 1024, 1025]:
            write("WAV", subtype, channels, frames)
        for container in ["WAVEX", "RF64", "W64"]:
            write(container, subtype, channels, 333)
        if subtype not in ["ULAW", "ALAW"]:
            write("WAV", subtype, channels, 333, "BIG")
for subtype in ["IMA_ADPCM", "MS_ADPCM"]:
    for channels in [1, 2]:
        for container in ["WAV", "W64"]:
            for frames in [0, 1, 1016, 1017, 1018, 5001]:
                write(container, subtype, channels, frames)
print(json.dumps(describe(names)))
`;
  const made = python(script, [temporaryFolder(t)]);
  assert.equal(made.length, 8 * 5 * 9 + 6 * 5 + 2 * 2 * 2 * 6);
  await checkReads(made);
});

test("files of SoX and FFmpeg have the samples that libsndfile reads of them", async (t) => {
  if (!requireTool(t, "python3-soundfile", "python3-numpy", "sox", "ffmpeg")) {
    return;
  }
  const folder = temporaryFolder(t);
  const names: string[] = [];
  const run = (command: string, args: readonly string[]): void => {
    const result = spawnSync(command, args, { encoding: "utf8" });
    assert.equal(result.status, 0, `${command} ${args.join(" ")}: ${result.stderr}`);
  };
  for (const channels of [1, 2, 6]) {
    const raw = path.join(folder, `${channels}.raw`);
    writeFileSync(raw, seededBytes(4 * channels * 3000, channels));
    const sox = ["-V1", "-t", "raw", "-r", "48000", "-e", "signed", "-b", "32"];
    const ffmpeg = ["-v", "error", "-f", "s32le", "-ar", "48000", "-ac", `${channels}`, "-i", raw];
    const soxKinds = ["-b 8", "-b 16", "-b 24", "-b 32", "-e floating-point -b 32"];
    soxKinds.push("-e floating-point -b 64", "-e a-law", "-e mu-law");
    const ffmpegKinds = ["u8", "s16le", "s24le", "s32le", "f32le", "f64le", "alaw", "mulaw"];
    const codecs = ffmpegKinds.map((kind) => `pcm_${kind}`);
    if (channels <= 2) {
      soxKinds.push("-e ima-adpcm", "-e ms-adpcm", "-B -b 16");
      codecs.push("adpcm_ima_wav", "adpcm_ms");
    }
    for (const [index, kind] of soxKinds.entries()) {
      const name = path.join(folder, `sox-${channels}-${index}.wav`);
      run("sox", [...sox, "-c", `${channels}`, raw, ...kind.split(" "), name]);
      names.push(name);
    }
    for (const codec of codecs) {
      const plain = path.join(folder, `ffmpeg-${channels}-${codec}.wav`);
      run("ffmpeg", [...ffmpeg, "-c:a", codec, plain]);
      names.push(plain);
      if (codec.startsWith("pcm_s")) {
        const rf64 = path.join(folder, `ffmpeg-${channels}-${codec}-rf64.wav`);
        run("ffmpeg", [...ffmpeg, "-c:a", codec, "-rf64", "always", rf64]);
        const wave64 = path.join(folder, `ffmpeg-${channels}-${codec}.w64`);
        run("ffmpeg", [...ffmpeg, "-c:a", codec, wave64]);
        names.push(rf64, wave64);
      }
    }
  }
  await checkReads(python("import sys; print(json.dumps(describe(sys.argv[1:])))", names));
});

test("big-endian files of SoX in the extensible form, which libsndfile refuses, have SoX's samples", async (t) => {
  if (!requireTool(t, "sox")) {
    return;
  }
  const folder = temporaryFolder(t);
  const raw = path.join(folder, "in.raw");
  const name = path.join(folder, "rifx.wav");
  writeFileSync(raw, seededBytes(3 * 2 * 500, 4));
  const input = ["-t", "raw", "-r", "48000", "-e", "signed", "-b", "24", "-c", "2", raw];
  const made = spawnSync("sox", ["-V1", ...input, "-B", name], { encoding: "utf8" });
  assert.equal(made.status, 0, made.stderr);
  await using reader = await WavReader.open(name);
  assert.deepEqual([reader.encoding.container, reader.encoding.formatTag], ["RIFX", 0xfffe]);
  assert.equal(reader.format, "int24");
  assert.deepEqual(await reader.read(1000), seededBytes(3 * 2 * 500, 4));
});

test("24 bits in four bytes, as arecord writes them, are the samples that it recorded", async (t) => {
  if (!requireTool(t, "arecord")) {
    return;
  }
  const folder = temporaryFolder(t);
  const raw = path.join(folder, "in.raw");
  // What a device with S24_LE gives: three bytes, and the sign or anything in the fourth.
  const samples = Int32Array.from(
    { length: 2 * 48_000 },
    (_, index) => ((index * 7919) % 2 ** 24) - 2 ** 23,
  );
  writeFileSync(raw, new Uint8Array(samples.buffer));
  const configuration = path.join(folder, "asound.conf");
  writeFileSync(
    configuration,
    `pcm.fixed { type file slave.pcm { type null } file "/dev/null" infile "${raw}" format "raw" }\n`,
  );
  const name = path.join(folder, "take.wav");
  const args = ["-q", "-D", "fixed", "-f", "S24_LE", "-c", "2", "-r", "48000", "-s", "40000", name];
  const run = spawnSync("arecord", args, {
    encoding: "utf8",
    env: { ...process.env, ALSA_CONFIG_PATH: configuration },
  });
  assert.equal(run.status, 0, run.stderr);
  await using reader = await WavReader.open(name);
  assert.equal(reader.length, 40_000);
  assert.equal(reader.format, "int24");
  assert.equal(reader.encoding.bitsPerSample, 32);
  assert.equal(reader.encoding.validBits, 24);
  assert.deepEqual(await reader.readIntegers(40_000), samples.subarray(0, 80_000));
  assert.deepEqual(
    reader.warnings.map(({ code }) => code),
    ["sample-padding"],
  );
});
