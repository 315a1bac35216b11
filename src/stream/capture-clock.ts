import type { Frames, Hertz, Milliseconds } from "../format.js";

/** A bucket of the running minimum; the clocks of a device and a computer part by some 100 µs in this time. */
const BUCKET_MS: Milliseconds = 10_000;
/** Weight of the newest observation in the usual lateness. */
const SMOOTHING = 0.05;

/**
 * Relates a device's frames to the monotonic clock, from one observation at each poll: "at this time so many frames
 * had come". Frames come late by a varying time, never early, so the least lateness of the last seconds tells when
 * frame 0 was heard. A jump of the lateness beyond its usual value is the time of lost frames.
 */
export class CaptureClock {
  readonly #framesPerMs: number;
  #bucketEnd: Milliseconds = Number.NEGATIVE_INFINITY;
  #least: Milliseconds = Number.POSITIVE_INFINITY;
  #leastBefore: Milliseconds = Number.POSITIVE_INFINITY;
  #usual: Milliseconds | undefined;
  #fixed: Milliseconds | undefined;

  constructor(sampleRate: Hertz) {
    this.#framesPerMs = sampleRate / 1000;
  }

  /** When frame 0 was heard, by what was observed so far; Infinity before the first observation. */
  get origin(): Milliseconds {
    return this.#fixed ?? Math.min(this.#least, this.#leastBefore);
  }

  /**
   * By how much the origin may be wrong: how late frames usually come beyond the least. What a driver or a converter
   * holds back without ever telling is not in it. 0 for a device without a clock.
   */
  get uncertainty(): Milliseconds {
    return this.#usual ?? 0;
  }

  /** A device without a clock: frame 0 was heard then, whatever is observed. */
  fix(origin: Milliseconds): void {
    this.#fixed = origin;
  }

  /** Forgets what was observed: the device was stopped since, and its frames with it. */
  restart(): void {
    this.#bucketEnd = Number.NEGATIVE_INFINITY;
    this.#least = Number.POSITIVE_INFINITY;
    this.#leastBefore = Number.POSITIVE_INFINITY;
    this.#usual = undefined;
  }

  /** Notes that at `now` a total of `frames` frames, lost ones included, had come out of the device. */
  observe(now: Milliseconds, frames: Frames): void {
    const apparent = now - frames / this.#framesPerMs;
    if (now >= this.#bucketEnd) {
      this.#leastBefore = this.#least;
      this.#least = Number.POSITIVE_INFINITY;
      this.#bucketEnd = now + BUCKET_MS;
    }
    this.#least = Math.min(this.#least, apparent);
    const late = apparent - this.origin;
    this.#usual = this.#usual === undefined ? late : this.#usual + SMOOTHING * (late - this.#usual);
  }

  /** How many frames are missing at `now`, when `frames` have come and the device says that some were lost. */
  missing(now: Milliseconds, frames: Frames): Frames {
    if (this.#usual === undefined) {
      return 0;
    }
    const late = now - frames / this.#framesPerMs - this.origin;
    return Math.max(0, Math.round((late - this.#usual) * this.#framesPerMs));
  }
}
