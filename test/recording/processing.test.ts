import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Frames, Hertz } from "../../src/format.js";
import {
  checkProcessing,
  createProcessing,
  type ProcessingOptions,
} from "../../src/recording/processing/chain.js";
import { decibels, fitTone, sine } from "../rig/tone.js";

const RATE: Hertz = 8000;

/** What becomes of interleaved frames that arrive in pieces of `piece` frames. */
function processed(
  options: ProcessingOptions,
  samples: Float32Array,
  channels: number,
  piece: Frames = samples.length / channels,
  rate: Hertz = RATE,
): Float32Array {
  const processing = createProcessing(checkProcessing(options), rate, channels);
  assert.ok(processing !== undefined);
  const frames = samples.length / channels;
  const target = new Float32Array(frames * processing.channels);
  for (let at = 0; at < frames; at += piece) {
    const count = Math.min(piece, frames - at);
    // With frames behind them that are not meant.
    const given = samples.slice(at * channels);
    const before = given.slice();
    const made = processing.process(given, count);
    assert.equal(made.length, count * processing.channels);
    assert.deepEqual(given, before, "the given frames are not changed");
    target.set(made, at * processing.channels);
  }
  return target;
}

/** Interleaved frames of tones with an offset in each channel. */
function tones(frames: Frames, offsets: readonly number[]): Float32Array {
  const channels = offsets.map((_, channel) => sine(frames, RATE, 440 * (channel + 1), 0.25));
  return Float32Array.from({ length: frames * offsets.length }, (_, at) => {
    const channel = at % offsets.length;
    const sample = channels[channel]?.[Math.floor(at / offsets.length)] ?? 0;
    return sample + (offsets[channel] ?? 0);
  });
}

describe("nothing to do", () => {
  test("is no processing, so that the frames stay as they are", () => {
    for (const options of [
      {},
      { gain: 0 },
      { removeDc: false },
      { gain: 0, removeDc: false },
    ] as const) {
      assert.equal(createProcessing(checkProcessing(options), RATE, 2), undefined);
    }
    assert.equal(createProcessing(checkProcessing({ mixDown: "mono" }), RATE, 1), undefined);
  });
});

describe("mix down", () => {
  test("to mono is the mean", () => {
    const samples = Float32Array.of(1, 0.5, -0.25, 0.25, 0, -1);
    assert.deepEqual(processed({ mixDown: "mono" }, samples, 2), Float32Array.of(0.75, 0, -0.5));
    assert.deepEqual(processed({ mixDown: "mono" }, samples, 6), Float32Array.of(0.5 / 6));
  });

  test("by a matrix makes a channel of each row", () => {
    const samples = Float32Array.of(1, 2, 3, -1, -2, -3);
    const swapped = [
      [0, 0, 1],
      [0, 1, 0],
      [1, 0, 0],
      [0.5, 0.25, 0],
    ];
    assert.deepEqual(
      processed({ mixDown: swapped }, samples, 3),
      Float32Array.of(3, 2, 1, 1, -3, -2, -1, -1),
    );
    assert.deepEqual(
      processed({ mixDown: [[-2]] }, samples, 1),
      samples.map((x) => -2 * x),
    );
  });

  test("for other channels than there are is refused", () => {
    for (const mixDown of [[[1]], [[1, 1, 1]], [[1, 1], [1]]]) {
      assert.throws(() => createProcessing(checkProcessing({ mixDown }), RATE, 2), {
        name: "RangeError",
        message: /mixDown\[\d\].*2 channels/,
      });
    }
  });
});

