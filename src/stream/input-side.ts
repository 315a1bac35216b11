import { bytesPerFrame, type Frames, type Milliseconds } from "../format.js";
import type { GapCause } from "../hosts/host.js";
import { type RingMemory, RingReader } from "../ring.js";
import type { BlockFormat, BlockPlace } from "./block.js";
import { frameBytesOf } from "./frame-bytes.js";
import type { LifeCycle } from "./life-cycle.js";

/** A reader looks again at least this often, so that no lost wake can hold it for ever. */
const LOOK_AGAIN: Milliseconds = 1_000;

/** Frames of a block with its place, before it is made a block. */
export interface RawBlock {
  readonly bytes: Uint8Array;
  readonly place: BlockPlace;
}

/** The reading half of a stream: takes frames and gaps out of the ring, in order, and waits for them. */
export class InputSide {
  readonly format: BlockFormat;
  readonly blockFrames: Frames;
  readonly #reader: RingReader;
  readonly #frameBytes: number;
  readonly #life: LifeCycle;
  readonly #uncertainty: () => Milliseconds;
  #droppedBefore: Frames = 0;
  /** Lost frames that no read has told of yet: they are right before the next frame. */
  #untold: Frames = 0;
  #untoldCause: GapCause | undefined;

  constructor(
    ring: RingMemory,
    format: BlockFormat,
    blockFrames: Frames,
    life: LifeCycle,
    uncertainty: () => Milliseconds,
  ) {
    this.format = format;
    this.blockFrames = blockFrames;
    this.#reader = new RingReader(ring);
    this.#frameBytes = bytesPerFrame(format.format, format.numberOfChannels);
    this.#life = life;
    this.#uncertainty = uncertainty;
  }

  get position(): Frames {
    return this.#reader.position;
  }

  get droppedBefore(): Frames {
    return this.#droppedBefore;
  }

  get droppedFrames(): Frames {
    return this.#reader.lost;
  }

  get readAvailable(): Frames {
    // A gap is no frame to wait for: the next frame is behind it.
    this.#takeGaps();
    return this.#reader.availableBeforeGap;
  }

  get inRing(): Frames {
    return this.#reader.available;
  }

  get capacityFrames(): Frames {
    return this.#reader.capacityFrames;
  }

  /** Ends a wait that is under way. */
  wake(): void {
    this.#reader.wake();
  }

  tryReadInto(target: ArrayBufferView): Frames {
    const bytes = this.#checkTarget(target);
    this.#takeGaps();
    const frames = this.#life.state === "closed" ? 0 : this.#copy(bytes);
    if (frames > 0) {
      this.#tellDropped();
    }
    return frames;
  }

  async readInto(target: ArrayBufferView): Promise<Frames> {
    const bytes = this.#checkTarget(target);
    const wanted = bytes.byteLength / this.#frameBytes;
    let filled = 0;
    while (filled < wanted) {
      const ready = await this.#ready(wanted - filled);
      if (ready === 0 || (filled > 0 && this.#untold > 0)) {
        break;
      }
      const copied = this.#copy(bytes.subarray(filled * this.#frameBytes));
      if (filled === 0 && copied > 0) {
        this.#tellDropped();
      }
      filled += copied;
    }
    if (filled === 0) {
      // Frames that were lost behind the last one are told with the end.
      this.#tellDropped();
      this.#life.throwFailure();
    }
    return filled;
  }

  /** The blocks, from now on, until the stream is stopped, over or failed; then throws the fault, if there was one. */
  async *rawBlocks(): AsyncGenerator<RawBlock, void, undefined> {
    for (;;) {
      const ready = await this.#ready(this.blockFrames);
      const block = this.#nextBlock(Math.min(ready, this.blockFrames));
      // Another reader of the same stream may have been quicker.
      if (block.bytes.byteLength > 0 || block.place.droppedBefore > 0) {
        yield block;
      }
      if (ready === 0) {
        this.#life.throwFailure();
        return;
      }
    }
  }

  /** Waits until `wanted` frames can be read, or fewer before a gap or the end. Resolves with 0 when it is over. */
  async #ready(wanted: Frames): Promise<Frames> {
    await this.#life.ready();
    // A wait for more than the ring holds would never end.
    const enough = Math.min(wanted, Math.ceil(this.#reader.capacityFrames / 2));
    for (;;) {
      // Whether it is over is asked first: what is there after that is all that will ever be.
      const { state } = this.#life;
      const over = this.#reader.writerEnded || state !== "running";
      this.#takeGaps();
      const frames = state === "closed" ? 0 : this.#reader.availableBeforeGap;
      if (frames >= enough || (frames > 0 && (over || this.#reader.hasGap))) {
        return frames;
      }
      if (over) {
        if (state === "running") {
          await this.#life.over;
        }
        return 0;
      }
      await this.#reader.wait(enough, LOOK_AGAIN);
    }
  }

  #nextBlock(frames: Frames): RawBlock {
    const position = this.#reader.position;
    const bytes = new Uint8Array(frames * this.#frameBytes);
    const read = this.#copy(bytes);
    const dropCause = this.#tellDropped();
    return {
      bytes: bytes.subarray(0, read * this.#frameBytes),
      place: {
        position,
        time: this.#reader.timeOf(position, this.format.sampleRate),
        timeUncertainty: this.#uncertainty(),
        droppedBefore: this.#droppedBefore,
        dropCause,
      },
    };
  }

  #copy(bytes: Uint8Array): Frames {
    return this.#reader.tryReadInto(bytes, bytes.byteLength / this.#frameBytes);
  }

  /** The lost frames are told with the frames behind them. */
  #tellDropped(): GapCause | undefined {
    const cause = this.#untoldCause;
    this.#droppedBefore = this.#untold;
    this.#untold = 0;
    this.#untoldCause = undefined;
    return cause;
  }

  #takeGaps(): void {
    for (let gap = this.#reader.takeGap(); gap !== undefined; gap = this.#reader.takeGap()) {
      this.#untold += gap.frames;
      this.#untoldCause ??= gap.cause;
    }
  }

  #checkTarget(target: unknown): Uint8Array {
    return frameBytesOf(target, "target", this.format.format, this.#frameBytes);
  }
}
