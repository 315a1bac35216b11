import type { Milliseconds } from "../format.js";
import { Block, type BlockFormat, type BlockPlace } from "./block.js";

/** A block of a duplex stream: what was heard, and when an answer to it will be. */
export class DuplexBlock extends Block {
  /** When the first frame was heard: the same as `time`. */
  readonly inputTime: Milliseconds;
  /** When a frame that is written right now will be heard, in milliseconds of this thread's `performance.now()`. */
  readonly outputTime: Milliseconds;

  /** Made by a stream. */
  constructor(format: BlockFormat, bytes: Uint8Array, place: BlockPlace, outputTime: Milliseconds) {
    super(format, bytes, place);
    this.inputTime = place.time;
    this.outputTime = outputTime;
  }
}
