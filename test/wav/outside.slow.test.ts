// What other programs make of our files.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { bytesPerFrame, bytesPerSample, type SampleFormat } from "../../src/format.js";
import { WAV_FORMATS, type WavFormat } from "../../src/wav/header.js";
import { openWavSync } from "../../src/wav/sync-file.js";
import { WavWriter } from "../../src/wav/writer.js";
import type { WavWriterOptions } from "../../src/wav/writer-options.js";
import * as wave from "../../src/wave.js";
import { PYTHON, requireTool } from "../rig/tools.js";
import { seededBytes, temporaryFolder } from "./files.js";

interface Sample {
  readonly file: string;
  readonly format: WavFormat;
  readonly channels: number;
  readonly frames: number;
  readonly data: Uint8Array;
}

const SAMPLE_RATE = 22_050;

/** SoX says this of every extensible file of floats, libsndfile's too, and reads it right. */
const EXTENSIBLE_FLOAT_WARNING = "sox WARN wav: wave header missing extended part of fmt chunk\n";

/** One file of each format, number of channels and length. */
async function writeSamples(folder: string): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (const format of WAV_FORMATS) {
    for (const channels of [1, 2, 6, 8, 64]) {
      for (const frames of [0, 1, 999, 1023, 1024, 1025]) {
        const file = path.join(folder, `${format}-${channels}-${frames}.wav`);
        const data = seededBytes(frames * bytesPerFrame(format, channels), frames + channels);
        const writer = await WavWriter.create(file, { sampleRate: SAMPLE_RATE, channels, format });
        await writer.write(data);
        await writer.close();
        samples.push({ file, format, channels, frames, data });
      }
    }
  }
  return samples;
}

/** The same as roomtone/wave writes them. */
function writeWaveSamples(folder: string): Sample[] {
  const samples: Sample[] = [];
  for (const [width, format] of ["", "uint8", "int16", "int24", "int32"].entries()) {
    for (const channels of width === 0 ? [] : [1, 2, 6]) {
      for (const frames of [0, 1, 999]) {
        const file = path.join(folder, `wave-${format}-${channels}-${frames}.wav`);
        const data = seededBytes(frames * width * channels, frames + channels);
        using writer = wave.open(file, "wb");
        writer.setparams([channels, width, SAMPLE_RATE, 0, "NONE", "not compressed"]);
        writer.writeframes(data);
        samples.push({ file, format: format as WavFormat, channels, frames, data });
      }
    }
  }
  return samples;
}

