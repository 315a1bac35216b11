import type { Frames, Hertz, Milliseconds, Seconds } from "../../format.js";

/** How a device's clock goes against the system's. */
export interface ClockDrift {
  /** Parts in a million by which the device is faster than its sample rate says: 50 ppm are 4.3 s a day. */
  readonly ppm: number;
  /** By how much `ppm` may be wrong: about two standard deviations, and what the times themselves may be wrong. */
  readonly uncertaintyPpm: number;
  /** The length of the time that it was measured over. */
  readonly seconds: Seconds;
}

/** Length of a bucket at first: within it a frame is sure to come with little delay. */
const BUCKET_MS: Milliseconds = 10_000;
/** As many buckets as are kept. Then each two become one of twice the length, so that weeks take no more memory than hours. */
const MOST_BUCKETS = 512;
/** Fewer say nothing. */
const LEAST_BUCKETS = 4;

/** The least lateness of a stretch of time, and where it was. */
interface Bucket {
  /** By the device's count, at its nominal rate. */
  readonly elapsed: Milliseconds;
  /** By how much more the system's clock had gone, since the first observation. */
  readonly lag: Milliseconds;
}

/** A straight line through buckets, by least squares. */
interface Line {
  readonly slope: number;
  readonly slopeError: number;
}

/**
 * Measures how fast a device's clock really is, from the times at which its frames were heard. Such times are late by a
 * varying delay, never early: so each stretch of ten seconds counts with its least late frame alone, and a line through
 * those is fitted by least squares.
 */
export class DriftMeter {
  readonly #framesPerMs: number;
  /** Full ones, in order. */
  readonly #buckets: Bucket[] = [];
  /** The one that is being filled: its least may still be late. */
  #current: Bucket | undefined;
  #bucketMs: Milliseconds = BUCKET_MS;
  #bucketEnd: Milliseconds = Number.NEGATIVE_INFINITY;
  #first: { readonly position: Frames; readonly time: Milliseconds } | undefined;
  /** The slope so far: within long buckets, drift would else be taken for lateness. */
  #slope = 0;
  #uncertainties = 0;
  #observations = 0;

  constructor(sampleRate: Hertz) {
    this.#framesPerMs = sampleRate / 1000;
  }

  /**
   * Notes that the frame at `position` was heard at `time` of the system's monotonic clock, which may be late by
   * `uncertainty`. Positions grow and count lost frames too.
   */
  observe(position: Frames, time: Milliseconds, uncertainty: Milliseconds): void {
    this.#first ??= { position, time };
    const elapsed = (position - this.#first.position) / this.#framesPerMs;
    const seen: Bucket = { elapsed, lag: time - this.#first.time - elapsed };
    this.#uncertainties += uncertainty;
    this.#observations++;
    if (this.#current !== undefined && elapsed < this.#bucketEnd) {
      this.#current = this.#leastLate(this.#current, seen);
      return;
    }
    if (this.#current !== undefined) {
      this.#keep(this.#current);
    }
    this.#current = seen;
    this.#bucketEnd = elapsed + this.#bucketMs;
  }

  /** What is known by now; undefined before some 40 s. */
  report(): ClockDrift | undefined {
    const line = lineThrough(this.#buckets);
    const [first, last] = [this.#buckets[0], this.#buckets.at(-1)];
    if (line === undefined || first === undefined || last === undefined) {
      return undefined;
    }
    const span = last.elapsed - first.elapsed;
    const uncertainty = this.#uncertainties / this.#observations;
    return {
      // A fast device counts a second before the system's clock has gone one.
      ppm: (1 / (1 + line.slope) - 1) * 1e6,
      uncertaintyPpm: Math.hypot(2 * line.slopeError, uncertainty / span) * 1e6,
      seconds: span / 1000,
    };
  }

  #keep(bucket: Bucket): void {
    if (this.#buckets.length === MOST_BUCKETS) {
      this.#halve();
    }
    this.#buckets.push(bucket);
    this.#slope = lineThrough(this.#buckets)?.slope ?? 0;
  }

  #halve(): void {
    for (let at = 0; at < MOST_BUCKETS / 2; at++) {
      const [one, other] = [this.#buckets[2 * at], this.#buckets[2 * at + 1]];
      if (one !== undefined && other !== undefined) {
        this.#buckets[at] = this.#leastLate(one, other);
      }
    }
    this.#buckets.length = MOST_BUCKETS / 2;
    this.#bucketMs *= 2;
  }

  #leastLate(one: Bucket, other: Bucket): Bucket {
    return lateness(other, this.#slope) < lateness(one, this.#slope) ? other : one;
  }
}

function lateness({ elapsed, lag }: Bucket, slope: number): Milliseconds {
  return lag - slope * elapsed;
}

/** Least squares, around the means, so that weeks in milliseconds lose no digits. */
function lineThrough(buckets: readonly Bucket[]): Line | undefined {
  const count = buckets.length;
  if (count < LEAST_BUCKETS) {
    return undefined;
  }
  const meanElapsed = buckets.reduce((sum, { elapsed }) => sum + elapsed, 0) / count;
  const meanLag = buckets.reduce((sum, { lag }) => sum + lag, 0) / count;
  let [xx, xy] = [0, 0];
  for (const { elapsed, lag } of buckets) {
    xx += (elapsed - meanElapsed) ** 2;
    xy += (elapsed - meanElapsed) * (lag - meanLag);
  }
  const slope = xy / xx;
  const squares = buckets.reduce(
    (sum, { elapsed, lag }) => sum + (lag - meanLag - slope * (elapsed - meanElapsed)) ** 2,
    0,
  );
  return { slope, slopeError: Math.sqrt(squares / (count - 2) / xx) };
}
