import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { AudioError } from "../src/errors.js";
import type { Frames, Hertz } from "../src/format.js";
import { planStages, resampledFrames } from "../src/resample/stages.js";
import {
  loadResampler,
  RESAMPLE_QUALITIES,
  type ResampleQuality,
  StreamResampler,
} from "../src/resample/stream-resampler.js";
import { seededRandom } from "./rig/random.js";
import { fitTone, sine } from "./rig/tone.js";

const SEED = 20_260_811;
const RUNS = { seed: SEED, numRuns: 60 };

/** Made before the library is loaded; the error is looked at in a test. */
const early = attempt(() => new StreamResampler(44_100, 48_000, 1));
await loadResampler();

/** Pairs as they are met, and pairs that are not. */
const PAIRS: readonly (readonly [Hertz, Hertz])[] = [
  [44_100, 48_000],
  [48_000, 44_100],
  [48_000, 16_000],
  [96_000, 48_000],
  [96_000, 8_000],
  [11_025, 192_000],
  [44_101, 48_000],
  [48_000, 44_101],
  [192_000, 8_000],
  [768_000, 44_100],
  [768_000, 11_025],
  [8_000, 8_000],
  [767_999, 768_000],
  [768_000, 767_999],
  [7, 11],
];
const anyPair = fc.constantFrom(...PAIRS);
const anyQuality = fc.constantFrom(...RESAMPLE_QUALITIES);
const anyRate = fc.oneof(
  fc.integer({ min: 1, max: 768_000 }),
  fc.constantFrom(1, 8_000, 44_100, 768_000),
);

describe("how many frames come out", () => {
  test("a stream gives exactly ceil(frames × to / from), for any two rates", () => {
    fc.assert(
      fc.property(anyRate, anyRate, fc.nat(2000), anyQuality, (from, to, frames, quality) => {
        // Rates that are far apart would cost too much time here; they have a test of their own.
        fc.pre(from / to < 40 && to / from < 40);
        const resampler = new StreamResampler(from, to, 1, quality);
        const given = resampler.process(new Float32Array(frames), frames).length;
        const expected = ceilOf(frames, from, to);
        assert.equal(given + resampler.flush().length, expected);
        assert.equal(resampledFrames(frames, from, to), expected);
        resampler.close();
      }),
      RUNS,
    );
  });

  test("resampledFrames is exact for counts that would overflow a double", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), anyRate, anyRate, (frames, from, to) => {
        const exact = (BigInt(frames) * BigInt(to) + BigInt(from) - 1n) / BigInt(from);
        fc.pre(exact <= BigInt(Number.MAX_SAFE_INTEGER));
        assert.equal(BigInt(resampledFrames(frames, from, to)), exact);
      }),
      { seed: SEED, numRuns: 2000 },
    );
  });

  test("no more than delayFrames are held back at any time", () => {
    fc.assert(
      fc.property(
        anyPair,
        anyQuality,
        fc.array(fc.nat(700), { maxLength: 30 }),
        (pair, q, cuts) => {
          const resampler = new StreamResampler(...pair, 1, q);
          let given = 0;
          let came = 0;
          for (const frames of cuts) {
            came += resampler.process(new Float32Array(frames), frames).length;
            given += frames;
            assert.ok(came <= ceilOf(given, ...pair));
            assert.ok(came >= ceilOf(Math.max(0, given - resampler.delayFrames), ...pair));
          }
          resampler.close();
        },
      ),
      RUNS,
    );
  });

  test("rates at the far ends of the range work: 768,000 to 1 Hz and 1 to 768,000 Hz", () => {
    const down = new StreamResampler(768_000, 1, 1);
    const silence = new Float32Array(500_000);
    assert.equal(down.process(silence, silence.length).length, 0);
    assert.ok(down.delayFrames < 200 * 768_000);
    down.close();
    const up = new StreamResampler(1, 768_000, 1, "fast");
    assert.equal(up.delayFrames, 64);
    assert.equal(up.process(new Float32Array(64), 64).length, 0);
    assert.equal(up.process(Float32Array.of(0.5), 1).length, 768_000);
    up.close();
  });

  test("the filters of a plan make up the ratio, and none brings it down by more than 16", () => {
    fc.assert(
      fc.property(anyRate, anyRate, (fromRate, toRate) => {
        const stages = planStages(fromRate, toRate);
        let [from, to] = [BigInt(fromRate), BigInt(toRate)];
        for (const stage of stages) {
          assert.ok(stage.from <= 16 * stage.to);
          assert.notEqual(stage.from, stage.to);
          from *= BigInt(stage.to);
          to *= BigInt(stage.from);
        }
        assert.equal(from, to);
        // All but the last one bring it down by a whole number, as the sum of the delays assumes.
        assert.ok(stages.slice(0, -1).every((stage) => stage.to === 1));
      }),
      { seed: SEED, numRuns: 1000 },
    );
  });
});