/** Runs a Python script with the samples' files as arguments; it prints one JSON value. */
function python<Answer>(script: string, files: readonly string[]): Answer {
  const run = spawnSync(PYTHON, ["-c", script, ...files], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  assert.equal(run.status, 0, run.stderr);
  const answer: Answer = JSON.parse(run.stdout);
  return answer;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

test("Python's wave reads our files of integers with the same frames", async (t) => {
  if (!requireTool(t, "python3")) {
    return;
  }
  const folder = temporaryFolder(t);
  // Python 3.11 refuses floats and the extensible form, which WavWriter uses above two channels.
  const samples = (await writeSamples(folder)).filter(
    (sample) => !sample.format.startsWith("float") && sample.channels <= 2,
  );
  samples.push(...writeWaveSamples(folder));
  const script = `
import hashlib, json, sys, wave
answers = []
for name in sys.argv[1:]:
    with wave.open(name) as f:
        answers.append([*f.getparams(), hashlib.sha256(f.readframes(10000)).hexdigest()])
print(json.dumps(answers))
`;
  const answers = python<unknown[][]>(
    script,
    samples.map((sample) => sample.file),
  );
  const expected = samples.map(({ channels, format, frames, data }) => [
    channels,
    bytesPerSample(format),
    SAMPLE_RATE,
    frames,
    "NONE",
    "not compressed",
    sha256(data),
  ]);
  assert.deepEqual(answers, expected);
});

test("libsndfile reads our files with the right rate, channels, format and samples", async (t) => {
  if (!requireTool(t, "python3-soundfile", "python3-numpy")) {
    return;
  }
  const folder = temporaryFolder(t);
  const samples = [...(await writeSamples(folder)), ...writeWaveSamples(folder)];
  // libsndfile gives integers at the upper end of 32 bits; the bytes of the format are cut out.
  const script = `
import hashlib, json, sys, numpy, soundfile
answers = []
widths = {"PCM_U8": 1, "PCM_16": 2, "PCM_24": 3, "PCM_32": 4}
for name in sys.argv[1:]:
    with soundfile.SoundFile(name) as f:
        if f.subtype in ("FLOAT", "DOUBLE"):
            dtype = "float32" if f.subtype == "FLOAT" else "float64"
            data = f.read(dtype=dtype, always_2d=True).tobytes()
        else:
            whole = f.read(dtype="int32", always_2d=True)
            parts = numpy.ascontiguousarray(whole).view("u1").reshape(-1, 4)
            data = parts[:, 4 - widths[f.subtype]:]
            data = (data ^ 128 if f.subtype == "PCM_U8" else data).tobytes()
        answers.append([f.samplerate, f.channels, f.subtype, f.frames, hashlib.sha256(data).hexdigest()])
print(json.dumps(answers))
`;
  const subtypes: Readonly<Record<string, string>> = {
    uint8: "PCM_U8",
    int16: "PCM_16",
    int24: "PCM_24",
    int32: "PCM_32",
    float32: "FLOAT",
    float64: "DOUBLE",
  };
  const answers = python<unknown[][]>(
    script,
    samples.map((sample) => sample.file),
  );
  const expected = samples.map(({ channels, format, frames, data }) => [
    SAMPLE_RATE,
    channels,
    subtypes[format],
    frames,
    sha256(data),
  ]);
  assert.deepEqual(answers, expected);
});

test("SoX reads our files with the right rate, channels, bits and frames, without a complaint", async (t) => {
  if (!requireTool(t, "sox")) {
    return;
  }
  const folder = temporaryFolder(t);
  const samples = [...(await writeSamples(folder)), ...writeWaveSamples(folder)];
  const ask = (option: string): string[] => {
    const files = samples.map((sample) => sample.file);
    const run = spawnSync("sox", ["--i", option, ...files], { encoding: "utf8" });
    assert.equal(run.status, 0, run.stderr);
    assert.equal(run.stderr.replaceAll(EXTENSIBLE_FLOAT_WARNING, ""), "");
    return run.stdout.trim().split("\n");
  };
  const answers = { rate: ask("-r"), channels: ask("-c"), bits: ask("-b"), frames: ask("-s") };
  assert.deepEqual(answers, {
    rate: samples.map(() => `${SAMPLE_RATE}`),
    channels: samples.map((sample) => `${sample.channels}`),
    bits: samples.map((sample) => `${bytesPerSample(sample.format) * 8}`),
    frames: samples.map((sample) => `${sample.frames}`),
  });
});

test("SoX gives back the bytes of our integers", async (t) => {
  if (!requireTool(t, "sox")) {
    return;
  }
  for (const { file, format, frames, data } of await writeSamples(temporaryFolder(t))) {
    // SoX computes in 32-bit integers, so floats come back rounded.
    if (!format.startsWith("float") && frames > 0) {
      const run = spawnSync("sox", ["-D", file, "-t", "raw", "-"]);
      assert.equal(run.status, 0, run.stderr.toString());
      assert.equal(run.stdout.toString("hex"), hex(data), file);
    }
  }
});

/** FFmpeg's names of our formats. */
const FFMPEG_FORMATS: Readonly<Record<WavFormat, string>> = {
  uint8: "u8",
  int16: "s16le",
  int24: "s24le",
  int32: "s32le",
  float32: "f32le",
  float64: "f64le",
};

test("FFmpeg gives back the bytes of our files, without a complaint", async (t) => {
  if (!requireTool(t, "ffmpeg")) {
    return;
  }
  const folder = temporaryFolder(t);
  const samples = [...(await writeSamples(folder)), ...writeWaveSamples(folder)].filter(
    ({ frames }) => frames > 0,
  );
  // Many files in one run: a process for each would take minutes.
  for (const format of WAV_FORMATS) {
    const own = samples.filter((sample) => sample.format === format);
    const inputs = own.flatMap(({ file }) => ["-guess_layout_max", "0", "-i", file]);
    const code = FFMPEG_FORMATS[format];
    const outputs = own.flatMap(({ file }, index) => {
      const settings = ["-map", `${index}:a`, "-c:a", `pcm_${code}`, "-f", code];
      return [...settings, `${file}.raw`];
    });
    const run = spawnSync("ffmpeg", ["-v", "warning", ...inputs, ...outputs], { encoding: "utf8" });
    assert.deepEqual([run.status, run.stderr], [0, ""]);
    for (const { file, data } of own) {
      assert.equal(sha256(readFileSync(`${file}.raw`)), sha256(data), file);
    }
  }
});

test("files with valid bits, loudspeakers, the other form and RF64 are read with equal samples", async (t) => {
  if (!requireTool(t, "ffmpeg", "sox", "python3-soundfile", "python3-numpy")) {
    return;
  }
  const folder = temporaryFolder(t);
  const wide = Buffer.from(seededBytes(4 * 6 * 500, 31));
  // 24 bits at the upper end of 32.
  const padded = wide.map((byte, index) => (index % 4 === 0 ? 0 : byte));
  const cases: readonly {
    readonly options: Omit<WavWriterOptions, "sampleRate">;
    /** What libsndfile calls it, and what SoX answers about its bits. */
    readonly words: readonly [string, string, string];
  }[] = [
    { options: { channels: 2, format: "int32", validBits: 24 }, words: ["WAVEX", "PCM_32", "32"] },
    {
      options: { channels: 6, format: "int32", channelMask: 63 },
      words: ["WAVEX", "PCM_32", "32"],
    },
    {
      options: { channels: 2, format: "int24", extensible: true },
      words: ["WAVEX", "PCM_24", "24"],
    },
    {
      options: { channels: 6, format: "int16", extensible: false },
      words: ["WAV", "PCM_16", "16"],
    },
    {
      options: { channels: 2, format: "int24", container: "rf64" },
      words: ["RF64", "PCM_24", "24"],
    },
    {
      options: { channels: 3, format: "int16", container: "rf64" },
      words: ["RF64", "PCM_16", "16"],
    },
    {
      options: { channels: 2, format: "int16", container: "riff" },
      words: ["WAV", "PCM_16", "16"],
    },
  ];
  for (const [index, { options, words }] of cases.entries()) {
    const file = path.join(folder, `${index}.wav`);
    const data = options.validBits === undefined ? wide : padded;
    await using writer = await WavWriter.create(file, { sampleRate: SAMPLE_RATE, ...options });
    await writer.write(data);
    await writer.close();
    const code = FFMPEG_FORMATS[options.format];
    const raw = ["-c:a", `pcm_${code}`, "-f", code, "-"];
    const ffmpeg = spawnSync("ffmpeg", [
      "-v",
      "warning",
      "-guess_layout_max",
      "0",
      "-i",
      file,
      ...raw,
    ]);
    assert.equal(ffmpeg.stderr.toString(), "");
    // FFmpeg takes the valid bits for the container and SoX refuses them: docs/wav-writing.md warns.
    if (options.validBits === undefined) {
      assert.equal(sha256(ffmpeg.stdout), sha256(data), `FFmpeg, case ${index}`);
    }
    const width = bytesPerSample(options.format);
    const script = `
import hashlib, json, sys, numpy, soundfile
with soundfile.SoundFile(sys.argv[1]) as f:
    whole = numpy.ascontiguousarray(f.read(dtype="int32", always_2d=True))
    data = whole.view("u1").reshape(-1, 4)[:, ${4 - width}:]
    print(json.dumps([f.format, f.subtype, f.channels, hashlib.sha256(data.tobytes()).hexdigest()]))`;
    const [format, subtype, channels, samples] = python<unknown[]>(script, [file]);
    assert.deepEqual([format, subtype, channels], [words[0], words[1], options.channels]);
    assert.equal(samples, sha256(data), `libsndfile, case ${index}`);
    if (options.container !== "rf64" && options.validBits === undefined) {
      // SoX knows no RF64.
      const sox = spawnSync("sox", ["-D", file, "-t", "raw", "-b", words[2], "-"]);
      assert.equal(
        sha256(sox.stdout),
        sha256(data),
        `SoX, case ${index}: ${sox.stderr.toString()}`,
      );
    }
  }
});

test("we read what libsndfile and Python write, with the same samples", (t) => {
  if (!requireTool(t, "python3-soundfile", "python3-numpy")) {
    return;
  }
  const folder = temporaryFolder(t);
  const data = seededBytes(4 * 2 * 3 * 5 * 7, 3);
  const raw = path.join(folder, "data.raw");
  writeFileSync(raw, data);
  const script = `
import json, sys, numpy, soundfile, wave
folder = sys.argv[1]
raw = open(folder + "/data.raw", "rb").read()
made = []
subtypes = [("PCM_U8", "uint8"), ("PCM_16", "int16"), ("PCM_24", "int24"), ("PCM_32", "int32"), ("FLOAT", "float32")]
for container in ["WAV", "WAVEX"]:
    for subtype, ours in subtypes:
        for channels in [1, 2, 6]:
            name = f"{folder}/{container}-{subtype}-{channels}.wav"
            with soundfile.SoundFile(name, "w", 44100, channels, subtype, format=container) as f:
                f.buffer_write(raw, dtype="float32" if ours == "float32" else "int32")
            made.append([name, ours, channels])
for width in [1, 2, 3, 4]:
    for channels in [1, 2, 6]:
        name = f"{folder}/wave-{width}-{channels}.wav"
        with wave.open(name, "wb") as f:
            f.setparams((channels, width, 44100, 0, "NONE", ""))
            f.writeframes(raw[:len(raw) // (width * channels) * width * channels])
        made.append([name, ["", "uint8", "int16", "int24", "int32"][width], channels])
print(json.dumps(made))
`;
  const made = python<[string, SampleFormat, number][]>(script, [folder]);
  assert.equal(made.length, 42);
  for (const [file, format, channels] of made) {
    const opened = openWavSync(file);
    const width = bytesPerSample(format);
    // libsndfile was given 32-bit samples and kept their upper bytes.
    const expected = path.basename(file).startsWith("wave")
      ? data
      : upperBytes(data, width, format);
    const bytes = new Uint8Array(opened.frames * channels * width);
    assert.equal(opened.read(bytes, 0, opened.frames), opened.frames);
    opened.close();
    const wanted = expected.subarray(0, bytes.byteLength);
    assert.deepEqual([opened.format, opened.channels], [format, channels], file);
    assert.equal(opened.frames, Math.floor(expected.byteLength / (channels * width)), file);
    assert.equal(hex(bytes), hex(wanted), file);
  }
});

function upperBytes(data: Uint8Array, width: number, format: SampleFormat): Uint8Array {
  const upper: number[] = [];
  for (let at = 0; at < data.byteLength; at += 4) {
    upper.push(...data.subarray(at + 4 - width, at + 4));
  }
  return Uint8Array.from(upper, (byte) => (format === "uint8" ? byte ^ 0x80 : byte));
}
