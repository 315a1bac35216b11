import type { Dbfs } from "../format.js";
import type { Block } from "../stream/block.js";

/** How loud a stretch of audio was, one value for each channel, as amplitudes with full scale 1. */
export interface Level {
  /** Largest absolute sample. */
  readonly peak: readonly number[];
  /** Root of the mean square; a full-scale square wave has 1. */
  readonly rms: readonly number[];
}

/** The level of one block, or of whatever has samples in channels. */
export function blockLevel(
  block: Pick<Block, "numberOfChannels" | "length" | "getChannelData">,
): Level {
  const peak: number[] = [];
  const rms: number[] = [];
  for (let channel = 0; channel < block.numberOfChannels; channel++) {
    let largest = 0;
    let squares = 0;
    for (const sample of block.getChannelData(channel)) {
      largest = Math.max(largest, Math.abs(sample));
      squares += sample * sample;
    }
    peak.push(largest);
    rms.push(block.length === 0 ? 0 : Math.sqrt(squares / block.length));
  }
  return { peak, rms };
}

/** An amplitude in dBFS; silence is -Infinity. */
export function toDbfs(amplitude: number): Dbfs {
  return 20 * Math.log10(amplitude);
}
