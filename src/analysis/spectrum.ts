import type { Frames, Hertz } from "../format.js";
import { checkOptions, checkWord } from "../options.js";
import { GiveWay } from "./give-way.js";
import {
  binFrequencies,
  checkSegmentOptions,
  planSegments,
  SEGMENT_OPTIONS,
  type SegmentPlan,
  tooShort,
} from "./segment-plan.js";
import { Segments } from "./segments.js";
import { type AnalysisSource, openPlanarSource, type PlanarSource } from "./source.js";
import type { SegmentOptions, SpectrumUnit } from "./spectrum-options.js";

/** Options of {@link spectrum}. Default of `overlap`: half of `size`. */
export interface SpectrumOptions extends SegmentOptions {
  /**
   * How the segments are averaged. `"median"` is corrected for its bias, as scipy does it, and keeps all segments in
   * memory. Default: `"mean"`.
   */
  readonly average?: "mean" | "median";
}

/** The spectrum of a source. */
export interface Spectrum {
  readonly sampleRate: Hertz;
  readonly numberOfChannels: number;
  /** Frequency of each bin, from 0 to half of the sample rate. */
  readonly frequencies: Float64Array<ArrayBuffer>;
  /** For each channel the value of each bin. */
  readonly values: readonly Float64Array<ArrayBuffer>[];
  readonly unit: SpectrumUnit;
  readonly size: Frames;
  readonly overlap: Frames;
  readonly fftSize: Frames;
  /** How many segments were averaged. */
  readonly segments: number;
  /** Samples that were NaN or infinite, and were taken for 0. */
  readonly invalidSamples: number;
}

/** The part of a segment that the one before has too. */
const SHARE = 0.5;

/**
 * The power spectrum of each channel by Welch's method: equal to `scipy.signal.welch` with the same window, size,
 * overlap, detrending, scaling and average. What is left over behind the last whole segment is not used.
 *
 * @throws TypeError, RangeError for wrong arguments, for a source without frames, and for one that is shorter than the
 *   `size` that was asked for.
 * @throws AudioError as `WavReader.open()` for a path, and when a file cannot be read.
 */
export async function spectrum(
  source: AnalysisSource,
  options: SpectrumOptions = {},
): Promise<Spectrum> {
  checkOptions(options, [...SEGMENT_OPTIONS, "average"], "spectrum()");
  checkSegmentOptions(options);
  const { average = "mean" } = options;
  checkWord(average, "average", ["mean", "median"]);
  await using opened = await openPlanarSource(source, options.sampleRate);
  const plan = planSegments(options, opened, SHARE);
  const kept =
    average === "mean"
      ? new Sums(opened.numberOfChannels, plan.bins)
      : new AllSegments(opened.numberOfChannels);
  const segments = await transformAll(opened, plan, kept);
  const { floor } = plan;
  const values = kept.averages(segments);
  return {
    sampleRate: opened.sampleRate,
    numberOfChannels: opened.numberOfChannels,
    frequencies: binFrequencies(plan, opened.sampleRate),
    values: floor === undefined ? values : values.map((powers) => toDecibels(powers, floor)),
    unit: plan.unit,
    size: plan.size,
    overlap: plan.overlap,
    fftSize: plan.fftSize,
    segments,
    invalidSamples: opened.invalidSamples.reduce((sum, count) => sum + count, 0),
  };
}

/** What is remembered of the segments. */
interface Kept {
  add(channel: number, powers: Float64Array): void;
  /** The average of so many segments for each channel. */
  averages(segments: number): readonly Float64Array<ArrayBuffer>[];
}

/** Gives the powers of all segments to `kept`, and returns how many there were. */
async function transformAll(opened: PlanarSource, plan: SegmentPlan, kept: Kept): Promise<number> {
  const cutter = new Segments(plan, opened.numberOfChannels);
  const way = new GiveWay();
  let segments = 0;
  let frames: Frames = 0;
  const transform = (count: 1 | 2): void => {
    cutter.transform(count, (channel, [first, second]) => {
      kept.add(channel, first);
      if (count === 2) {
        kept.add(channel, second);
      }
    });
    segments += count;
  };
  for await (const block of opened.blocks()) {
    frames += block.length;
    cutter.add(block);
    while (cutter.available >= 2) {
      transform(2);
      if (way.isDue) {
        await way.now();
      }
    }
  }
  if (cutter.available === 1) {
    transform(1);
  }
  if (segments === 0) {
    throw tooShort(plan.size, frames);
  }
  return segments;
}

class Sums implements Kept {
  readonly #sums: readonly Float64Array<ArrayBuffer>[];

  constructor(channels: number, bins: number) {
    this.#sums = Array.from({ length: channels }, () => new Float64Array(bins));
  }

  add(channel: number, powers: Float64Array): void {
    const sums = this.#sums[channel] ?? new Float64Array();
    for (let bin = 0; bin < sums.length; bin++) {
      sums[bin] = (sums[bin] ?? 0) + (powers[bin] ?? 0);
    }
  }

  averages(segments: number): readonly Float64Array<ArrayBuffer>[] {
    return this.#sums.map((sums) => sums.map((sum) => sum / segments));
  }
}

class AllSegments implements Kept {
  readonly #segments: readonly Float64Array[][];

  constructor(channels: number) {
    this.#segments = Array.from({ length: channels }, () => []);
  }

  add(channel: number, powers: Float64Array): void {
    this.#segments[channel]?.push(powers.slice());
  }

  averages(segments: number): readonly Float64Array<ArrayBuffer>[] {
    const bias = medianBias(segments);
    const column = new Float64Array(segments);
    return this.#segments.map((all) =>
      Float64Array.from({ length: all[0]?.length ?? 0 }, (_, bin) => {
        all.forEach((powers, index) => {
          column[index] = powers[bin] ?? 0;
        });
        return medianOf(column) / bias;
      }),
    );
  }
}

/** By how much the median of so many values of a chi-squared distribution is below their mean (Allen et al. 2012). */
function medianBias(count: number): number {
  let bias = 1;
  for (let even = 2; even <= count - 1; even += 2) {
    bias += 1 / (even + 1) - 1 / even;
  }
  return bias;
}

function medianOf(values: Float64Array): number {
  const sorted = values.toSorted();
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? 0;
  return Number.isInteger(middle) ? (upper + (sorted[middle - 1] ?? 0)) / 2 : upper;
}

/** Decibels of powers, none below `floor`. */
function toDecibels(powers: Float64Array, floor: number): Float64Array<ArrayBuffer> {
  return Float64Array.from(powers, (power) => Math.max(floor, 10 * Math.log10(power)));
}
