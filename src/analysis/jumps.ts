import type { Frames } from "../format.js";
import type { Runs } from "./level-results.js";
import { RunList } from "./runs.js";

/** How many times the RMS of the second difference beside it a jump is. Noise stays below 6 for hours. */
const OUTSTANDING = 12;
/** The least second difference that counts: -34 dBFS, more than two steps of 8 bits. */
const LEAST = 0.02;

/** What is known of the second differences of one window. */
export interface Bends {
  /** Mean square of all of them. */
  readonly power: number;
  /** Mean square without the largest, taken twice: a jump is a large one and its opposite. */
  readonly rest: number;
  readonly largest: number;
  /** The frame of the largest. */
  readonly position: Frames;
}

const NONE: Bends = { power: 0, rest: 0, largest: 0, position: 0 };

/**
 * Finds single jumps in one channel: a second difference that stands alone, far above those of its own window and of
 * the two windows on either side. The onset of a sound, however sudden, is followed by more of the kind; a click of one
 * sample, or a seam where frames are missing, is not. The largest of the four neighbours does not count, because a jump
 * may fall on the border. Beside digital silence nothing is looked for: its edges are told as dropouts.
 */
export class Jumps {
  readonly #list = new RunList();
  /** The last five windows, the oldest first. */
  #windows: readonly [Bends, Bends, Bends, Bends, Bends] = [NONE, NONE, NONE, NONE, NONE];

  add(window: Bends): void {
    const [, a, b, middle, c] = this.#windows;
    this.#windows = [a, b, middle, c, window];
    if (middle.largest < LEAST) {
      return;
    }
    const neighbours = [a.power, b.power, c.power, window.power];
    if (neighbours.includes(0)) {
      return;
    }
    const beside = secondLargest(neighbours);
    if (middle.largest ** 2 > OUTSTANDING ** 2 * Math.max(beside, middle.rest)) {
      this.#list.add(middle.position, 1);
    }
  }

  runs(): Runs {
    return this.#list.runs();
  }
}

function secondLargest(values: readonly number[]): number {
  return [...values].sort((one, other) => other - one)[1] ?? 0;
}