describe("what comes out", () => {
  test("how the input is cut into blocks changes no bit", () => {
    fc.assert(
      fc.property(
        anyPair,
        anyQuality,
        fc.integer({ min: 1, max: 3 }),
        fc.array(fc.oneof(fc.nat(3), fc.nat(400)), { minLength: 1, maxLength: 40 }),
        fc.nat(),
        (pair, quality, channels, cuts, seed) => {
          const frames = cuts.reduce((sum, cut) => sum + cut, 0);
          const input = noise(frames * channels, seed);
          const whole = convert(input, ...pair, channels, quality);
          const resampler = new StreamResampler(...pair, channels, quality);
          const parts: number[] = [];
          let at = 0;
          for (const cut of cuts) {
            const block = input.slice(at * channels, (at + cut) * channels);
            parts.push(...resampler.process(block, cut));
            at += cut;
          }
          parts.push(...resampler.flush());
          resampler.close();
          assert.deepEqual(Float32Array.from(parts), whole);
        },
      ),
      RUNS,
    );
  });

  test("single frames through every pair give the bits of one block", () => {
    for (const pair of PAIRS) {
      const input = noise(1500, 5);
      const resampler = new StreamResampler(...pair, 1);
      const parts: number[] = [];
      for (const sample of input) {
        parts.push(...resampler.process(Float32Array.of(sample), 1));
      }
      parts.push(...resampler.flush());
      assert.deepEqual(Float32Array.from(parts), convert(input, ...pair, 1), pair.join(" to "));
      resampler.close();
    }
  });

  for (const [from, to] of PAIRS.filter(([from]) => from > 100)) {
    test(`a tone stays at its time: ${from} to ${to} Hz`, () => {
      const frequency = Math.min(from, to) / 10;
      const frames = Math.ceil(8000 * Math.max(1, from / to));
      const output = convert(sine(frames, from, frequency, 0.5), from, to, 1);
      const { phase, amplitude } = fitTone(output, to, frequency, 500);
      // A hundred-thousandth of a radian is a sixty-thousandth of an output frame.
      assert.ok(Math.abs(phase) < 1e-5, `${phase} rad`);
      assert.ok(Math.abs(amplitude - 0.5) < 1e-5, `${amplitude}`);
    });
  }

  test("an impulse is where it was, the first and the last frame among them", () => {
    for (const { from, to, places } of [
      { from: 24_000, to: 48_000, places: [0, 1, 700, 999] },
      { from: 48_000, to: 16_000, places: [0, 3, 600, 999] },
      { from: 192_000, to: 8_000, places: [0, 24, 480, 984] },
      { from: 44_100, to: 44_100, places: [0, 1, 999] },
    ]) {
      for (const place of places) {
        const input = new Float32Array(1000);
        input[place] = 1;
        const output = convert(input, from, to, 1);
        const loudest = output.indexOf(Math.max(...output));
        assert.equal(loudest, (place * to) / from, `${from} to ${to}, frame ${place}`);
      }
    }
  });

  test("each of 64 channels gives the bits that it gives alone", () => {
    for (const [from, to] of [
      [44_100, 48_000],
      [192_000, 8_000],
    ] as const) {
      const channels = 64;
      const frames = 900;
      const input = noise(frames * channels, 6);
      const output = convert(input, from, to, channels);
      for (let channel = 0; channel < channels; channel++) {
        assert.deepEqual(
          pick(output, channel, channels),
          convert(pick(input, channel, channels), from, to, 1),
        );
      }
    }
  });

  test("equal rates pass through unchanged and at once", () => {
    const resampler = new StreamResampler(44_100, 44_100, 2);
    const input = Float32Array.of(1, -2, Number.NaN, 4, Number.POSITIVE_INFINITY, 1e-40);
    assert.deepEqual(resampler.process(input, 3), input);
    assert.deepEqual(resampler.process(input, 1), input.subarray(0, 2));
    assert.equal(resampler.delayFrames, 0);
    assert.equal(resampler.flush().length, 0);
    resampler.close();
  });

  test("samples beyond full scale are not clipped", () => {
    const output = convert(sine(4000, 48_000, 1000, 100), 48_000, 44_100, 1);
    assert.ok(Math.abs(fitTone(output, 44_100, 1000, 500).amplitude - 100) < 1e-3);
  });

  test("a NaN or an infinity spoils what is within the delay, and nothing else", () => {
    for (const pair of PAIRS.filter(([from, to]) => from !== to)) {
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        const resampler = new StreamResampler(...pair, 1);
        const reach = resampler.delayFrames;
        resampler.close();
        const clean = noise(4 * reach, 7);
        const spoilt = clean.slice();
        const place = 2 * reach;
        spoilt[place] = bad;
        const [from, to] = pair;
        const expected = convert(clean, from, to, 1);
        const output = convert(spoilt, from, to, 1);
        const first = ceilOf(place - reach, from, to);
        const behind = ceilOf(place + reach + 1, from, to);
        assert.deepEqual(output.subarray(0, first), expected.subarray(0, first));
        assert.deepEqual(output.subarray(behind), expected.subarray(behind));
        assert.ok(!Number.isFinite(output[Math.round((place * to) / from)]));
      }
    }
  });
});

