import type { Frames, Hertz, Seconds } from "../format.js";
import type { AnalysisSource } from "./source.js";
import type { SegmentOptions, SpectrumUnit } from "./spectrum.js";

/** Bands on the mel scale instead of the bins of the transform. */
export interface MelOptions {
  /** How many bands, from 1 to 4096. Default: 128. */
  readonly bands?: number;
  /** `"slaney"`: linear below 1 kHz, logarithmic above. `"htk"`: 2595 log10(1 + f / 700). Default: `"slaney"`. */
  readonly scale?: "slaney" | "htk";
  /** Lower end of the lowest band. Default: 0. */
  readonly lowest?: Hertz;
  /** Upper end of the highest band. Default: half of the sample rate. */
  readonly highest?: Hertz;
  /** `"slaney"`: bands of equal area. `"none"`: bands of height 1. Default: `"slaney"`. */
  readonly norm?: "slaney" | "none";
}

/** Options of {@link spectrogram}. Default of `overlap`: three quarters of `size`. */
export interface SpectrogramOptions extends SegmentOptions {
  /** Mel bands: `true` for the defaults. Default: none. */
  readonly mel?: boolean | MelOptions;
}

/** One column of a spectrogram. */
export interface SpectrogramColumn {
  /** Counted from 0. */
  readonly index: number;
  /** The frame at which its segment begins. */
  readonly position: Frames;
  /** The middle of its segment. */
  readonly time: Seconds;
  /** For each channel the value of each frequency. The memory belongs to the receiver. */
  readonly values: readonly Float32Array<ArrayBuffer>[];
}

/** What is the same for all columns. */
export interface SpectrogramShape {
  readonly sampleRate: Hertz;
  readonly numberOfChannels: number;
  /** Frequency of each bin, or the centre of each mel band. */
  readonly frequencies: Float64Array<ArrayBuffer>;
  readonly unit: SpectrumUnit;
  readonly size: Frames;
  readonly overlap: Frames;
  readonly fftSize: Frames;
}

/** Columns of spectra over time, at once in memory. */
export interface Spectrogram extends SpectrogramShape {
  /** The middle of each column's segment. */
  readonly times: Float64Array<ArrayBuffer>;
  /** For each channel one column after the other: that of index t begins at t times the number of frequencies. */
  readonly values: readonly Float32Array<ArrayBuffer>[];
  /** Samples that were NaN or infinite, and were taken for 0. */
  readonly invalidSamples: number;
}

/** Columns that are computed while they are iterated, so that memory does not grow with the source. */
export interface SpectrogramColumns extends SpectrogramShape, AsyncIterable<SpectrogramColumn> {}

/** The spectrogram of a source, equal to `scipy.signal.spectrogram`. */
export async function spectrogram(
  source: AnalysisSource,
  options?: SpectrogramOptions,
): Promise<Spectrogram>;
export async function spectrogram(): Promise<Spectrogram> {
  throw new Error("to follow");
}

/** The same, column by column. */
export async function spectrogramColumns(
  source: AnalysisSource,
  options?: SpectrogramOptions,
): Promise<SpectrogramColumns>;
export async function spectrogramColumns(): Promise<SpectrogramColumns> {
  throw new Error("to follow");
}
