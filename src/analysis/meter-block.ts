import type { Frames, Hertz } from "../format.js";
import { checkNumber, describe } from "../options.js";

/** What a meter needs of a block: those of a stream, takes and the shape of an `AudioBuffer` have it. */
export interface MeterBlock {
  readonly numberOfChannels: number;
  readonly length: Frames;
  /** Samples with full scale 1. */
  getChannelData(channel: number): Float32Array;
  /** Frames that were lost right before this block. */
  readonly droppedBefore?: Frames;
}

const MOST_CHANNELS = 1024;

/** Throws TypeError or RangeError for what a meter cannot be made for. */
export function checkMetered(sampleRate: Hertz, numberOfChannels: number): void {
  checkNumber(sampleRate, "sampleRate", { min: 0, above: true });
  checkNumber(numberOfChannels, "numberOfChannels", { min: 1, max: MOST_CHANNELS, integer: true });
}

/**
 * The samples of each channel of a block.
 *
 * @throws TypeError for what is no block, RangeError for one with another number of channels.
 */
export function channelsOf(block: MeterBlock, channels: number): readonly Float32Array[] {
  if (typeof block?.getChannelData !== "function") {
    throw new TypeError(
      `Expected \`block\` to be a block of a stream or a recording, got ${describe(block)}`,
    );
  }
  if (block.numberOfChannels !== channels) {
    throw new RangeError(
      `Expected \`block\` to have ${channels} channels, got ${block.numberOfChannels}`,
    );
  }
  return Array.from({ length: channels }, (_, channel) => block.getChannelData(channel));
}