describe("one stream after another", () => {
  for (const [from, to] of [
    [44_100, 48_000],
    [192_000, 8_000],
  ] as const) {
    for (const ending of ["reset", "flush"] as const) {
      test(`after ${ending} nothing of before is left: ${from} to ${to} Hz, 5 channels`, () => {
        const input = noise(5 * 5000, 8);
        const resampler = new StreamResampler(from, to, 5);
        for (let round = 0; round < 3; round++) {
          resampler.process(noise(5 * 6001, round).fill(Number.NaN, 10_000 * round), 6001);
          resampler[ending]();
          const parts = [...resampler.process(input, 5000)];
          parts.push(...resampler.flush());
          assert.deepEqual(Float32Array.from(parts), convert(input, from, to, 5));
        }
        resampler.close();
      });
    }
  }

  test("an empty stream gives nothing", () => {
    const resampler = new StreamResampler(8_000, 48_000, 2);
    assert.equal(resampler.process(new Float32Array(0), 0).length, 0);
    assert.equal(resampler.flush().length, 0);
    assert.equal(resampler.flush().length, 0);
    resampler.close();
  });

  test("what was given stays as it is while others are made, and the library's memory grows", () => {
    const input = noise(3000, 9);
    const expected = convert(input, 44_100, 48_000, 1);
    const resampler = new StreamResampler(44_100, 48_000, 1);
    const first = resampler.process(input.subarray(0, 2000), 2000);
    const copy = first.slice();
    // Four thousand channels with four thousand taps each: more than the memory that the library starts with.
    const large = new StreamResampler(768_000, 48_000, 4096);
    assert.deepEqual(first, copy);
    const parts = [...first, ...resampler.process(input.subarray(2000), 1000)];
    large.close();
    parts.push(...resampler.flush());
    assert.deepEqual(Float32Array.from(parts), expected);
    resampler.close();
  });

  test("close gives the library's memory back", () => {
    // Seventy MB each: without that, its two gigabytes would be full after thirty.
    for (let round = 0; round < 40; round++) {
      const large = new StreamResampler(768_000, 48_000, 4096);
      large.reset();
      large.close();
    }
  });
});

