import assert from "node:assert/strict";
import { test } from "node:test";
import { type Clocks, dateOf, timeOf } from "../../src/recording/clock/host-time.js";

const ORIGIN = Date.UTC(2026, 10, 23, 12) + 0.25;

/** Clocks `now` ms after their start, with a wall clock that was set by `step` since. */
function clocks(now: number, step: number): Clocks {
  return { now: () => now, timeOrigin: ORIGIN, wall: () => Math.floor(ORIGIN + now + step) };
}

test("a time is a date by the origin of the clock", () => {
  assert.deepEqual(dateOf(1000, clocks(5000, 0)), new Date(ORIGIN + 1000));
  // The same date whenever it is asked: what two readings take does not show.
  for (const now of [1000.1, 5000.9, 86_400_000.5]) {
    assert.deepEqual(dateOf(1000, clocks(now, 0)), new Date(ORIGIN + 1000));
  }
});

test("when the wall clock was set, dates are by what it shows now", () => {
  for (const step of [3_600_000, -3_600_000, 500, -500]) {
    const date = dateOf(1000, clocks(5000, step));
    assert.ok(Math.abs(date.getTime() - (ORIGIN + 1000 + step)) <= 1, `${step}`);
  }
});

test("a date is a time, and back", () => {
  for (const step of [0, 7200_000]) {
    const own = clocks(9000, step);
    const date = new Date(Date.UTC(2026, 10, 23, 13));
    assert.ok(Math.abs(dateOf(timeOf(date, own), own).getTime() - date.getTime()) <= 1);
  }
  assert.equal(timeOf(new Date(ORIGIN - 0.25 + 1000), clocks(9000, 0)), 999.75);
});

test("this thread's clocks are the default", () => {
  const before = Date.now();
  const now = dateOf(performance.now()).getTime();
  assert.ok(Math.abs(now - before) < 1000, `${now - before} ms`);
  assert.ok(Math.abs(timeOf(new Date()) - performance.now()) < 1000);
});
