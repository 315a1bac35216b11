// Runs in the writer thread.
import type { Frames } from "../../format.js";
import type { Loss } from "./gap-list.js";
import type { Measure } from "./measure.js";

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

/** A block that is judged by somebody else, and what came behind it meanwhile. */
export class Verdicts {
  #block: Unjudged | undefined;
  readonly #behind: (Held | Loss)[] = [];

  /** True while a block is judged. */
  get isPending(): boolean {
    return this.#block !== undefined;
  }

  /** Bytes that wait. */
  get bytes(): number {
    return this.#behind.reduce((sum, one) => sum + ("bytes" in one ? one.bytes.byteLength : 0), 0);
  }

  /** A block is judged from now on. */
  ask(block: Unjudged): void {
    this.#block = block;
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

  /** Keeps what comes right behind the block. */
  pushFirst(held: Held): void {
    this.#behind.unshift(held);
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