describe("wrong use", () => {
  const { NaN: nan } = Number;

  test("it must be loaded first", () => {
    assert.ok(early instanceof AudioError);
    assert.equal(early.code, "internal");
    assert.match(early.message, /loadResampler/);
  });

  test("arguments of the wrong type and out of range are told apart", () => {
    const make = (...args: readonly unknown[]): unknown => Reflect.construct(StreamResampler, args);
    for (const wrong of [0, -1, 1.5, 768_001, nan, Number.POSITIVE_INFINITY]) {
      assert.throws(() => make(wrong, 48_000, 1), RangeError);
      assert.throws(() => make(48_000, wrong, 1), RangeError);
    }
    for (const wrong of [0, 4097, 2.5, nan]) {
      assert.throws(() => make(8_000, 16_000, wrong), RangeError);
    }
    assert.throws(() => make("44100", 48_000, 1), TypeError);
    assert.throws(() => make(44_100, undefined, 1), TypeError);
    assert.throws(() => make(44_100, 48_000, null), TypeError);
    assert.throws(() => make(44_100, 48_000, 1, "best"), RangeError);
    assert.throws(() => make(44_100, 48_000, 1, 10), TypeError);
  });

  test("a block that is refused takes nothing from the stream", () => {
    const resampler = new StreamResampler(44_100, 48_000, 2);
    const input = noise(2000, 10);
    const parts = [...resampler.process(input, 500)];
    const process = (...args: readonly unknown[]): unknown =>
      Reflect.apply(Reflect.get(resampler, "process"), resampler, args);
    assert.throws(() => process([1, 2], 1), TypeError);
    assert.throws(() => process(new Float64Array(4), 2), TypeError);
    assert.throws(() => process(undefined, 0), TypeError);
    assert.throws(() => process(input), TypeError);
    for (const wrong of [-1, 0.5, 1001, nan]) {
      assert.throws(() => process(input, wrong), RangeError);
    }
    parts.push(...resampler.process(input.subarray(1000), 500));
    parts.push(...resampler.flush());
    assert.deepEqual(Float32Array.from(parts), convert(input, 44_100, 48_000, 2));
    resampler.close();
  });

  test("what would give more than 2^27 samples at once is refused, and less is taken", () => {
    assert.throws(() => new StreamResampler(1, 768_000, 2), RangeError);
    assert.throws(() => new StreamResampler(8, 768_000, 64), RangeError);
    const resampler = new StreamResampler(1, 768_000, 1, "fast");
    assert.throws(() => resampler.process(new Float32Array(175), 175), RangeError);
    assert.equal(resampler.process(new Float32Array(1), 1).length, 0);
    resampler.close();
  });

  test("a closed resampler says so, and can be closed again", () => {
    const resampler = new StreamResampler(44_100, 48_000, 1);
    resampler.close();
    resampler.close();
    for (const use of [
      () => resampler.process(new Float32Array(1), 1),
      () => resampler.flush(),
      () => resampler.reset(),
    ]) {
      assert.throws(use, { name: "AudioError", code: "stream-closed" });
    }
  });
});

/** All that comes out for an input that is given in one piece. */
function convert(
  input: Float32Array,
  from: Hertz,
  to: Hertz,
  channels: number,
  quality?: ResampleQuality,
): Float32Array {
  const resampler = new StreamResampler(from, to, channels, quality);
  const start = resampler.process(input, input.length / channels).slice();
  const end = resampler.flush();
  resampler.close();
  const output = new Float32Array(start.length + end.length);
  output.set(start);
  output.set(end, start.length);
  return output;
}

/** Whole numbers divided by 2^16: the same on every machine. */
function noise(samples: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length: samples }, () => random(2 ** 17) / 2 ** 16 - 1);
}

function pick(samples: Float32Array, channel: number, channels: number): Float32Array {
  return samples.filter((_, index) => index % channels === channel);
}

function ceilOf(frames: Frames, from: Hertz, to: Hertz): Frames {
  return Number((BigInt(frames) * BigInt(to) + BigInt(from) - 1n) / BigInt(from));
}

function attempt(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return error;
  }
}
