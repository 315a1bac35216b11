import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Frames, Hertz } from "../../src/format.js";
import { checkSilence, checkTrigger } from "../../src/recording/conditions/check.js";
import type { Detector } from "../../src/recording/conditions/detector.js";
import { PreRoll } from "../../src/recording/conditions/pre-roll.js";
import { createSilence } from "../../src/recording/conditions/silence.js";
import { createTrigger } from "../../src/recording/conditions/trigger.js";
import { seededRandom } from "../rig/random.js";
import { decibels, sine } from "../rig/tone.js";

const RATE: Hertz = 8000;
/** 10 ms at that rate. */
const WINDOW: Frames = 80;

/** A square wave, whose root mean square is its amplitude: `level` is its dBFS. */
function square(frames: Frames, level: number): Float32Array {
  const amplitude = 10 ** (level / 20);
  return Float32Array.from({ length: frames }, (_, frame) =>
    frame % 2 === 0 ? amplitude : -amplitude,
  );
}

function joined(...parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Feeds a channel in pieces of the given lengths, over and over, and returns what the detector said first. */
function firstOf(
  detector: Detector,
  samples: Float32Array,
  pieces: readonly Frames[] = [samples.length],
  start: Frames = 0,
): Frames | undefined {
  let at = 0;
  for (let turn = 0; at < samples.length; turn++) {
    const frames = Math.min(pieces[turn % pieces.length] ?? 1, samples.length - at);
    const end = detector.feed([samples.subarray(at, at + frames)], frames, start + at);
    if (end !== undefined) {
      return end;
    }
    at += frames;
  }
  return undefined;
}

describe("trigger", () => {
  const quiet = square(10 * WINDOW, -60);
  const loud = square(10 * WINDOW, -20);

  test("comes true behind the window in which the sound has lasted long enough", () => {
    const signal = joined(quiet, loud);
    for (const [seconds, windows] of [
      [0, 1],
      [0.001, 1],
      [0.01, 1],
      [0.011, 2],
      [0.05, 5],
      // In floating point 0.07 * 8000 is a little more than 560.
      [0.07, 7],
      [0.1, 10],
    ] as const) {
      const trigger = createTrigger({ above: -35, for: seconds }, RATE);
      assert.equal(firstOf(trigger, signal), (10 + windows) * WINDOW, `${seconds} s`);
    }
    assert.equal(firstOf(createTrigger({ above: -35, for: 0.11 }, RATE), signal), undefined);
  });

  test("sound in the middle of a window is heard with that window or the next", () => {
    for (const lead of [1, 39, 41, 79]) {
      const signal = joined(square(10 * WINDOW + lead, -60), loud);
      const end = firstOf(createTrigger({ above: -35, for: 0.02 }, RATE), signal);
      assert.ok(end !== undefined && end % WINDOW === 0);
      const heard = end - (10 * WINDOW + lead);
      assert.ok(heard > WINDOW && heard < 3 * WINDOW, `${heard} frames`);
    }
  });

  test("the level is the root mean square: exactly `above` is enough, less is not", () => {
    // 0.125 and its square are exact in binary.
    const exact = Float32Array.from({ length: WINDOW }, (_, frame) => (frame % 2 ? 0.125 : -0.125));
    const level = decibels(0.125);
    assert.equal(firstOf(createTrigger({ above: level - 1e-9, for: 0 }, RATE), exact), WINDOW);
    assert.equal(firstOf(createTrigger({ above: level + 1e-9, for: 0 }, RATE), exact), undefined);
    // A sine of full scale has -3.01 dBFS: 1000 Hz have ten whole periods in a window.
    const tone = sine(WINDOW, RATE, 1000, 1);
    assert.equal(firstOf(createTrigger({ above: -3.02, for: 0 }, RATE), tone), WINDOW);
    assert.equal(firstOf(createTrigger({ above: -3, for: 0 }, RATE), tone), undefined);
    const full = square(WINDOW, 0);
    assert.equal(firstOf(createTrigger({ above: 0, for: 0 }, RATE), full), WINDOW);
  });

  test("a quiet window in between begins the count anew", () => {
    const burst = square(4 * WINDOW, -20);
    const gap = square(WINDOW, -60);
    const trigger = createTrigger({ above: -35, for: 0.05 }, RATE);
    const signal = joined(burst, gap, burst, gap, burst, square(WINDOW, -20));
    assert.equal(firstOf(trigger, signal), 15 * WINDOW);
  });

  test("one loud channel is enough, and each must be loud by itself", () => {
    const trigger = createTrigger({ above: -35, for: 0.01 }, RATE);
    assert.equal(trigger.feed([quiet, quiet, loud], 10 * WINDOW, 0), WINDOW);
    // Two channels of -37 dBFS have -34 together.
    const almost = square(10 * WINDOW, -37);
    const other = createTrigger({ above: -35, for: 0.01 }, RATE);
    assert.equal(other.feed([almost, almost], 10 * WINDOW, 0), undefined);
  });

  test("the answer does not depend on how the frames arrive", () => {
    const random = seededRandom(7);
    const signal = Float32Array.from({ length: 8000 }, (_, frame) => {
      const loudness = frame % 1700 > 1200 ? 0.3 : 0.004;
      return (random(2001) / 1000 - 1) * loudness;
    });
    const whole = firstOf(createTrigger({ above: -20, for: 0.03 }, RATE), signal);
    assert.ok(whole !== undefined);
    for (const pieces of [[1], [7], [80], [79, 3, 200], [400], [1, 0, 4096]]) {
      const trigger = createTrigger({ above: -20, for: 0.03 }, RATE);
      assert.equal(firstOf(trigger, signal, pieces), whole, `pieces of ${pieces.join(", ")}`);
    }
  });

  test("positions count from where the first frame stands", () => {
    const trigger = createTrigger({ above: -35, for: 0.01 }, RATE);
    assert.equal(firstOf(trigger, joined(quiet, loud), [33], 123_456), 123_456 + 11 * WINDOW);
  });

  test("once true it says nothing until it is reset, then begins with a new window", () => {
    const trigger = createTrigger({ above: -35, for: 0.01 }, RATE);
    assert.equal(trigger.feed([loud], 200, 0), WINDOW);
    assert.equal(trigger.feed([loud], 200, 200), undefined);
    trigger.reset();
    assert.equal(trigger.feed([loud], 79, 1003), undefined);
    assert.equal(trigger.feed([loud], 1, 1082), 1083);
  });

  test("frames that do not follow the ones before begin anew", () => {
    const trigger = createTrigger({ above: -35, for: 0.02 }, RATE);
    assert.equal(trigger.feed([loud], WINDOW, 0), undefined);
    assert.equal(trigger.feed([loud], WINDOW, WINDOW + 1), undefined);
    assert.equal(trigger.feed([loud], WINDOW, 2 * WINDOW + 1), 3 * WINDOW + 1);
  });

  test("windows are 10 ms at any rate, and one frame where that is less", () => {
    for (const [rate, window] of [
      [11_025, 110],
      [44_100, 441],
      [192_000, 1920],
      [50, 1],
      [10, 1],
    ] as const) {
      const signal = square(3 * window, -10);
      assert.equal(firstOf(createTrigger({ above: -20, for: 0 }, rate), signal), window);
    }
  });

  test("what is no number is no sound", () => {
    const signal = new Float32Array(WINDOW).fill(Number.NaN);
    assert.equal(firstOf(createTrigger({ above: -150, for: 0 }, RATE), signal), undefined);
  });
});

describe("silence", () => {
  const rule = { below: -45, for: 0.05, hysteresis: 3 };
  const speech = square(10 * WINDOW, -20);

  test("comes true behind the window in which it has lasted long enough", () => {
    const signal = joined(speech, square(10 * WINDOW, -60));
    for (const [seconds, windows] of [
      [0.001, 1],
      [0.01, 1],
      [0.05, 5],
      [0.095, 10],
    ] as const) {
      const silence = createSilence({ ...rule, for: seconds }, RATE);
      assert.equal(firstOf(silence, signal), (10 + windows) * WINDOW, `${seconds} s`);
    }
    assert.equal(firstOf(createSilence({ ...rule, for: 0.11 }, RATE), signal), undefined);
  });

  test("counts from the first frame: who never speaks is silent", () => {
    assert.equal(firstOf(createSilence(rule, RATE), new Float32Array(800)), 5 * WINDOW);
  });

  test("sound within the hysteresis neither begins a silence nor ends one", () => {
    const between = square(WINDOW, -43.5);
    const quiet = square(2 * WINDOW, -50);
    // Two windows, one in between, two windows: five.
    assert.equal(firstOf(createSilence(rule, RATE), joined(quiet, between, quiet)), 5 * WINDOW);
    const never = square(20 * WINDOW, -43.5);
    assert.equal(firstOf(createSilence(rule, RATE), never), undefined);
    // Behind speech, the one in between does not count; the silence begins behind it.
    const late = joined(speech, between, square(5 * WINDOW, -50));
    assert.equal(firstOf(createSilence(rule, RATE), late), 16 * WINDOW);
  });

  test("sound above the hysteresis ends it, and without one so does any above the level", () => {
    const quiet = square(4 * WINDOW, -50);
    const signal = joined(quiet, square(WINDOW, -41.9), quiet, square(WINDOW, -50));
    assert.equal(firstOf(createSilence(rule, RATE), signal), 10 * WINDOW);
    const breath = joined(quiet, square(WINDOW, -44.9), quiet, square(WINDOW, -50));
    assert.equal(firstOf(createSilence(rule, RATE), breath), 5 * WINDOW);
    assert.equal(firstOf(createSilence({ ...rule, hysteresis: 0 }, RATE), breath), 10 * WINDOW);
  });

  test("all channels must be silent", () => {
    const quiet = square(20 * WINDOW, -60);
    const loudAtFirst = joined(speech, quiet);
    const silence = createSilence(rule, RATE);
    assert.equal(silence.feed([quiet, loudAtFirst], 20 * WINDOW, 0), 15 * WINDOW);
  });

  test("the answer does not depend on how the frames arrive", () => {
    const signal = joined(speech, square(3 * WINDOW, -50), speech, square(9 * WINDOW, -50));
    for (const pieces of [[1], [7], [79, 3, 200], [4096]]) {
      assert.equal(firstOf(createSilence(rule, RATE), signal, pieces), 28 * WINDOW);
    }
  });

  test("what is no number is no silence", () => {
    const signal = joined(
      square(4 * WINDOW, -50),
      new Float32Array(WINDOW).fill(Number.NaN),
      square(5 * WINDOW, -50),
    );
    assert.equal(firstOf(createSilence(rule, RATE), signal), 10 * WINDOW);
  });
});

describe("checks", () => {
  test("give the defaults", () => {
    assert.deepEqual(checkTrigger({ above: -35 }), { above: -35, for: 0.05 });
    assert.deepEqual(checkSilence({ below: -45 }), { below: -45, for: 1.5, hysteresis: 3 });
  });

  test("refuse wrong types", () => {
    for (const value of [undefined, null, true, -35, "loud", [], () => 1]) {
      assert.throws(() => checkTrigger(value), { name: "TypeError", message: /^trigger: / });
      assert.throws(() => checkSilence(value), { name: "TypeError", message: /^silence: / });
    }
    for (const wrong of [undefined, null, "-35", true, {}, [-35]]) {
      assert.throws(() => checkTrigger({ above: wrong }), {
        name: "TypeError",
        message: /`trigger\.above`/,
      });
      assert.throws(() => checkSilence({ below: wrong }), {
        name: "TypeError",
        message: /`silence\.below`/,
      });
    }
    for (const wrong of [null, "1", true, {}]) {
      assert.throws(() => checkTrigger({ above: -35, for: wrong }), { name: "TypeError" });
      assert.throws(() => checkSilence({ below: -45, for: wrong }), { name: "TypeError" });
      assert.throws(() => checkSilence({ below: -45, hysteresis: wrong }), { name: "TypeError" });
    }
  });

  test("refuse values out of range", () => {
    for (const wrong of [35, 0.001, -151, Number.NaN, Number.NEGATIVE_INFINITY]) {
      assert.throws(() => checkTrigger({ above: wrong }), { name: "RangeError" });
      assert.throws(() => checkSilence({ below: wrong }), { name: "RangeError" });
    }
    for (const wrong of [-0.1, 61, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => checkTrigger({ above: -35, for: wrong }), { name: "RangeError" });
      assert.throws(() => checkSilence({ below: -45, hysteresis: wrong }), { name: "RangeError" });
    }
    for (const wrong of [0, -1, 86_401, Number.NaN]) {
      assert.throws(() => checkSilence({ below: -45, for: wrong }), { name: "RangeError" });
    }
  });

  test("refuse unknown fields and name the nearest", () => {
    assert.throws(() => checkTrigger({ above: -35, fro: 1 }), { message: /did you mean `for`/ });
    assert.throws(() => checkSilence({ bellow: -45 }), { message: /did you mean `below`/ });
  });
});

describe("pre-roll", () => {
  /** Bytes that count, from `first` on. */
  function counting(first: number, length: number): Uint8Array {
    return Uint8Array.from({ length }, (_, index) => first + index);
  }

  test("hands over the newest frames, oldest first, and then none", () => {
    const preRoll = new PreRoll(5, 2);
    preRoll.push(counting(0, 4));
    assert.equal(preRoll.byteLength, 4);
    assert.deepEqual(preRoll.take(), counting(0, 4));
    assert.equal(preRoll.byteLength, 0);
    assert.deepEqual(preRoll.take(), new Uint8Array(0));
    preRoll.push(counting(10, 6));
    preRoll.push(counting(16, 6));
    assert.deepEqual(preRoll.take(), counting(12, 10));
  });

  test("keeps the end of what is longer than itself", () => {
    const preRoll = new PreRoll(3, 1);
    preRoll.push(counting(0, 1));
    preRoll.push(counting(1, 100));
    assert.deepEqual(preRoll.take(), counting(98, 3));
    preRoll.push(counting(7, 3));
    assert.deepEqual(preRoll.take(), counting(7, 3));
  });

  test("is what slicing all that came would give, in pieces of any length", () => {
    const random = seededRandom(3);
    for (let round = 0; round < 200; round++) {
      const frames = random(12);
      const preRoll = new PreRoll(frames, 2);
      let all: number[] = [];
      for (let push = random(12); push > 0; push--) {
        const piece = counting(all.length % 200, random(9) * 2);
        preRoll.push(piece);
        all.push(...piece);
        if (random(5) === 0) {
          assert.deepEqual([...preRoll.take()], all.slice(Math.max(0, all.length - frames * 2)));
          all = [];
        }
      }
      assert.deepEqual([...preRoll.take()], all.slice(Math.max(0, all.length - frames * 2)));
    }
  });

  test("what is handed over is a copy", () => {
    const preRoll = new PreRoll(2, 1);
    preRoll.push(counting(1, 2));
    const taken = preRoll.take();
    preRoll.push(counting(8, 2));
    assert.deepEqual(taken, counting(1, 2));
  });

  test("of no frames keeps none", () => {
    const preRoll = new PreRoll(0, 4);
    preRoll.push(counting(0, 8));
    assert.deepEqual(preRoll.take(), new Uint8Array(0));
  });
});
