import type { Frames } from "../format.js";
import type { Run, Runs } from "./level-results.js";

/** How many runs are listed; the others are only counted. */
const LISTED = 1000;

/** Collects runs of frames in the order in which they are found. */
export class RunList {
  #count = 0;
  #frames: Frames = 0;
  #longest: Run | null = null;
  readonly #list: Run[] = [];

  /** Adds a run behind all others. */
  add(position: Frames, frames: Frames): void {
    const run = { position, frames };
    this.#count++;
    this.#frames += frames;
    if (this.#longest === null || frames > this.#longest.frames) {
      this.#longest = run;
    }
    if (this.#list.length < LISTED) {
      this.#list.push(run);
    }
  }

  /** All runs so far, and `last`, which is not over yet. */
  runs(last?: Run): Runs {
    const longest = this.#longest;
    return {
      count: this.#count + (last === undefined ? 0 : 1),
      frames: this.#frames + (last?.frames ?? 0),
      longest:
        last !== undefined && (longest === null || last.frames > longest.frames) ? last : longest,
      list:
        last === undefined || this.#list.length >= LISTED ? [...this.#list] : [...this.#list, last],
    };
  }
}
