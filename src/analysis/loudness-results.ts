import type { Dbfs, Frames, Hertz, Seconds } from "../format.js";
import type { LoudnessWeights } from "./channel-weights.js";

/** Loudness relative to full scale (LUFS, also called LKFS). */
export type Lufs = number;

/** Loudness that was measured again and again in a sliding window. */
export interface LoudnessSeries {
  /** Length of the window. */
  readonly window: Seconds;
  /** From one value to the next: 0.1. */
  readonly interval: Seconds;
  /** One value for each whole window: that of index k begins at k times `interval`. null is silence (below -150 LUFS). */
  readonly values: readonly (Lufs | null)[];
  /** The greatest, of windows at every 10 ms; null when there was no whole window, or only silence. */
  readonly maximum: Lufs | null;
}

/** Options of `loudness()`. */
export interface LoudnessOptions {
  /**
   * How much each channel counts. Default: 1.41 for surround and 0 for LFE channels where a WAV file says which
   * loudspeakers its channels belong to, and 1 for all others.
   */
  readonly weights?: LoudnessWeights;
  /** Whether to measure the true peak. Default: true. */
  readonly truePeak?: boolean;
  /** Frames a second of bare samples, which do not tell it. */
  readonly sampleRate?: Hertz;
}

/** What `loudness()` has measured. It goes into JSON as it is. */
export interface Loudness {
  readonly sampleRate: Hertz;
  readonly numberOfChannels: number;
  readonly length: Frames;
  readonly duration: Seconds;
  readonly weights: readonly number[];
  /** Integrated (programme) loudness, gated; null when nothing passed the gate of -70 LUFS. */
  readonly integrated: Lufs | null;
  /** The relative gate that was used: 10 LU below the loudness of all that passed the absolute one. */
  readonly threshold: Lufs | null;
  /** Loudness range (LRA) in LU; null when nothing passed the gate, or the source is shorter than 3 s. */
  readonly range: number | null;
  /** The lower and the upper end of the range. */
  readonly rangeLow: Lufs | null;
  readonly rangeHigh: Lufs | null;
  /** Windows of 0.4 s. */
  readonly momentary: LoudnessSeries;
  /** Windows of 3 s. */
  readonly shortTerm: LoudnessSeries;
  /** Greatest true peak of all channels, dBTP; null for silence, or when not asked for. */
  readonly truePeak: Dbfs | null;
  /** Samples that were NaN or infinite, and were taken for 0. */
  readonly invalidSamples: number;
}

/** What a `LoudnessMeter` shows at one moment. null is silence, or a window that is not whole yet. */
export interface LoudnessReading {
  /** Of the last 0.4 s. */
  readonly momentary: Lufs | null;
  /** Of the last 3 s. */
  readonly shortTerm: Lufs | null;
  /** Of all so far, gated. */
  readonly integrated: Lufs | null;
  /** Greatest true peak so far, dBTP. */
  readonly truePeak: Dbfs | null;
}
