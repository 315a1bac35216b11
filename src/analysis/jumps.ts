import type { Frames } from "../format.js";
import type { Runs } from "./level-results.js";
import { RunList } from "./runs.js";

/** How many times the RMS of the second difference beside it a jump is. Noise stays below 6 for hours. */
const OUTSTANDING = 12;
/** The least second difference that counts: -34 dBFS, more than two steps of 8 bits. */
const LEAST = 0.02;

/** What is known of the second differences of one window. */
export interface Bends {
  readonly frames: Frames;
  /** The sum of their squares. */
  readonly squares: number;
  /** The largest absolute one. */
  readonly largest: number;
  /** Its frame, where it stands alone. */
  readonly position: Frames;
}

/**
 * Whether the largest second difference of a window stands alone in it. A jump makes a large one and its opposite, so it
 * is taken away twice. With more squares, as the window goes on, it can only stand out less.
 */
export function standsAlone(largest: number, squares: number, frames: Frames): boolean {
  const size = largest * largest;
  return largest >= LEAST && size * frames > OUTSTANDING ** 2 * (squares - 2 * size);
}

const NONE: Bends = { frames: 1, squares: 0, largest: 0, position: 0 };

/**
 * Finds single jumps in one channel: a second difference that stands alone, far above those of its own window and of
 * the two windows on either side. The onset of a sound, however sudden, is followed by more of the kind; a click of one
 * sample, or a seam where frames are missing, is not. The largest of the four neighbours does not count, because a jump
 * may fall on the border. Beside digital silence nothing is looked for: its edges are told as dropouts.
 */
export class Jumps {
  readonly #list = new RunList();
  /** Five windows in a row; the last was added last. */
  #first = NONE;
  #second = NONE;
  #middle = NONE;
  #fourth = NONE;
  #last = NONE;

  add(window: Bends): void {
    this.#first = this.#second;
    this.#second = this.#middle;
    this.#middle = this.#fourth;
    this.#fourth = this.#last;
    this.#last = window;
    const { largest, squares, frames, position } = this.#middle;
    if (!standsAlone(largest, squares, frames)) {
      return;
    }
    const beside = [this.#first, this.#second, this.#fourth, this.#last]
      .map((neighbour) => neighbour.squares / neighbour.frames)
      .sort((one, other) => other - one);
    const [, second = 0, , least = 0] = beside;
    if (least > 0 && largest * largest > OUTSTANDING ** 2 * second) {
      this.#list.add(position, 1);
    }
  }

  runs(): Runs {
    return this.#list.runs();
  }
}