describe("DC removal", () => {
  test("takes an offset away, each channel its own, and makes no step at the start", () => {
    const samples = tones(8000, [0.3, -0.1]);
    const clean = processed({ removeDc: true }, samples, 2);
    for (const [channel, frequency] of [440, 880].entries()) {
      const one = clean.filter((_, at) => at % 2 === channel);
      const { amplitude } = fitTone(one, RATE, frequency, 2000);
      assert.ok(Math.abs(decibels(amplitude / 0.25)) < 0.01, `${amplitude}`);
      const mean = one.slice(2000, 6000).reduce((sum, x) => sum + x, 0) / 4000;
      assert.ok(Math.abs(mean) < 1e-5, `an offset of ${mean} is left`);
      assert.ok(Math.max(...one.map(Math.abs)) < 0.3, "a step at the start");
    }
    const constant = new Float32Array(100).fill(0.7);
    assert.deepEqual(processed({ removeDc: true }, constant, 1), new Float32Array(100));
  });

  test("is 3 dB down at the cutoff, wherever that is, and flat high above it", () => {
    for (const cutoff of [2, 20, 200, 1000]) {
      for (const [frequency, expected] of [
        [cutoff, Math.SQRT1_2],
        [3999, 1],
      ] as const) {
        const clean = processed({ removeDc: { cutoff } }, sine(40_000, RATE, frequency, 0.5), 1);
        const { amplitude } = fitTone(clean, RATE, frequency, 8000);
        const off = Math.abs(decibels(amplitude / (0.5 * expected)));
        assert.ok(off < 0.02, `cutoff ${cutoff}, ${frequency} Hz: ${off} dB off`);
      }
    }
  });

  test("begins with a cutoff of 5 Hz", () => {
    const samples = tones(500, [0.2]);
    assert.deepEqual(
      processed({ removeDc: true }, samples, 1),
      processed({ removeDc: { cutoff: 5 } }, samples, 1),
    );
    assert.deepEqual(
      processed({ removeDc: {} }, samples, 1),
      processed({ removeDc: { cutoff: 5 } }, samples, 1),
    );
  });

  test("at a quarter of the sample rate and above is refused", () => {
    const choice = checkProcessing({ removeDc: { cutoff: 300 } });
    assert.ok(createProcessing(choice, 1200, 1) !== undefined);
    assert.throws(() => createProcessing(choice, 1199, 1), {
      name: "RangeError",
      message: /removeDc\.cutoff/,
    });
  });
});

describe("gain", () => {
  test("multiplies, and clips nothing", () => {
    const samples = Float32Array.of(0.5, -0.25, 0.125);
    const louder = processed({ gain: 20 }, samples, 1);
    for (const [at, sample] of samples.entries()) {
      assert.ok(Math.abs((louder[at] ?? 0) - sample * 10) < 1e-6);
    }
    const softer = processed({ gain: -6 }, samples, 1);
    assert.ok(Math.abs((softer[0] ?? 0) - 0.5 * 10 ** -0.3) < 1e-7);
  });
});

describe("all of it", () => {
  test("goes in order: mix down, DC removal, gain", () => {
    const samples = tones(4000, [0.3, 0.1]);
    const mono = processed({ mixDown: "mono" }, samples, 2);
    const clean = processed({ removeDc: true }, mono, 1);
    const expected = processed({ gain: 12 }, clean, 1);
    const all = { mixDown: "mono", removeDc: true, gain: 12 } as const;
    assert.deepEqual(processed(all, samples, 2), expected);
  });

  test("does not depend on how the frames arrive", () => {
    const samples = tones(4000, [0.3, -0.1, 0]);
    const all = {
      mixDown: [
        [1, 1, 0],
        [0, 0, 1],
      ],
      removeDc: true,
      gain: -3,
    };
    const whole = processed(all, samples, 3);
    for (const piece of [1, 7, 480, 3999]) {
      assert.deepEqual(processed(all, samples, 3, piece), whole, `pieces of ${piece}`);
    }
  });
});

describe("checks", () => {
  test("refuse wrong types", () => {
    for (const wrong of [null, 1, true, {}, [1], [[1], 2], [["1"]], [[null]]]) {
      assert.throws(() => checkProcessing({ mixDown: wrong as never }), {
        name: "TypeError",
        message: /`mixDown/,
      });
    }
    for (const wrong of [null, 5, "yes", [5]]) {
      assert.throws(() => checkProcessing({ removeDc: wrong as never }), {
        name: "TypeError",
        message: /removeDc/,
      });
    }
    for (const wrong of [null, "5", true]) {
      assert.throws(() => checkProcessing({ removeDc: { cutoff: wrong as never } }), {
        name: "TypeError",
      });
      assert.throws(() => checkProcessing({ gain: wrong as never }), {
        name: "TypeError",
        message: /`gain`/,
      });
    }
    assert.throws(() => checkProcessing({ removeDc: { cutof: 5 } as never }), {
      message: /did you mean `cutoff`/,
    });
  });

  test("refuse values out of range", () => {
    for (const wrong of ["stereo", "", [], [[Number.NaN]], [[Number.POSITIVE_INFINITY]]]) {
      assert.throws(() => checkProcessing({ mixDown: wrong as never }), { name: "RangeError" });
    }
    for (const wrong of [0, -5, 1001, Number.NaN]) {
      assert.throws(() => checkProcessing({ removeDc: { cutoff: wrong } }), { name: "RangeError" });
    }
    for (const wrong of [-121, 121, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => checkProcessing({ gain: wrong }), { name: "RangeError" });
    }
  });
});
