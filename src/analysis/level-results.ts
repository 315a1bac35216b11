import type { Dbfs, Frames, Hertz, Seconds } from "../format.js";

/** A run of frames in one channel. */
export interface Run {
  readonly position: Frames;
  readonly frames: Frames;
}

/** All runs of one kind in a channel. */
export interface Runs {
  /** How many runs there are. */
  readonly count: number;
  /** How many frames they have together. */
  readonly frames: Frames;
  /** The longest of them; null where there is none. */
  readonly longest: Run | null;
  /** The first thousand of them, in order. */
  readonly list: readonly Run[];
}

/** A steady tone of the mains, as it hums from cables and transformers. */
export interface MainsHum {
  /** 50 or 60. */
  readonly frequency: Hertz;
  /** RMS of the tone and its harmonics up to the fifth, dBFS. */
  readonly level: Dbfs;
}

/** What was measured in one channel. `null` stands where there is nothing to measure: silence has no level in dB. */
export interface ChannelLevels {
  /** Largest absolute sample. 0 dBFS is an amplitude of 1. */
  readonly peak: Dbfs | null;
  /** Where it is for the first time. */
  readonly peakPosition: Frames | null;
  /** Root of the mean square, of all frames. What 0 dBFS is, `Levels.reference` tells. */
  readonly rms: Dbfs | null;
  /** The peak between the samples, dBTP: four-fold oversampled as ITU-R BS.1770 says. null also when not asked for. */
  readonly truePeak: Dbfs | null;
  /** Peak over RMS in dB: 3.01 for a sine, 0 for a square wave (both as plain numbers, whatever the reference). */
  readonly crestFactor: number | null;
  /** Mean of all samples, full scale 1. */
  readonly dcOffset: number;
  /** Runs of samples at full scale. */
  readonly clipped: Runs;
  /** The level that nine of ten windows of 50 ms are above, digital silence left out. */
  readonly noiseFloor: Dbfs | null;
  /** From `noiseFloor` to the loudest window of 50 ms, in dB. */
  readonly dynamicRange: number | null;
  /** Runs of exact zeros of 5 ms or more, wherever they are. */
  readonly zeroRuns: Runs;
  /** Those of them that stand inside sound: where frames were lost, most likely. */
  readonly dropouts: Runs;
  /** Single jumps in an otherwise smooth signal: a click, or frames that are missing without a trace. */
  readonly jumps: Runs;
  /** A tone of the mains; null where there is none, or too little to tell (less than three seconds). */
  readonly mainsHum: MainsHum | null;
  /** Samples that were NaN or infinite; they are taken for 0. */
  readonly invalidSamples: number;
}

export type VerdictCode =
  | "empty"
  | "all-zeros"
  | "dead-channel"
  | "too-quiet"
  | "clipped"
  | "over-full-scale"
  | "dc-offset"
  | "mains-hum"
  | "dropouts"
  | "jumps"
  | "gaps"
  | "invalid-samples";

/** One thing that is wrong with the sound, in plain words. */
export interface Verdict {
  /** A stable word. */
  readonly code: VerdictCode;
  /** For people: what it is, where, how much. */
  readonly text: string;
  /** The channels that it is about, counted from 0. */
  readonly channels: readonly number[];
}

/** What 0 dBFS RMS is: a full-scale square wave (`"square"`) or, by AES17, a full-scale sine (`"sine"`). */
export type RmsReference = "square" | "sine";

/** Options of {@link levels}. */
export interface LevelsOptions {
  /**
   * What has an RMS of 0 dBFS. `"square"`: plain 20 log10 of the root of the mean square, so that a full-scale sine has
   * -3.01 dBFS. `"sine"`: AES17's, 3.01 dB more, so that a full-scale sine has 0 dBFS. Default: `"square"`.
   */
  readonly reference?: RmsReference;
  /** Whether to measure the true peak. Default: true. */
  readonly truePeak?: boolean;
  /** How many samples in a row at full scale are called clipped: from 1 up. Default: 3. */
  readonly clipFrames?: Frames;
  /** Frames a second of bare samples, which do not tell it. */
  readonly sampleRate?: Hertz;
}

/** What {@link levels} has measured. It goes into JSON as it is. */
export interface Levels {
  readonly sampleRate: Hertz;
  readonly numberOfChannels: number;
  readonly length: Frames;
  readonly duration: Seconds;
  readonly reference: RmsReference;
  readonly channels: readonly ChannelLevels[];
  /** What is wrong, the worst first; empty when nothing is. */
  readonly verdicts: readonly Verdict[];
}
