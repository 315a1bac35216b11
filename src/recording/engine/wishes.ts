// Runs in the writer thread.
import type { Frames, Milliseconds } from "../../format.js";
import type { Line } from "./line.js";

interface Wish {
  readonly time: Milliseconds;
  readonly obey: () => void;
}

/** What was asked for at a time, to be done in order, each at the frame that was heard then. */
export class Wishes {
  readonly #line: Line;
  readonly #paced: boolean;
  readonly #all: Wish[] = [];

  /** The frames of a device without a clock have no times: with it everything is done at the next frame. */
  constructor(line: Line, paced: boolean) {
    this.#line = line;
    this.#paced = paced;
  }

  add(time: Milliseconds, obey: () => void): void {
    this.#all.push({ time, obey });
  }

  /** Does what is due at the next frame, or was before. */
  obeyDue(): void {
    while (this.framesToNext <= 0) {
      this.#all.shift()?.obey();
    }
  }

  /** Does all of it: no more frames come. */
  obeyAll(): void {
    for (const { obey } of this.#all.splice(0)) {
      obey();
    }
  }

  /** Frames before something is due; Infinity when nothing is. */
  get framesToNext(): Frames {
    const [wish] = this.#all;
    if (wish === undefined) {
      return Number.POSITIVE_INFINITY;
    }
    return this.#paced ? this.#line.placeOf(wish.time) - this.#line.at : 0;
  }
}
