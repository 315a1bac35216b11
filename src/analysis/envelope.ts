import type { Frames, Hertz, Seconds } from "../format.js";
import type { AnalysisSource } from "./source.js";

/** Options of {@link envelope}. */
export interface EnvelopeOptions {
  /**
   * How many columns the source is divided into, as even as whole frames allow; a source with fewer frames has one
   * column for each. From 1 up to 1,000,000. Default: 1000.
   */
  readonly columns?: number;
  /** Frames a second of bare samples, which do not tell it. */
  readonly sampleRate?: Hertz;
}

/** The outline of a sound: no sample is outside of it, however long the source. */
export interface Envelope {
  readonly sampleRate: Hertz;
  readonly numberOfChannels: number;
  /** Frames that were looked at. */
  readonly length: Frames;
  readonly duration: Seconds;
  readonly columns: number;
  /** Where each column begins, and behind them `length`: columns + 1 values. */
  readonly positions: Float64Array<ArrayBuffer>;
  /** For each channel the least sample of each column, full scale 1. */
  readonly minimum: readonly Float32Array<ArrayBuffer>[];
  /** For each channel the greatest sample of each column. */
  readonly maximum: readonly Float32Array<ArrayBuffer>[];
  /** For each channel the root of the mean square of each column. */
  readonly rms: readonly Float32Array<ArrayBuffer>[];
  /** Samples that were NaN or infinite, and were taken for 0. */
  readonly invalidSamples: number;
}

/**
 * Least, greatest and RMS value of each of so many columns, for drawing: a click of one sample in an hour stands out.
 */
export async function envelope(
  source: AnalysisSource,
  options?: EnvelopeOptions,
): Promise<Envelope>;
export async function envelope(): Promise<Envelope> {
  throw new Error("to follow");
}
