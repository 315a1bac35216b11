// Samples taken apart by the vector kernels and one by one: the same floats.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesPerSample } from "../../src/format.js";
import { makeKernels } from "../../src/wav/codecs/kernels.js";
import { takeApart, takeApartPlainly } from "../../src/wav/codecs/planar.js";
import { WAV_FORMATS } from "../../src/wav/header.js";
import { WavReader } from "../../src/wav/reader.js";
import { chunk, fmt, seededBytes, wav } from "./files.js";

/** Around what is written, so that a write beside it is seen. */
const CANARY = 123.5;

function canaries(channels: number, length: number): Float32Array[] {
  return Array.from({ length: channels }, () => new Float32Array(length).fill(CANARY));
}

const bits = (samples: Float32Array): Int32Array =>
  new Int32Array(samples.buffer, samples.byteOffset, samples.length);

test("the kernels give each sample as it is converted alone, and write nothing beside", () => {
  assert.ok(makeKernels(1) !== undefined, "there are kernels to be tested");
  for (const format of WAV_FORMATS) {
    for (const channels of [1, 2, 3, 6, 8, 64, 4097, 9000]) {
      for (const frames of [0, 1, 2, 3, 5, 1023, 4096, 4097, 8195]) {
        const length = frames * channels * bytesPerSample(format);
        if (length > 400_000) {
          continue;
        }
        for (const shift of [0, 1]) {
          const bytes = new Uint8Array(length + shift).subarray(shift);
          bytes.set(seededBytes(length, frames + channels));
          const fast = canaries(channels, frames + 9);
          const plain = canaries(channels, frames + 9);
          takeApart(bytes, format, fast, 4);
          takeApartPlainly(bytes, format, plain, 4);
          const shown = `${format}, ${channels} channels, ${frames} frames, shift ${shift}`;
          for (const [channel, samples] of fast.entries()) {
            const expected = plain[channel] ?? new Float32Array(0);
            assert.deepEqual(bits(samples), bits(expected), shown);
            assert.ok(
              samples.subarray(0, 4).every((one) => one === CANARY),
              shown,
            );
            assert.ok(
              samples.subarray(frames + 4).every((one) => one === CANARY),
              shown,
            );
          }
        }
      }
    }
  }
});

test("the ends of every range are exact", () => {
  for (const [format, bytes, expected] of [
    ["uint8", [0, 255, 128, 1], [-1, 127 / 128, 0, -127 / 128]],
    ["int16", [0, 0x80, 0xff, 0x7f, 0xff, 0xff], [-1, 1 - 2 ** -15, -(2 ** -15)]],
    ["int24", [0, 0, 0x80, 0xff, 0xff, 0x7f, 1, 0, 0], [-1, 1 - 2 ** -23, 2 ** -23]],
    ["int32", [0, 0, 0, 0x80, 0xff, 0xff, 0xff, 0x7f, 1, 0, 0, 0], [-1, 1, 2 ** -31]],
  ] as const) {
    const target = new Float32Array(expected.length);
    takeApart(Uint8Array.from(bytes), format, [target], 0);
    assert.deepEqual([...target], [...expected], format);
  }
});

const FRAMES = 50_000;
const AUDIO = seededBytes(FRAMES * 4, 5);
const FILE = wav(fmt(), chunk("data", AUDIO));

test("readChannelsInto fills the arrays again and again, and says how far", async () => {
  await using whole = await WavReader.open(FILE);
  const [left = new Float32Array(0), right] = await whole.readChannels(FRAMES);
  const exact = await WavReader.open(FILE);
  await using reader = await WavReader.open(FILE);
  const targets = [new Float32Array(7001), new Float32Array(7001)] as const;
  const doubles = [new Float64Array(7001), new Float64Array(7001)] as const;
  let done = 0;
  for (let frames = -1; frames !== 0; done += frames) {
    frames = await reader.readChannelsInto(targets);
    assert.equal(frames, Math.min(7001, FRAMES - done));
    assert.equal(await exact.readChannelsInto(doubles), frames);
    assert.deepEqual(targets[0].subarray(0, frames), left.subarray(done, done + frames));
    assert.deepEqual(targets[1].subarray(0, frames), right?.subarray(done, done + frames));
    assert.deepEqual([...doubles[0].subarray(0, frames)], [...targets[0].subarray(0, frames)]);
    assert.equal(reader.position, done + frames);
  }
  await exact.close();
  await assert.rejects(exact.readChannelsInto(doubles), /the reader is closed/);
});

test("readChannelsInto refuses arrays that are not one for each channel, of one kind and length", async () => {
  await using reader = await WavReader.open(FILE);
  const float = (length: number): Float32Array => new Float32Array(length);
  for (const wrong of [
    undefined,
    4,
    float(4),
    [float(4), new Float64Array(4)],
    [new Float64Array(4), float(4)],
    [float(4), new Int16Array(4)],
    [float(4), [0, 0]],
  ]) {
    await assert.rejects(reader.readChannelsInto(wrong as never), TypeError);
  }
  for (const wrong of [
    [],
    [float(4)],
    [float(4), float(4), float(4)],
    [float(4), float(5)],
    [float(0), float(0)],
  ]) {
    await assert.rejects(reader.readChannelsInto(wrong), RangeError);
  }
  assert.equal(reader.position, 0, "nothing was read");
});
