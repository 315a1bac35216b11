import type { Frames } from "../format.js";
import type { Runs } from "./level-results.js";
import { RunList } from "./runs.js";

/** How many times the RMS of the second difference beside it a jump is. Noise stays below 6 for hours. */
const OUTSTANDING = 12;
/** The least second difference that counts: -34 dBFS, more than two steps of 8 bits. */
const LEAST = 0.02;

/** How many times the largest of those beside it. A voice of a low sample rate has some that come near. */
const LARGER = 6;
/** The part of its square that its product with a neighbour of the other sign has at least. */
const RETURN = 0.4;

/** What is known of the second differences of one window. */
export interface Bends {
  readonly frames: Frames;
  /** The sum of their squares. */
  readonly squares: number;
  /** The largest absolute one. */
  readonly largest: number;
  /** Its frame, where it stands alone. */
  readonly position: Frames;
  /** The largest product of two in a row that have opposite signs, without its own. */
  readonly turn: number;
}

/**
 * Whether the largest second difference of a window stands alone in it. A jump makes a large one and its opposite, so it
 * is taken away twice. With more squares, as the window goes on, it can only stand out less.
 */
export function standsAlone(largest: number, squares: number, frames: Frames): boolean {
  const size = largest * largest;
  return largest >= LEAST && size * frames > OUTSTANDING ** 2 * (squares - 2 * size);
}

const NONE: Bends = { frames: 1, squares: 0, largest: 0, position: 0, turn: 0 };

/**
 * Finds single jumps in one channel: a second difference that stands alone, far above those of its own window and of
 * the two windows on either side. The onset of a sound, however sudden, is followed by more of the kind; a click of one
 * sample, or a seam where frames are missing, is not. The largest of the four neighbours does not count, because a jump
 * may fall on the border. A jump has its opposite right beside it; the bend
 * where a clipped wave meets the limit, or where a tone sets in, has not. Beside digital silence nothing is looked for: its edges are told as dropouts.
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
    const { largest, squares, frames, position, turn } = this.#middle;
    const size = largest * largest;
    if (!standsAlone(largest, squares, frames) || turn < RETURN * size) {
      return;
    }
    const beside = [this.#first, this.#second, this.#fourth, this.#last];
    const [, power = 0, , least = 0] = falling(beside.map((one) => one.squares / one.frames));
    const [, bend = 0] = falling(beside.map((one) => one.largest));
    if (least > 0 && size > OUTSTANDING ** 2 * power && largest > LARGER * bend) {
      this.#list.add(position, 1);
    }
  }

  runs(): Runs {
    return this.#list.runs();
  }
}

function falling(values: readonly number[]): readonly number[] {
  return values.toSorted((one, other) => other - one);
}
