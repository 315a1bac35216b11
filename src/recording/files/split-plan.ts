import type { Frames, Hertz, Seconds } from "../../format.js";
import { checkNumber, checkOptions, describe } from "../../options.js";

/** When a new file begins. Of several limits the one that is reached first counts. */
export interface SplitOptions {
  /** Length of a file, above 0 and up to a year: rounded to whole frames. */
  readonly seconds?: Seconds;
  /** Length of a file, from 1 up. */
  readonly frames?: Frames;
  /**
   * The most bytes that the frames of a file take; of a compressed file as if it were not. What the file says beside them, some
   * 2 KB and its marks, comes on top.
   */
  readonly bytes?: number;
}

/** How long the files are. */
export interface SplitPlan {
  /** Frames of each file but the last. */
  readonly framesOfFile: Frames;
}

const MOST_SECONDS: Seconds = 366 * 24 * 3600;

/** Throws TypeError or RangeError for options that are wrong by themselves. */
export function checkSplit(value: unknown, name = "split"): SplitOptions {
  checkOptions(value ?? null, ["seconds", "frames", "bytes"], name);
  const { seconds, frames, bytes } = value as SplitOptions;
  if (seconds === undefined && frames === undefined && bytes === undefined) {
    throw new TypeError(`Expected \`${name}\` to have seconds, frames or bytes, got none of them`);
  }
  if (seconds !== undefined) {
    checkNumber(seconds, `${name}.seconds`, { min: 0, above: true, max: MOST_SECONDS });
  }
  const whole = { min: 1, max: Number.MAX_SAFE_INTEGER, integer: true };
  if (frames !== undefined) {
    checkNumber(frames, `${name}.frames`, whole);
  }
  if (bytes !== undefined) {
    checkNumber(bytes, `${name}.bytes`, whole);
  }
  return value as SplitOptions;
}

/**
 * The exact length of the files. Throws RangeError when a file would have no frame at all.
 */
export function createSplitPlan(
  split: SplitOptions,
  sampleRate: Hertz,
  bytesPerFrame: number,
): SplitPlan {
  const { seconds, frames, bytes } = split;
  const framesOfFile = Math.min(
    seconds === undefined ? Number.POSITIVE_INFINITY : Math.round(seconds * sampleRate),
    frames ?? Number.POSITIVE_INFINITY,
    bytes === undefined ? Number.POSITIVE_INFINITY : Math.floor(bytes / bytesPerFrame),
  );
  if (framesOfFile < 1) {
    const [name, value] = bytes === undefined ? ["seconds", seconds] : ["bytes", bytes];
    throw new RangeError(
      `Expected \`split.${name}\` to hold at least one frame of ${bytesPerFrame} bytes at ${sampleRate} Hz, got ${describe(value)}`,
    );
  }
  return { framesOfFile };
}
