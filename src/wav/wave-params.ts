import type { Frames, Hertz } from "../format.js";

/** What `getparams()` gives and `setparams()` takes, under Python's names. */
export interface WaveParams {
  /** Number of channels. */
  readonly nchannels: number;
  /** Bytes of one sample, from 1 to 4; 8 for 64-bit floats. */
  readonly sampwidth: number;
  /** Frames a second. */
  readonly framerate: Hertz;
  /** Number of frames. */
  readonly nframes: Frames;
  /** Always `"NONE"`. */
  readonly comptype: string;
  /** Always `"not compressed"`, unless `setcomptype()` was told other words. */
  readonly compname: string;
}

/** The same as a tuple, in the order of Python's. */
export type WaveParamsTuple = readonly [
  nchannels: number,
  sampwidth: number,
  framerate: Hertz,
  nframes: Frames,
  comptype: string,
  compname: string,
];
