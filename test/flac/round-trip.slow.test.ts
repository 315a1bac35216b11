import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { bytesPerSample } from "../../src/format.js";
import { type FlacSampleFormat, WavWriter } from "../../src/index.js";
import { PYTHON, requireTool } from "../rig/tools.js";
import { seededRandom, temporaryFolder } from "../wav/files.js";
import {
  byReference,
  decoded,
  flacOf,
  flacProgram,
  rawArgs,
  referenceFile,
  soundOf,
} from "./files.js";

const FORMATS: readonly FlacSampleFormat[] = ["int16", "int24"];
const CHANNELS = [1, 2, 6, 8];
/** A block has 4096 frames at this rate. */
const RATE = 48_000;
const LENGTHS = [0, 1, 777, 4095, 4096, 4097, 12_289];

for (const format of FORMATS) {
  for (const channels of CHANNELS) {
    test(`every length comes back bit for bit, here and by the reference decoder (${format}, ${channels} channels)`, async (t) => {
      if (!requireTool(t, "flac")) {
        return;
      }
      const folder = temporaryFolder(t);
      for (const frames of LENGTHS) {
        const samples = soundOf(frames, channels, format, frames + 1);
        const file = await flacOf(samples, { sampleRate: RATE, channels, format });
        const { samples: back, reader } = await decoded(file);
        assert.deepEqual(back, samples, `${frames} frames`);
        assert.deepEqual([reader.length, reader.warnings], [frames, []]);
        assert.deepEqual(
          [reader.sampleRate, reader.numberOfChannels, reader.format],
          [RATE, channels, format],
        );

        const name = path.join(folder, "ours.flac");
        writeFileSync(name, file);
        assert.deepEqual(byReference(name), samples);
        const { status, said } = flacProgram(["-t", name]);
        assert.equal(status, 0, said);
        assert.match(said, /ok/);
        // Of no frames it cannot tell them from an unknown number.
        assert.equal(/WARNING/.test(said), frames === 0, said);
      }
    });
  }
}

test("libsndfile and FFmpeg read the same samples", async (t) => {
  if (!requireTool(t, "ffmpeg", "python3-soundfile", "python3-numpy")) {
    return;
  }
  const folder = temporaryFolder(t);
  const script = `
import sys, soundfile
data, rate = soundfile.read(sys.argv[1], dtype="int32", always_2d=True)
sys.stdout.buffer.write(data.astype("<i4").tobytes())`;
  for (const format of FORMATS) {
    for (const channels of CHANNELS) {
      const samples = soundOf(9001, channels, format, channels);
      const wide = widened(samples, format);
      const name = path.join(folder, "ours.flac");
      writeFileSync(name, await flacOf(samples, { sampleRate: 44_100, channels, format }));
      const python = spawnSync(PYTHON, ["-c", script, name], { maxBuffer: 2 ** 26 });
      assert.equal(python.status, 0, python.stderr.toString());
      assert.ok(python.stdout.equals(wide), `libsndfile, ${format}, ${channels} channels`);
      const args = ["-v", "error", "-i", name, "-f", "s32le", "-c:a", "pcm_s32le", "-"];
      const ffmpeg = spawnSync("ffmpeg", args, { maxBuffer: 2 ** 26 });
      assert.equal(ffmpeg.status, 0, ffmpeg.stderr.toString());
      assert.equal(ffmpeg.stderr.toString(), "");
      assert.ok(ffmpeg.stdout.equals(wide), `FFmpeg, ${format}, ${channels} channels`);
    }
  }
});

test("files of the reference encoder are read bit for bit, at every level and block size", async (t) => {
  if (!requireTool(t, "flac")) {
    return;
  }
  const folder = temporaryFolder(t);
  const kinds = [
    ["-0"],
    ["-5"],
    ["-8", "-e", "-p"],
    ["--lax", "-b", "65535"],
    ["-b", "16", "-l", "4"],
    ["--no-padding"],
    ["--tag=TITLE=Räin", "--padding=70000"],
    ["--no-mid-side", "--lax", "-l", "32", "-b", "4608"],
  ];
  for (const [index, options] of kinds.entries()) {
    const format = index % 2 === 0 ? "int16" : "int24";
    const channels = [1, 2, 2, 8, 3, 2, 2, 2][index] ?? 2;
    const samples = soundOf(70_001, channels, format, index);
    const file = referenceFile(folder, samples, rawArgs(format, channels, 44_100), options);
    const { samples: back, reader } = await decoded(file);
    assert.ok(Buffer.from(back).equals(samples), options.join(" "));
    assert.deepEqual([reader.length, reader.warnings], [70_001, []], options.join(" "));
  }
});

