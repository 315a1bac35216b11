import type { Milliseconds, Seconds } from "../format.js";

/** Now, on the clock of stream times: the system's monotonic clock, in seconds. */
export function streamTime(): Seconds {
  return Number(process.hrtime.bigint()) / 1e9;
}

/** A time of this thread's `performance.now()` on the clock of stream times. */
export function toStreamTime(time: Milliseconds): Seconds {
  return streamTime() + (time - performance.now()) / 1000;
}
