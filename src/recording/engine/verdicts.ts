// Runs in the writer thread.
import type { Frames } from "../../format.js";
import type { EngineSetup } from "./engine-setup.js";
import type { Loss } from "./gap-list.js";
import type { Line } from "./line.js";
import { Measure } from "./measure.js";
import { framesOf, type Piece } from "./piece.js";

/** Frames that wait until a block is judged; `isReady` when they are as they will be stored. */
export interface Held {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly frames: Frames;
  readonly isReady: boolean;
}

/** A block that is judged. */
export interface Unjudged {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly measure: Measure;
}

/** What verdicts need of the engine's setup. */
export type VerdictSetup = Pick<EngineSetup, "clock" | "events" | "format" | "stop">;

/** A block that is judged by somebody else, and what came behind it meanwhile. */
export class Verdicts {
  /** Whether blocks are judged at all. */
  isWanted: boolean;
  readonly #setup: VerdictSetup;
  readonly #line: Line;
  #block: Unjudged | undefined;
  readonly #behind: (Held | Loss)[] = [];

  constructor(setup: VerdictSetup, line: Line) {
    this.#setup = setup;
    this.#line = line;
    this.isWanted = setup.stop.until;
  }

  /** True while a block is judged. */
  get isPending(): boolean {
    return this.#block !== undefined;
  }

  /** Bytes that wait. */
  get bytes(): number {
    return this.#behind.reduce((sum, one) => sum + ("bytes" in one ? one.bytes.byteLength : 0), 0);
  }

  /** Asks about the next frames of the line, which are at `position` of the take, behind a loss or none. */
  ask(piece: Piece, from: Frames, end: Frames, position: Frames, loss: Loss | undefined): void {
    const { clock, events, format } = this.#setup;
    const bytes = Uint8Array.from(framesOf(piece, from, end));
    const measure = new Measure(format.channels);
    measure.take(piece.planar, from, end, format.format);
    this.#block = { bytes, measure };
    events.judge({
      bytes: Uint8Array.from(bytes),
      position,
      time: this.#line.timeOf(this.#line.at),
      timeUncertainty: clock.uncertainty(),
      droppedBefore: loss?.frames ?? 0,
      dropCause: loss?.cause,
    });
  }

  /** The block was judged. */
  answer(): Unjudged | undefined {
    const block = this.#block;
    this.#block = undefined;
    return block;
  }

  /** Keeps what came last. */
  push(held: Held | Loss): void {
    this.#behind.push(held);
  }

  /** Keeps the end of a piece, which comes right behind the block. */
  pushRest(piece: Piece, from: Frames): void {
    const bytes = Uint8Array.from(framesOf(piece, from, piece.frames));
    // It was processed already.
    this.#behind.unshift({ bytes, frames: piece.frames - from, isReady: true });
  }

  /** What comes next, unless a block is judged. */
  shift(): Held | Loss | undefined {
    return this.isPending ? undefined : this.#behind.shift();
  }

  /** Forgets all. */
  clear(): void {
    this.#block = undefined;
    this.#behind.length = 0;
  }
}
