import type { Frames } from "../format.js";
import type { Gap } from "../recording/recording.js";
import type { Block } from "../stream/block.js";

/** What of a block belongs to a recording: first so much silence, then so many of its frames. */
export interface Admission {
  readonly silence: Frames;
  readonly frames: Frames;
}

/** Keeps the account of what is recorded while something is played: how long it is, what was lost where, and when it began. */
export class Ledger {
  /** When the first frame was heard; undefined before it. */
  startedAt: Date | undefined;
  readonly gaps: Gap[] = [];
  readonly #wanted: Frames;
  /** Frames recorded so far, silence for lost ones included. */
  #frames: Frames = 0;

  /** `wanted` is how many frames the recording shall have. */
  constructor(wanted: Frames) {
    this.#wanted = wanted;
  }

  /** True when all wanted frames are there. */
  get complete(): boolean {
    return this.#frames >= this.#wanted;
  }

  /** Enters the next block of the stream. A gap or a block that reaches behind the wanted end counts up to it. */
  admit(block: Block): Admission {
    this.startedAt ??= new Date(
      performance.timeOrigin + block.time - (block.droppedBefore / block.sampleRate) * 1000,
    );
    const silence = Math.min(block.droppedBefore, this.#wanted - this.#frames);
    if (block.dropCause !== undefined && silence > 0) {
      this.gaps.push({ position: this.#frames, frames: silence, cause: block.dropCause });
    }
    const frames = Math.min(block.length, this.#wanted - this.#frames - silence);
    this.#frames += silence + frames;
    return { silence, frames };
  }
}
