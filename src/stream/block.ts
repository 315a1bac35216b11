import {
  bytesPerFrame,
  type Frames,
  type Hertz,
  type Milliseconds,
  type SampleArray,
  type SampleFormat,
  samplesOf,
} from "../format.js";
import type { GapCause } from "../hosts/host.js";
import { checkNumber } from "../options.js";
import { readChannel } from "../samples.js";

/** What every block of a stream has in common. */
export interface BlockFormat {
  readonly sampleRate: Hertz;
  readonly numberOfChannels: number;
  readonly format: SampleFormat;
}

/** Where a block stands in its stream. */
export interface BlockPlace {
  readonly position: Frames;
  readonly time: Milliseconds;
  readonly timeUncertainty: Milliseconds;
  readonly droppedBefore: Frames;
  readonly dropCause: GapCause | undefined;
}

/** A run of frames that a stream handed over at once. Its memory belongs to whoever received it. */
export class Block {
  /** Position of the first frame: frames since the start of the stream, lost ones included. */
  readonly position: Frames;
  /** When the first frame was heard, in milliseconds of this thread's `performance.now()`. */
  readonly time: Milliseconds;
  /** By how much `time` may be wrong, beyond what the device's own hardware never tells. */
  readonly timeUncertainty: Milliseconds;
  /** Frames that were lost right before this block. */
  readonly droppedBefore: Frames;
  /** Why they were lost; the first cause where there are several. Undefined when none were. */
  readonly dropCause: GapCause | undefined;
  /** Number of frames. 0 only in a last block that tells of frames lost behind all others. */
  readonly length: Frames;
  readonly sampleRate: Hertz;
  readonly numberOfChannels: number;
  readonly format: SampleFormat;
  /** The frames as they came: interleaved, little-endian. */
  readonly bytes: Uint8Array;

  /** Made by a stream. */
  constructor(format: BlockFormat, bytes: Uint8Array, place: BlockPlace) {
    this.sampleRate = format.sampleRate;
    this.numberOfChannels = format.numberOfChannels;
    this.format = format.format;
    this.bytes = bytes;
    this.length = bytes.byteLength / bytesPerFrame(format.format, format.numberOfChannels);
    this.position = place.position;
    this.time = place.time;
    this.timeUncertainty = place.timeUncertainty;
    this.droppedBefore = place.droppedBefore;
    this.dropCause = place.dropCause;
  }

  /** The interleaved samples as numbers, over the same memory; for `int24` the packed bytes. */
  get samples(): SampleArray {
    return samplesOf(this.bytes, this.format);
  }

  /**
   * One channel, counted from 0, as floats with full scale 1.
   *
   * @throws RangeError for a channel that the block has not.
   */
  getChannelData(channel: number): Float32Array<ArrayBuffer> {
    checkNumber(channel, "channel", { min: 0, max: this.numberOfChannels - 1, integer: true });
    const data = new Float32Array(this.length);
    readChannel(
      { bytes: this.bytes, format: this.format, channels: this.numberOfChannels },
      channel,
      this.length,
      data,
    );
    return data;
  }
}
