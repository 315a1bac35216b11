import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { bytesPerSample, SAMPLE_FORMATS } from "../src/format.js";
import { convertFrames, deinterleaveFrames, interleaveFrames } from "../src/samples.js";
import { decode, encode } from "./rig/samples.js";

/** Channel c of frame f is (10 f + c) / 128, which every format holds exactly. */
function planar(channels: number, frames: number): Float32Array[] {
  return Array.from({ length: channels }, (_, channel) =>
    Float32Array.from({ length: frames }, (__, frame) => (10 * frame + channel) / 128),
  );
}

describe("planar sound", () => {
  for (const format of SAMPLE_FORMATS) {
    test(`goes to interleaved ${format} and comes back`, () => {
      const channels = planar(3, 9);
      const target = new Uint8Array(27 * bytesPerSample(format));
      assert.equal(interleaveFrames(channels, 0, 9, target, format), 0);
      const eighth = new Uint8Array(27);
      convertFrames({ bytes: target, format, channels: 3 }, undefined, 9, eighth, "int8");
      assert.deepEqual(
        decode(format === "int8" ? target : eighth, "int8"),
        Array.from({ length: 27 }, (_, index) => 10 * Math.floor(index / 3) + (index % 3)),
      );
      const back = planar(3, 0).map(() => new Float32Array(9));
      deinterleaveFrames({ bytes: target, format, channels: 3 }, 9, back);
      assert.deepEqual(back, channels);
    });
  }

  test("begins and ends where it is asked to", () => {
    const target = new Uint8Array(20).fill(0xa5);
    interleaveFrames(planar(2, 9), 4, 3, target, "int8");
    assert.deepEqual([...target.subarray(0, 6)], [40, 41, 50, 51, 60, 61]);
    assert.ok(target.subarray(6).every((byte) => byte === 0xa5));
    const left = new Float32Array(5).fill(9);
    const source = { bytes: target, format: "int8", channels: 2 } as const;
    deinterleaveFrames(source, 2, [left], 2);
    assert.deepEqual([...left], [9, 9, 40 / 128, 50 / 128, 9]);
  });

  test("may be longer than a piece of work", () => {
    const channels = [0, 1, 2].map((channel) =>
      Float32Array.from({ length: 5_000 }, (_, frame) => (frame * 3 + channel) / 2 ** 15),
    );
    const target = new Uint8Array(30_000);
    interleaveFrames(channels, 0, 5_000, target, "int16");
    assert.deepEqual(
      decode(target, "int16"),
      Array.from({ length: 15_000 }, (_, index) => index),
    );
    const back = channels.map(() => new Float32Array(5_000));
    deinterleaveFrames({ bytes: target, format: "int16", channels: 3 }, 5_000, back);
    assert.deepEqual(back, channels);
  });

  test("is clipped and counted as interleaved sound is", () => {
    const channels = [Float32Array.of(1, 0.5, Number.NaN), Float32Array.of(-1, -Infinity, 0)];
    const target = new Uint8Array(12);
    assert.equal(interleaveFrames(channels, 0, 3, target, "int16"), 3);
    assert.deepEqual(decode(target, "int16"), [32_767, -32_768, 16_384, -32_768, 0, 0]);
    assert.equal(interleaveFrames(channels, 1, 2, target, "int16"), 2);
  });

  test("goes unchanged to float32, out of range and NaN as well", () => {
    const target = new Uint8Array(20);
    const values = [2, -0, Number.NaN, -Infinity, 2 ** -149];
    assert.equal(interleaveFrames([Float32Array.from(values)], 0, 5, target, "float32"), 0);
    assert.deepEqual(decode(target, "float32"), values);
  });

  test("of no channels or frames is no bytes", () => {
    assert.equal(interleaveFrames([], 0, 4, new Uint8Array(0), "int16"), 0);
    assert.equal(interleaveFrames(planar(2, 3), 3, 0, new Uint8Array(0), "int16"), 0);
    deinterleaveFrames({ bytes: new Uint8Array(0), format: "int16", channels: 2 }, 0, []);
  });

  test("that is not there or does not fit is a RangeError", () => {
    const target = new Uint8Array(8);
    const uneven = [new Float32Array(4), new Float32Array(2)];
    assert.throws(() => interleaveFrames(uneven, 0, 3, target, "int8"), RangeError);
    assert.throws(() => interleaveFrames(uneven, 1, 2, target, "int8"), RangeError);
    assert.throws(() => interleaveFrames(uneven, -1, 1, target, "int8"), RangeError);
    assert.throws(() => interleaveFrames(uneven, 0, 2, target.subarray(5), "int8"), RangeError);
    const source = { bytes: encode([1, 2, 3, 4], "int16"), format: "int16", channels: 2 } as const;
    const floats = [new Float32Array(2), new Float32Array(2), new Float32Array(2)];
    assert.throws(() => deinterleaveFrames(source, 2, floats), /channel/);
    assert.throws(() => deinterleaveFrames(source, 3, floats.slice(0, 2)), /frames/);
    assert.throws(() => deinterleaveFrames(source, 2, floats.slice(0, 2), 1), /frames/);
  });
});
