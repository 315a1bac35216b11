import type { Frames, Hertz } from "../format.js";
import type { Window } from "./window.js";

/** `"density"`: power in each hertz, V**2/Hz. `"spectrum"`: power in each bin, V**2. Full scale is 1 V. */
export type SpectrumScaling = "density" | "spectrum";

/** What is taken away from each segment: its mean, a straight line through it, or nothing. */
export type Detrend = "constant" | "linear" | "none";

/** What the values of a spectrum are measured in; dB are those of the power, over 1 V**2/Hz or 1 V**2. */
export type SpectrumUnit = "V**2/Hz" | "V**2" | "dB re V**2/Hz" | "dB re V**2";

/** Options that `spectrum()` and `spectrogram()` have in common. */
export interface SegmentOptions {
  /** Default: `"hann"`. */
  readonly window?: Window;
  /** Frames of a segment, from 1 to 2^20; not only powers of two. Default: 2048, or all frames where there are fewer. */
  readonly size?: Frames;
  /** Frames that a segment has in common with the one before: less than `size`. */
  readonly overlap?: Frames;
  /** Length of the Fourier transform: segments are filled up with zeros. From `size` to 2^20. Default: `size`. */
  readonly fftSize?: Frames;
  /** Default: `"constant"`. */
  readonly detrend?: Detrend;
  /** Default: `"density"`. */
  readonly scaling?: SpectrumScaling;
  /** Whether values are decibels, and never below `floor`. Default: false. */
  readonly decibels?: boolean;
  /** The least value in decibels, which also stands for silence. Default: -200. */
  readonly floor?: number;
  /** Frames a second of bare samples, which do not tell it. */
  readonly sampleRate?: Hertz;
}
