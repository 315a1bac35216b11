import type { Milliseconds } from "../../format.js";

/** The clocks of a thread. */
export interface Clocks {
  /** The monotonic clock, `performance.now()`. */
  now(): Milliseconds;
  /** What the wall clock showed when the monotonic one began, `performance.timeOrigin`. */
  readonly timeOrigin: Milliseconds;
  /** The wall clock, `Date.now()`. */
  wall(): Milliseconds;
}

/** A difference of less is no step of the wall clock, but what two readings take. */
const STEP_MS: Milliseconds = 20;

const OWN_CLOCKS: Clocks = {
  now: () => performance.now(),
  timeOrigin: performance.timeOrigin,
  wall: () => Date.now(),
};

/**
 * The date at a time of this thread's `performance.now()`, by the wall clock as it is set now. A process that runs for
 * weeks sees the wall clock set: `performance.timeOrigin` knows nothing of that.
 */
export function dateOf(time: Milliseconds, clocks: Clocks = OWN_CLOCKS): Date {
  return new Date(wallOrigin(clocks) + time);
}

/** The time of this thread's `performance.now()` at a date, by the wall clock as it is set now. */
export function timeOf(date: Date, clocks: Clocks = OWN_CLOCKS): Milliseconds {
  return date.getTime() - wallOrigin(clocks);
}

/** What the wall clock would have shown, as it is set now, when the monotonic one began. */
function wallOrigin(clocks: Clocks): Milliseconds {
  // The wall clock is cut to whole milliseconds.
  const origin = clocks.wall() + 0.5 - clocks.now();
  return Math.abs(origin - clocks.timeOrigin) < STEP_MS ? clocks.timeOrigin : origin;
}
