// Runs in the writer thread.
import { bytesPerFrame, type Frames, type Milliseconds } from "../../format.js";
import { type RingMemory, RingReader, wakeReader } from "../../ring.js";
import type { EndReason } from "../recorder-result.js";
import type { Engine } from "./engine.js";
import type { InputFormat } from "./piece.js";

/** A reader looks again at least this often, so that no lost wake can hold it for ever. */
const LOOK_AGAIN: Milliseconds = 1_000;
/** Blocks that are taken in one turn of the event loop, so that the disk and messages have their turn too. */
const BLOCKS_A_TURN = 16;
/** A device without a clock waits while so much waits for the disk or for a verdict. */
const MOST_BACKLOG = 2 ** 23;
/** Or while so many takes are not complete. */
const MOST_UNFINISHED = 16;

/** What a pump is made of. */
export interface PumpSetup {
  readonly ring: RingMemory;
  readonly input: InputFormat;
  readonly blockFrames: Frames;
  /** Whether the device has a clock, and so does not wait. */
  readonly paced: boolean;
  /** Called after each block. */
  readonly moved: () => void;
  /** Whether the parent has much to take yet. */
  readonly isAhead: () => boolean;
}

/** Reads the ring into the engine, whatever the disk does. */
export class RingPump {
  readonly #setup: PumpSetup;
  readonly #reader: RingReader;
  readonly #block: Uint8Array;
  #ending: EndReason | undefined;
  #tellRoom: (() => void) | undefined;

  constructor(setup: PumpSetup) {
    const { ring, input, blockFrames } = setup;
    this.#setup = setup;
    this.#reader = new RingReader(ring);
    const frames = Math.min(blockFrames, Math.ceil(ring.capacityFrames / 2));
    this.#block = new Uint8Array(frames * bytesPerFrame(input.format, input.channels));
  }

  /** The place in the stream of the next frame. */
  get position(): Frames {
    return this.#reader.position;
  }

  /** When the frame at a position of the stream was heard, on the parent's clock. */
  timeOf(position: Frames, sampleRate: number): Milliseconds {
    return this.#reader.timeOf(position, sampleRate);
  }

  /** Ends the recording when all that is in the ring was read: nothing more will come. */
  finish(reason: EndReason): void {
    this.#ending ??= reason;
    this.wake();
  }

  /** Looks again. */
  wake(): void {
    wakeReader(this.#setup.ring);
    this.drained();
  }

  /** There is room for more. */
  drained(): void {
    this.#tellRoom?.();
    this.#tellRoom = undefined;
  }

  /** Moves frames until the engine wants no more, or none will come. */
  async run(engine: Engine): Promise<void> {
    const reader = this.#reader;
    const { input, moved } = this.#setup;
    const frameBytes = bytesPerFrame(input.format, input.channels);
    const most = this.#block.byteLength / frameBytes;
    for (let turns = 1; engine.phase !== "over"; ) {
      // Whether it is over is asked first: what is there after that is all that will ever be.
      const over = this.#ending ?? (reader.writerEnded ? "source-ended" : undefined);
      this.#takeGaps(engine);
      const frames = reader.availableBeforeGap;
      if (frames >= most || (frames > 0 && (over !== undefined || reader.hasGap))) {
        const read = reader.tryReadInto(this.#block, Math.min(frames, most));
        engine.feed(this.#block.subarray(0, read * frameBytes), read);
        moved();
        turns += 1;
        if (turns % BLOCKS_A_TURN === 0) {
          await new Promise(setImmediate);
        }
        await this.#room(engine);
      } else if (over !== undefined) {
        engine.finish(over);
        // Something may have to be judged before.
        await this.#over(engine);
      } else {
        await reader.wait(most, LOOK_AGAIN);
      }
    }
  }

  /** Waits for a slow disk when the device can wait too. */
  async #room(engine: Engine): Promise<void> {
    const isFull = (): boolean =>
      !this.#setup.paced &&
      // What is in the ring at the end is all that comes.
      this.#ending === undefined &&
      engine.phase !== "over" &&
      (engine.isJudged ||
        engine.backlog > MOST_BACKLOG ||
        engine.unfinished > MOST_UNFINISHED ||
        // When it ends, nobody may take anything any more.
        (this.#ending === undefined && this.#setup.isAhead()));
    while (isFull()) {
      await new Promise<void>((resolve) => {
        this.#tellRoom = resolve;
      });
    }
  }

  async #over(engine: Engine): Promise<void> {
    while (engine.phase !== "over") {
      await new Promise<void>((resolve) => {
        this.#tellRoom = resolve;
      });
    }
  }

  /** Losses in a row are one, of the first cause. */
  #takeGaps(engine: Engine): void {
    const first = this.#reader.takeGap();
    if (first === undefined) {
      return;
    }
    let { frames } = first;
    for (let gap = this.#reader.takeGap(); gap !== undefined; gap = this.#reader.takeGap()) {
      frames += gap.frames;
    }
    engine.lose(frames, first.cause);
    this.#setup.moved();
  }
}
