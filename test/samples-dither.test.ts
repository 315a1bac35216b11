import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { bytesPerSample, SAMPLE_FORMATS, type SampleFormat } from "../src/format.js";
import { createDither, type Dither } from "../src/samples/dither.js";
import { convertFrames, interleaveFrames } from "../src/samples.js";
import { BITS, decode, encode } from "./rig/samples.js";

/** Frames of a statistic: the standard error of a mean of noise of variance 1/4 is 0.0016 steps. */
const MANY = 100_000;

/** Floats that were made mono samples of an integer format. */
function dithered(values: ArrayLike<number>, to: SampleFormat, dither?: Dither): number[] {
  const floats = Float32Array.from(values);
  const target = new Uint8Array(floats.length * bytesPerSample(to));
  interleaveFrames([floats], 0, floats.length, target, to, { dither });
  return decode(target, to);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function variance(values: readonly number[]): number {
  const middle = mean(values);
  return mean(values.map((value) => (value - middle) ** 2));
}

/** What is left of a level of so many steps after rounding, sample by sample. */
function errorsAt(level: number, seed: number): number[] {
  const values = new Float32Array(MANY).fill(level / 2 ** 15);
  return dithered(values, "int16", createDither(seed)).map((sample) => sample - level);
}

describe("dither", () => {
  for (const level of [0, 0.25, 0.3, 0.5, -0.75, 1_000.125]) {
    test(`a constant ${level} steps of int16 is ${level} on average, with a noise of 1/2 step RMS`, () => {
      const errors = errorsAt(level, 7);
      assert.ok(Math.abs(mean(errors)) < 0.01, `mean ${mean(errors)}`);
      // 1/6 of the triangle and 1/12 of the rounding: the same at every level, which is what TPDF is for.
      assert.ok(Math.abs(variance(errors) - 0.25) < 0.01, `variance ${variance(errors)}`);
    });
  }

  test("without dither a constant of 0.3 steps is lost", () => {
    assert.deepEqual(new Set(dithered([0.3 / 2 ** 15, -0.3 / 2 ** 15], "int16")), new Set([0]));
  });

  test("its noise is triangular from -1 to 1 and has no memory", () => {
    const noise = new Float64Array(MANY);
    createDither(3).addTo(noise, MANY, -Infinity, Infinity);
    const values = [...noise];
    assert.ok(values.every((value) => Math.abs(value) < 1));
    assert.ok(Math.abs(mean(values)) < 0.01);
    assert.ok(Math.abs(variance(values) - 1 / 6) < 0.005);
    // A triangle has 3/4 of its area within half of its base.
    const inner = values.filter((value) => Math.abs(value) < 0.5).length / MANY;
    assert.ok(Math.abs(inner - 0.75) < 0.01, `${inner}`);
    for (const lag of [1, 2, 3, 8, 64]) {
      const products = values.slice(lag).map((value, index) => value * (values[index] ?? 0));
      assert.ok(Math.abs(mean(products)) * 6 < 0.015, `lag ${lag}: ${mean(products) * 6}`);
    }
  });

  test("the error does not follow a quiet tone, as it does without", () => {
    const tone = Float32Array.from(
      { length: MANY },
      (_, index) => (0.4 * Math.sin(index * 0.05)) / 2 ** 15,
    );
    const follow = (samples: number[]): number => {
      const products = samples.map((sample, index) => {
        const value = (tone[index] ?? 0) * 2 ** 15;
        return (sample - value) * value;
      });
      return mean(products) / 0.08;
    };
    assert.ok(Math.abs(follow(dithered(tone, "int16", createDither(5)))) < 0.03);
    assert.ok(follow(dithered(tone, "int16")) < -0.9);
  });

  test("no sample is further than 1.5 steps from its value, nor out of range", () => {
    for (const to of ["int8", "uint8", "int16", "int24"] satisfies SampleFormat[]) {
      const full = 2 ** (BITS[to] - 1);
      const values = Float32Array.from({ length: 20_000 }, (_, index) => Math.sin(index));
      values
        .fill(-1, 0, 1_000)
        .fill((full - 1) / full, 1_000, 2_000)
        .fill(3, 2_000, 3_000);
      const plain = dithered(values, to);
      dithered(values, to, createDither(11)).forEach((sample, index) => {
        const exact = Math.max(-full, Math.min(full - 1, (values[index] ?? 0) * full));
        assert.ok(Math.abs(sample - exact) <= 1.5, `${to}: ${exact} became ${sample}`);
        assert.ok(Math.abs(sample - (plain[index] ?? 0)) <= 2);
      });
    }
  });

  test("the same seed gives the same samples, another one others", () => {
    const values = new Float32Array(5_000).fill(0.1);
    const of = (seed?: number): number[] => dithered(values, "int16", createDither(seed));
    assert.deepEqual(of(9), of(9));
    assert.deepEqual(of(), of(1));
    assert.notDeepEqual(of(9), of(10));
  });

  test("the size of blocks does not change the samples", () => {
    const values = new Float32Array(5_000).fill(0.1);
    const dither = createDither(4);
    const inBlocks = [0, 1, 2, 3, 4].flatMap((block) =>
      dithered(values.subarray(block * 1_000, (block + 1) * 1_000), "int16", dither),
    );
    assert.deepEqual(inBlocks, dithered(values, "int16", createDither(4)));
  });

  test("channels get noise of their own, and channels of silence none", () => {
    const frames = 5_000;
    const source = { bytes: new Uint8Array(frames * 4), format: "float32", channels: 1 } as const;
    const target = new Uint8Array(frames * 6);
    const clipped = convertFrames(source, [0, -1, 0], frames, target, "int16", {
      dither: createDither(2),
    });
    assert.equal(clipped, 0);
    const samples = decode(target, "int16");
    const channel = (one: number): number[] => samples.filter((_, index) => index % 3 === one);
    assert.ok(channel(1).every((sample) => sample === 0));
    assert.ok(channel(0).some((sample) => sample !== 0));
    assert.notDeepEqual(channel(0), channel(2));
  });

  test("it changes nothing in the number of the clipped", () => {
    const values = Float32Array.from({ length: 10_000 }, (_, index) => 1.2 * Math.sin(index));
    const target = new Uint8Array(20_000);
    const count = (dither?: Dither): number =>
      interleaveFrames([values], 0, values.length, target, "int16", { dither });
    assert.ok(count() > 1_000);
    assert.equal(count(createDither(6)), count());
  });

  // The bits that are carried; float32 between int24 and int32.
  const depth = (format: SampleFormat): number => (format === "float32" ? 25 : BITS[format]);
  for (const from of SAMPLE_FORMATS) {
    for (const to of SAMPLE_FORMATS) {
      const applies = to !== "float32" && depth(to) < depth(from);
      test(`${from} to ${to} is ${applies ? "dithered" : "never dithered"}`, () => {
        const bytes = encode(
          Array.from({ length: 1_000 }, () => 0),
          from,
        );
        const source = { bytes, format: from, channels: 1 };
        for (const picked of [undefined, [0]]) {
          const target = new Uint8Array(1_000 * bytesPerSample(to));
          convertFrames(source, picked, 1_000, target, to, { dither: createDither(1) });
          assert.equal(
            decode(target, to).some((sample) => sample !== 0),
            applies,
          );
        }
      });
    }
  }

  test("a seed is an integer of 32 bits", () => {
    for (const seed of [-1, 2 ** 32, 0.5, Number.NaN]) {
      assert.throws(() => createDither(seed), RangeError);
    }
    createDither(2 ** 32 - 1);
    createDither(0);
  });
});