test("FFmpeg's files are read, and depths that are no whole bytes keep their full scale", async (t) => {
  if (!requireTool(t, "flac", "ffmpeg")) {
    return;
  }
  const folder = temporaryFolder(t);
  const samples = soundOf(20_000, 2, "int16");
  const source = path.join(folder, "source.raw");
  const name = path.join(folder, "theirs.flac");
  writeFileSync(source, samples);
  const input = ["-f", "s16le", "-ar", "32000", "-ac", "2", "-i", source];
  const ffmpeg = spawnSync("ffmpeg", ["-v", "error", "-y", ...input, "-metadata", "title=x", name]);
  assert.equal(ffmpeg.status, 0, ffmpeg.stderr.toString());
  const read = await decoded(name);
  assert.deepEqual(read.samples, samples);
  assert.deepEqual(read.reader.warnings, []);
  assert.ok(read.reader.comments.some(({ name: key, value }) => key === "TITLE" && value === "x"));

  for (const [bits, wavFormat, format] of [
    [8, "uint8", "int8"],
    [12, "int16", "int16"],
    [20, "int24", "int24"],
  ] as const) {
    const width = bytesPerSample(format);
    const unused = 8 * width - bits;
    const expected = Buffer.alloc(5000 * width);
    for (let index = 0; index < 5000; index++) {
      const value = ((index * 37) % 2 ** bits) - 2 ** (bits - 1);
      expected.writeIntLE(value * 2 ** unused, index * width, width);
    }
    const wav = path.join(folder, "source.wav");
    const spec = { sampleRate: 8000, channels: 1, format: wavFormat, validBits: bits };
    await using writer = await WavWriter.create(wav, { ...spec, overwrite: true });
    // Eight bits are stored without a sign.
    await writer.write(bits === 8 ? expected.map((byte) => byte ^ 0x80) : expected);
    await writer.close();
    const { status, said } = flacProgram(["-s", "-f", "-o", name, wav]);
    assert.equal(status, 0, said);
    const { samples: back, reader } = await decoded(name);
    assert.deepEqual([reader.format, reader.bitsPerSample], [format, bits]);
    assert.ok(expected.equals(back), `${bits} bits`);
    assert.deepEqual(reader.warnings, []);
  }
});

test("how the frames are cut into writes changes no byte of the file", async () => {
  const options = { sampleRate: 8000, channels: 2, format: "int24" } as const;
  const samples = soundOf(10_000, 2, "int24");
  const whole = await flacOf(samples, options);
  const random = seededRandom(5);
  for (const frames of [1, 7, 4096, 4097, 1 + Math.floor(random() * 9000)]) {
    assert.deepEqual(await flacOf(samples, options, frames * 6), whole, `${frames} frames`);
  }
});

test("encoders and decoders that work by turns do not disturb each other", async () => {
  const kinds = [1, 2, 3, 4, 5, 6].map((seed) => {
    const format: FlacSampleFormat = seed % 2 === 0 ? "int16" : "int24";
    const channels = (seed % 3) + 1;
    const samples = soundOf(30_000, channels, format, seed);
    return { options: { sampleRate: 1000 * seed, channels, format, level: seed }, samples };
  });
  const alone: Uint8Array[] = [];
  for (const { options, samples } of kinds) {
    alone.push(await flacOf(samples, options, 3000 * 6));
  }
  const together = await Promise.all(
    kinds.map(({ options, samples }) => flacOf(samples, options, 3000 * 6)),
  );
  assert.deepEqual(together, alone);
  const back = await Promise.all(together.map((file) => decoded(file)));
  for (const [index, { samples }] of kinds.entries()) {
    assert.deepEqual(back[index]?.samples, samples);
  }
});

test("every level gives a sound file of the same samples", async (t) => {
  if (!requireTool(t, "flac")) {
    return;
  }
  const name = path.join(temporaryFolder(t), "ours.flac");
  const samples = soundOf(20_000, 2, "int16");
  for (let level = 0; level <= 8; level++) {
    const file = await flacOf(samples, { sampleRate: 44_100, channels: 2, format: "int16", level });
    writeFileSync(name, file);
    assert.deepEqual(byReference(name), samples, `level ${level}`);
  }
});

test("every rate that a FLAC file can have is kept, with blocks of half a second at most", async (t) => {
  if (!requireTool(t, "flac")) {
    return;
  }
  const name = path.join(temporaryFolder(t), "ours.flac");
  for (const sampleRate of [1, 100, 3999, 8000, 44_101, 65_535, 65_540, 192_000, 655_350]) {
    const samples = soundOf(5000, 1, "int16");
    const file = await flacOf(samples, { sampleRate, channels: 1, format: "int16" });
    writeFileSync(name, file);
    assert.deepEqual(byReference(name), samples, `${sampleRate} Hz`);
    const { reader } = await decoded(file);
    assert.equal(reader.sampleRate, sampleRate);
    const blockFrames = Buffer.from(file).readUInt16BE(8);
    assert.ok(blockFrames <= Math.max(16, sampleRate / 2), `${blockFrames} at ${sampleRate} Hz`);
  }
});

/** The samples as 32-bit integers with the same full scale. */
function widened(samples: Uint8Array, format: FlacSampleFormat): Buffer {
  const width = format === "int16" ? 2 : 3;
  const wide = Buffer.alloc((samples.byteLength / width) * 4);
  const source = Buffer.from(samples);
  for (let from = 0, to = 0; from < source.byteLength; from += width, to += 4) {
    wide.writeInt32LE(source.readIntLE(from, width) * 2 ** (32 - 8 * width), to);
  }
  return wide;
}
