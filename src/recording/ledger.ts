import type { Frames, Hertz, Seconds } from "../format.js";
import { describe } from "../options.js";
import type { Block } from "../stream/block.js";
import type { Gap } from "./recording.js";

/** What of a block belongs to a recording: first so much silence, then so many of its frames. */
export interface Admission {
  readonly silence: Frames;
  readonly frames: Frames;
}

/** Seconds as whole frames. Throws RangeError when that is not even one; `name` is the option's. */
export function wholeFrames(seconds: Seconds, sampleRate: Hertz, name: string): Frames {
  const frames = Math.round(seconds * sampleRate);
  if (frames === 0) {
    throw new RangeError(
      `Expected \`${name}\` to be at least one frame at ${sampleRate} Hz, got ${describe(seconds)}`,
    );
  }
  return frames;
}

/** Keeps the account of a recording: how long it is, what was lost where, and when it began. */
export class Ledger {
  /** Frames recorded so far, silence for lost ones included. */
  frames: Frames = 0;
  lostFrames: Frames = 0;
  /** When the first frame was heard; undefined before it. */
  startedAt: Date | undefined;
  readonly gaps: Gap[] = [];
  /** How many frames the recording shall have; Infinity when something else ends it. */
  readonly wanted: Frames;
  readonly #fillGaps: boolean;

  constructor(wanted: Frames, fillGaps: boolean) {
    this.wanted = wanted;
    this.#fillGaps = fillGaps;
  }

  /** True when all wanted frames are there. */
  get complete(): boolean {
    return this.frames >= this.wanted;
  }

  /** Enters the next block of the stream. A gap or a block that reaches behind the wanted end counts up to it. */
  admit(block: Block): Admission {
    this.startedAt ??= new Date(
      performance.timeOrigin + block.time - (block.droppedBefore / block.sampleRate) * 1000,
    );
    const lost = this.#fillGaps
      ? Math.min(block.droppedBefore, this.wanted - this.frames)
      : block.droppedBefore;
    if (block.dropCause !== undefined && lost > 0) {
      this.gaps.push({ position: this.frames, frames: lost, cause: block.dropCause });
      this.lostFrames += lost;
    }
    const silence = this.#fillGaps ? lost : 0;
    const frames = Math.min(block.length, this.wanted - this.frames - silence);
    this.frames += silence + frames;
    return { silence, frames };
  }
}
