import { bytesPerFrame, type Frames, type Seconds } from "../format.js";
import type { RingReader } from "../ring.js";
import type { GapList } from "./gap-list.js";
import type { StreamPlan } from "./stream-options.js";
import { toStreamTime } from "./stream-time.js";

/** A block that was recorded for a callback. */
export interface InputBlock {
  /** Belongs to whoever receives it. */
  readonly bytes: Buffer;
  readonly frames: Frames;
  /** Position of the first frame since the stream was opened, lost frames included. */
  readonly position: Frames;
  /** When the first frame was heard, on the clock of stream times. */
  readonly time: Seconds;
  /** Frames were lost right before or among these. */
  readonly afterLoss: boolean;
}

/** Cuts what comes through a ring into blocks of `framesPerBuffer` frames. A block goes on behind a loss. */
export class CallbackInput {
  readonly #plan: StreamPlan;
  readonly #gaps: GapList;
  readonly #frameBytes: number;
  #reader: RingReader;
  #bytes: Buffer;
  #filled: Frames = 0;
  #position: Frames = 0;
  #time: Seconds = 0;
  #afterLoss = false;

  constructor(plan: StreamPlan, reader: RingReader, gaps: GapList) {
    this.#plan = plan;
    this.#gaps = gaps;
    this.#reader = reader;
    this.#frameBytes = bytesPerFrame(plan.format, plan.channels);
    this.#bytes = this.#newBytes();
  }

  /** True when the device has ended and its last frame is in the ring. */
  get ended(): boolean {
    return this.#reader.writerEnded;
  }

  /** Takes the frames from another ring from now on. What has come of a block from the one before is kept. */
  follow(reader: RingReader): void {
    if (reader !== this.#reader) {
      this.#gaps.leave(this.#reader);
      this.#reader = reader;
    }
  }

  /** The next block if it is complete; behind the end of the device what there is of it. */
  take(): InputBlock | undefined {
    const { framesPerBuffer, rate } = this.#plan;
    // Before the ring is looked at: what comes later is no reason to end.
    const isLast = this.ended;
    for (let moved = true; moved && this.#filled < framesPerBuffer; ) {
      const lost = this.#gaps.take(this.#reader) !== undefined;
      const position = this.#reader.position;
      const step = this.#reader.tryReadInto(
        this.#bytes.subarray(this.#filled * this.#frameBytes),
        framesPerBuffer - this.#filled,
      );
      if (this.#filled === 0 && step > 0) {
        this.#position = this.#gaps.positionOf(this.#reader) - step;
        this.#time = toStreamTime(this.#reader.timeOf(position, rate));
      }
      this.#afterLoss ||= lost;
      this.#filled += step;
      moved = lost || step > 0;
    }
    const frames = this.#filled;
    if (frames === 0 || (frames < framesPerBuffer && !isLast)) {
      return undefined;
    }
    const block: InputBlock = {
      bytes: this.#bytes.subarray(0, frames * this.#frameBytes),
      frames,
      position: this.#position,
      time: this.#time,
      afterLoss: this.#afterLoss,
    };
    this.#begin();
    return block;
  }

  /** Drops what has been recorded. */
  discard(): void {
    this.#begin();
    while (
      this.#reader.takeGap() !== undefined ||
      this.#reader.tryReadInto(this.#bytes, this.#plan.framesPerBuffer) > 0
    ) {
      // Until there is no more.
    }
  }

  /** Resolves when the next block may be complete, or when `wake` was called. One wait at a time. */
  wait(): Promise<void> {
    return this.#reader.wait(this.#plan.framesPerBuffer - this.#filled, Number.POSITIVE_INFINITY);
  }

  /** Ends a wait that is under way. */
  wake(): void {
    this.#reader.wake();
  }

  #begin(): void {
    this.#bytes = this.#newBytes();
    this.#filled = 0;
    this.#afterLoss = false;
  }

  #newBytes(): Buffer {
    return Buffer.alloc(this.#plan.framesPerBuffer * this.#frameBytes);
  }
}
