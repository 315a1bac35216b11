import type { Frames, Hertz } from "../../format.js";
import { checkRemoveDc, DcFilter, type RemoveDc } from "./dc.js";
import { checkGain, gainFactor } from "./gain.js";
import { checkMix, type MixDown, mixFrames, mixMatrix } from "./mix.js";

/** What is done to the frames before they are recorded, in this order. By default nothing, and they stay as they are to the bit. */
export interface ProcessingOptions {
  /**
   * First: `"mono"` makes one channel, the mean of all; a matrix has one row for each channel of the recording, with
   * a factor for each channel of the stream.
   */
  readonly mixDown?: MixDown;
  /** Second: removes a constant offset with a high-pass of 5 Hz (`true`) or of another cutoff. */
  readonly removeDc?: RemoveDc;
  /** Third: gain in dB, from -120 to 120. What passes full scale is clipped in integer formats, and counted. */
  readonly gain?: number;
}

/** The names of {@link ProcessingOptions}. */
export const PROCESSING_OPTIONS: readonly string[] = ["mixDown", "removeDc", "gain"];

/** Processing options after the checks that need no device; what does nothing is undefined. */
export interface ProcessingChoice {
  readonly mixDown: MixDown | undefined;
  /** The cutoff. */
  readonly removeDc: Hertz | undefined;
  /** In decibels. */
  readonly gain: number | undefined;
}

/** Turns frames of the stream into those of the recording; it has a memory, so it takes them in order. */
export interface Processing {
  /** Channels of the frames that come out. */
  readonly channels: number;
  /**
   * Takes interleaved frames of full scale 1 and returns what becomes of them, in memory of its own that the next call
   * writes over: `frames * channels` samples. The given ones are not changed.
   */
  process(interleaved: Float32Array, frames: Frames): Float32Array;
}

/** Throws TypeError or RangeError for options that are wrong by themselves. */
export function checkProcessing(options: ProcessingOptions): ProcessingChoice {
  const { mixDown, removeDc, gain } = options;
  return {
    mixDown: mixDown === undefined ? undefined : checkMix(mixDown),
    removeDc: removeDc === undefined ? undefined : checkRemoveDc(removeDc),
    // `|| undefined`: 0 dB change nothing.
    gain: gain === undefined ? undefined : checkGain(gain) || undefined,
  };
}

/**
 * The processing of a choice, for a stream of so many channels; undefined when there is nothing to do.
 * Throws RangeError for a matrix of other channels and for a cutoff above a quarter of the sample rate.
 */
export function createProcessing(
  choice: ProcessingChoice,
  sampleRate: Hertz,
  channels: number,
): Processing | undefined {
  const matrix =
    choice.mixDown === undefined || (choice.mixDown === "mono" && channels === 1)
      ? undefined
      : mixMatrix(choice.mixDown, channels);
  const { removeDc, gain } = choice;
  if (matrix === undefined && removeDc === undefined && gain === undefined) {
    return undefined;
  }
  const width = matrix?.length ?? channels;
  const filter = removeDc === undefined ? undefined : new DcFilter(removeDc, sampleRate, width);
  const factor = gain === undefined ? undefined : gainFactor(gain);
  let memory = new Float32Array(0);

  function process(interleaved: Float32Array, frames: Frames): Float32Array {
    if (memory.length < frames * width) {
      memory = new Float32Array(frames * width);
    }
    const samples = memory.subarray(0, frames * width);
    if (matrix === undefined) {
      samples.set(interleaved.subarray(0, frames * width));
    } else {
      mixFrames(interleaved, channels, frames, matrix, samples);
    }
    filter?.process(samples, frames);
    if (factor !== undefined) {
      for (let at = 0; at < samples.length; at++) {
        samples[at] = (samples[at] ?? 0) * factor;
      }
    }
    return samples;
  }

  return { channels: width, process };
}
