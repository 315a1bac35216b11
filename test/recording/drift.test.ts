import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Hertz, Milliseconds, Seconds } from "../../src/format.js";
import { DriftMeter } from "../../src/recording/clock/drift.js";
import { CaptureClock } from "../../src/stream/capture-clock.js";
import { seededRandom } from "../rig/random.js";

const RATE: Hertz = 48_000;

interface Device {
  /** Parts in a million by which it is faster than 48 kHz. */
  readonly ppm: number;
  readonly seconds: Seconds;
  /** How often it is looked at. */
  readonly every: Seconds;
  /** How late its frames are at each look. */
  readonly lateness: (elapsed: Seconds) => Milliseconds;
  readonly uncertainty?: Milliseconds;
}

/** A meter that has watched a device whose clock is known. */
function watched(device: Device): DriftMeter {
  const meter = new DriftMeter(RATE);
  for (let at = 0; at <= device.seconds; at += device.every) {
    const position = Math.floor(at * RATE * (1 + device.ppm / 1e6));
    const heard = (position / RATE / (1 + device.ppm / 1e6)) * 1000;
    meter.observe(position, 5000 + heard + device.lateness(at), device.uncertainty ?? 0);
  }
  return meter;
}

/** Now and then far too late, always somewhat: what a loaded machine does. */
function late(seed: number, usual: Milliseconds): () => Milliseconds {
  const random = seededRandom(seed);
  return () => {
    const lateness = -Math.log((random(1e6) + 1) / 1e6) * usual;
    return random(50) === 0 ? lateness + 200 : lateness;
  };
}

describe("the drift of a clock", () => {
  for (const ppm of [0, 50, -50, 0.5, 1000, -1000]) {
    test(`of ${ppm} ppm is found in ten minutes of exact times`, () => {
      const report = watched({ ppm, seconds: 600, every: 0.05, lateness: () => 0 }).report();
      assert.ok(report !== undefined);
      // Positions are whole frames.
      assert.ok(Math.abs(report.ppm - ppm) < 1e-3, `${report.ppm}`);
      assert.ok(report.uncertaintyPpm < 1e-3, `${report.uncertaintyPpm}`);
      // From within the first ten seconds to within the last whole ten.
      assert.ok(report.seconds > 569 && report.seconds <= 600, `${report.seconds}`);
    });

    test(`of ${ppm} ppm is found among late frames, within its uncertainty`, () => {
      for (let seed = 1; seed <= 20; seed++) {
        const report = watched({
          ppm,
          seconds: 1800,
          every: 0.05,
          lateness: late(seed, 4),
          uncertainty: 4,
        }).report();
        assert.ok(report !== undefined);
        const off = Math.abs(report.ppm - ppm);
        assert.ok(off <= report.uncertaintyPpm, `seed ${seed}: ${off} of ${report.uncertaintyPpm}`);
        assert.ok(report.uncertaintyPpm < 5, `seed ${seed}: ${report.uncertaintyPpm}`);
      }
    });
  }

  for (const ppm of [80, -80]) {
    test(`of ${ppm} ppm is found in three weeks, in the same memory`, () => {
      const report = watched({
        ppm,
        seconds: 21 * 86_400,
        every: 2,
        lateness: late(9, 4),
        uncertainty: 4,
      }).report();
      assert.ok(report !== undefined);
      // Each bucket is an hour long then: in it the clocks part by 300 ms, and the frames are late by some 4 ms.
      assert.ok(Math.abs(report.ppm - ppm) < 1e-5, `${report.ppm}`);
      assert.ok(report.uncertaintyPpm < 0.02, `${report.uncertaintyPpm}`);
      assert.ok(report.seconds > 20 * 86_400);
    });
  }

  test("is found in the times that a stream tells, which follow its clock with a delay", () => {
    for (const ppm of [80, -80]) {
      const clock = new CaptureClock(RATE);
      const lateness = late(4, 4);
      const meter = new DriftMeter(RATE);
      for (let now = 0; now < 1_800_000; now += 10) {
        const frames = Math.floor((now / 1000) * RATE * (1 + ppm / 1e6));
        clock.observe(now + lateness(), frames);
        meter.observe(frames, clock.origin + (frames / RATE) * 1000, clock.uncertainty);
      }
      const report = meter.report();
      assert.ok(report !== undefined);
      assert.ok(Math.abs(report.ppm - ppm) <= report.uncertaintyPpm, JSON.stringify(report));
      assert.ok(report.uncertaintyPpm < 6, JSON.stringify(report));
    }
  });

  test("does not suffer from what was heard long after it was first counted", () => {
    // An hour in which the machine was loaded, in the middle of a day.
    const usual = late(5, 2);
    const report = watched({
      ppm: 30,
      seconds: 86_400,
      every: 1,
      lateness: (at) => usual() + (at > 40_000 && at < 43_600 ? 20 : 0),
      uncertainty: 2,
    }).report();
    assert.ok(report !== undefined);
    assert.ok(Math.abs(report.ppm - 30) <= report.uncertaintyPpm, JSON.stringify(report));
    assert.ok(report.uncertaintyPpm < 0.1, JSON.stringify(report));
  });

  test("is not told before some forty seconds", () => {
    const lateness = (): number => 0;
    assert.equal(new DriftMeter(RATE).report(), undefined);
    assert.equal(watched({ ppm: 0, seconds: 39, every: 0.05, lateness }).report(), undefined);
    assert.ok(watched({ ppm: 0, seconds: 41, every: 0.05, lateness }).report() !== undefined);
  });

  test("is none, and certain, for a device whose time is the count of its frames", () => {
    const meter = new DriftMeter(RATE);
    for (let position = 0; position < 86_400 * RATE; position += RATE) {
      meter.observe(position, (position / RATE) * 1000, 0);
    }
    assert.deepEqual(meter.report(), {
      ppm: 0,
      uncertaintyPpm: 0,
      seconds: meter.report()?.seconds,
    });
  });
});
