import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { JackClock } from "../src/hosts/portaudio/jack-clock.js";
import { seededRandom } from "./rig/random.js";

const RATE = 48_000;

interface Run {
  readonly period: number;
  /** Frames that PortAudio's buffer holds. */
  readonly buffer?: number;
  readonly pollMs: number;
  readonly seconds: number;
  /** Whether the client gets the period. Default: always. */
  readonly runs?: (period: number) => boolean;
  /** JACK's frames at the start. */
  readonly start?: number;
  /** Whether the reader reads at this time, in seconds. Default: always. */
  readonly reads?: (time: number) => boolean;
}

/** A JACK client on a made-up clock, polled at odd times. Returns the frames lost and those that the clock found. */
function play(run: Run): { readonly lost: number; readonly found: number } {
  const { period, buffer = Math.max(8 * period, 8192), pollMs, seconds, start = 0 } = run;
  const clock = new JackClock(RATE);
  const random = seededRandom(period);
  let cycle = 0;
  let waiting = 0;
  let read = 0;
  let lost = 0;
  let found = 0;
  for (
    let now = 0;
    now < seconds * RATE;
    now += (pollMs / 1000) * RATE * (0.5 + random(1000) / 1000)
  ) {
    for (; (cycle + 1) * period <= now; cycle++) {
      const taken = run.runs?.(cycle) === false ? 0 : Math.min(period, buffer - waiting);
      waiting += taken;
      lost += period - taken;
    }
    if (run.reads?.(now / RATE) === false) {
      continue;
    }
    found += clock.lost(((start + now) % 2 ** 32) / RATE, read, waiting);
    read += waiting;
    waiting = 0;
  }
  return { lost, found };
}

describe("JackClock", () => {
  test("finds nothing while every period comes, whatever the period and the times of polls", () => {
    for (const period of [64, 256, 441, 1024, 4096]) {
      for (const pollMs of [1, 5, 21.333, 50]) {
        const { found } = play({ period, pollMs, seconds: 60 });
        assert.equal(found, 0, `periods of ${period}, polls of ${pollMs} ms`);
      }
    }
  });

  test("finds just the periods in which the process did not run", () => {
    for (const [from, to] of [
      [200, 201],
      [200, 204],
      [200, 247],
    ] as const) {
      const { lost, found } = play({
        period: 1024,
        pollMs: 5,
        seconds: 10,
        runs: (cycle) => cycle < from || cycle >= to,
      });
      assert.equal(lost, (to - from) * 1024);
      assert.equal(found, lost);
    }
  });

  test("finds what PortAudio's full buffer dropped while nobody read", () => {
    const { lost, found } = play({
      period: 256,
      buffer: 1024,
      pollMs: 5,
      seconds: 10,
      reads: (time) => time < 3 || time > 3.5,
    });
    assert.ok(lost > 0.4 * RATE);
    assert.equal(found, lost);
  });

  test("JACK's count of frames may wrap", () => {
    const { lost, found } = play({
      period: 1024,
      pollMs: 5,
      seconds: 10,
      start: 2 ** 32 - 5 * RATE,
      runs: (cycle) => cycle < 300 || cycle >= 310,
    });
    assert.equal(lost, 10_240);
    assert.equal(found, lost);
  });
});
