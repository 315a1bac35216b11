import type { Frames } from "../format.js";
import { checkBoolean, checkNumber, checkWord } from "../options.js";
import type { PlanarSource } from "./source.js";
import type { Detrend, SegmentOptions, SpectrumUnit } from "./spectrum-options.js";
import { checkWindow, makeWindow, type Window } from "./window.js";

/** The largest segment and transform: 2^20 values are about 20 s. */
const LARGEST: Frames = 2 ** 20;
const DEFAULT_SIZE: Frames = 2048;
const DEFAULT_FLOOR = -200;
/** The smallest float32 is about that many decibels. */
const LEAST_FLOOR = -380;

/** The keys of the options that are settled here. */
export const SEGMENT_OPTIONS: readonly (keyof SegmentOptions)[] = [
  "window",
  "size",
  "overlap",
  "fftSize",
  "detrend",
  "scaling",
  "decibels",
  "floor",
  "sampleRate",
];

/** How a source is cut into segments, and how they are transformed. */
export interface SegmentPlan {
  readonly size: Frames;
  readonly overlap: Frames;
  readonly fftSize: Frames;
  readonly bins: number;
  readonly window: Float64Array;
  readonly detrend: Detrend;
  /** What the squares of a transform are multiplied with, for bins that stand for one frequency and its negative. */
  readonly scale: number;
  /** In decibels, the least value; undefined for plain powers. */
  readonly floor: number | undefined;
  readonly unit: SpectrumUnit;
}

/** Throws TypeError or RangeError for values that are wrong whatever the source. */
export function checkSegmentOptions(options: SegmentOptions): void {
  const { window = "hann", size, overlap, fftSize } = options;
  const { decibels = false, floor = DEFAULT_FLOOR } = options;
  const { detrend = "constant", scaling = "density" } = options;
  checkWindow(window);
  if (size !== undefined) {
    checkNumber(size, "size", { min: 1, max: LARGEST, integer: true });
  }
  if (overlap !== undefined) {
    checkNumber(overlap, "overlap", { min: 0, max: (size ?? LARGEST) - 1, integer: true });
  }
  if (fftSize !== undefined) {
    checkNumber(fftSize, "fftSize", { min: size ?? 1, max: LARGEST, integer: true });
  }
  checkWord(detrend, "detrend", ["constant", "linear", "none"]);
  checkWord(scaling, "scaling", ["density", "spectrum"]);
  checkBoolean(decibels, "decibels");
  checkNumber(floor, "floor", { min: LEAST_FLOOR, max: 0 });
}

/**
 * Settles checked options for a source. `share` is the part of a segment that it has in common with the one before where
 * the options do not say.
 *
 * @throws RangeError for a source that is shorter than a segment, and for options that do not fit each other.
 */
export function planSegments(
  options: SegmentOptions,
  source: Pick<PlanarSource, "length" | "sampleRate">,
  share: number,
): SegmentPlan {
  const size = sizeFor(options, source.length);
  const overlap = options.overlap ?? Math.floor(size * share);
  checkNumber(overlap, "overlap", { min: 0, max: size - 1, integer: true });
  const fftSize = options.fftSize ?? size;
  checkNumber(fftSize, "fftSize", { min: size, max: LARGEST, integer: true });
  const window = makeWindow(options.window ?? "hann", size);
  const { decibels = false, floor = DEFAULT_FLOOR } = options;
  const { detrend = "constant", scaling = "density" } = options;
  const isDensity = scaling === "density";
  const sum = window.reduce((total, value) => total + value, 0);
  const squares = window.reduce((total, value) => total + value * value, 0);
  if (!isDensity && sum === 0) {
    throw new RangeError(
      'Expected the values of `window` to have a sum other than 0 with `scaling: "spectrum"`',
    );
  }
  const unit = isDensity ? "V**2/Hz" : "V**2";
  return {
    size,
    overlap,
    fftSize,
    bins: Math.floor(fftSize / 2) + 1,
    window,
    detrend,
    scale: 2 / (isDensity ? source.sampleRate * squares : sum * sum),
    floor: decibels ? floor : undefined,
    unit: decibels ? `dB re ${unit}` : unit,
  };
}

/** What is said when a source ends before its first segment. */
export function tooShort(size: Frames, length: Frames): RangeError {
  return new RangeError(
    `Expected \`source\` to have at least \`size\` frames, ${size}, got ${length}; choose a smaller \`size\``,
  );
}

function sizeFor({ size, window }: SegmentOptions, length: Frames): Frames {
  if (length === 0) {
    throw new RangeError("Expected `source` to have at least one frame, got none");
  }
  const chosen = size ?? ownLength(window) ?? Math.min(DEFAULT_SIZE, length);
  if (chosen > length) {
    throw tooShort(chosen, length);
  }
  return chosen;
}

/** As many values as a window has of its own. */
function ownLength(window: Window | undefined): Frames | undefined {
  const isNamed =
    window === undefined || typeof window === "string" || typeof window[0] === "string";
  return isNamed ? undefined : window.length;
}

/** Frequency of each bin. */
export function binFrequencies(
  plan: Pick<SegmentPlan, "bins" | "fftSize">,
  sampleRate: number,
): Float64Array<ArrayBuffer> {
  return Float64Array.from({ length: plan.bins }, (_, bin) => (bin * sampleRate) / plan.fftSize);
}
