import type { Frames } from "../format.js";
import type { Run, Runs } from "./level-results.js";
import { RunList } from "./runs.js";

/** From this RMS on, some milliseconds beside a run of zeros are called sound: -50 dBFS. */
const SOUND = 10 ** (-50 / 20);

/** A run of zeros that began in sound, and what came after it so far. */
interface Candidate extends Run {
  framesAfter: Frames;
  squaresAfter: number;
}

/** A piece of the signal that is not all zeros. */
export interface SoundSegment {
  readonly frames: Frames;
  /** Zeros at its beginning. */
  readonly leading: Frames;
  /** Zeros at its end. */
  readonly trailing: Frames;
  /** The sum of the squares of its samples. */
  readonly squares: number;
}

/**
 * Finds runs of exact zeros of one channel, and those among them that begin in sound and end in sound. It is told of
 * segments: pieces of the signal of moderate length, the zeros at either end of which are counted already.
 */
export class ZeroRuns {
  readonly #least: Frames;
  /** How much of what comes after a run is looked at. */
  readonly #after: Frames;
  readonly #zeros = new RunList();
  readonly #dropouts = new RunList();
  #start: Frames = 0;
  #length: Frames = 0;
  #beganInSound = false;
  #candidate: Candidate | undefined;

  /** Runs of `least` frames are counted; a run within a segment must be shorter. */
  constructor(least: Frames, after: Frames) {
    this.#least = least;
    this.#after = after;
  }

  /** A segment of `frames` frames begins at `position` and is all zeros; the RMS of what came before is `before`. */
  zeros(position: Frames, frames: Frames, before: number): void {
    if (this.#length === 0) {
      this.#start = position;
      this.#beganInSound = before >= SOUND;
    }
    this.#length += frames;
  }

  /** A segment with sound begins at `position`; the RMS of what came right before the zeros at its end is `before`. */
  sound(position: Frames, segment: SoundSegment, before: number): void {
    const { frames, leading, trailing, squares } = segment;
    this.#length += leading;
    this.#close();
    const candidate = this.#candidate;
    if (candidate !== undefined) {
      candidate.framesAfter += frames - leading;
      candidate.squaresAfter += squares;
      if (candidate.framesAfter >= this.#after) {
        this.#judge();
      }
    }
    this.#start = position + frames - trailing;
    this.#length = trailing;
    this.#beganInSound = before >= SOUND;
  }

  /** All runs, and the one that is not over yet if it is long enough. */
  zeroRuns(): Runs {
    return this.#length >= this.#least
      ? this.#zeros.runs({ position: this.#start, frames: this.#length })
      : this.#zeros.runs();
  }

  dropouts(): Runs {
    const candidate = this.#candidate;
    return candidate !== undefined && isSound(candidate)
      ? this.#dropouts.runs({ position: candidate.position, frames: candidate.frames })
      : this.#dropouts.runs();
  }

  /** The run of zeros that was under way is over. */
  #close(): void {
    if (this.#length < this.#least) {
      return;
    }
    this.#judge();
    this.#zeros.add(this.#start, this.#length);
    if (this.#beganInSound) {
      this.#candidate = {
        position: this.#start,
        frames: this.#length,
        framesAfter: 0,
        squaresAfter: 0,
      };
    }
  }

  /** Counts the candidate if sound followed it. */
  #judge(): void {
    const candidate = this.#candidate;
    if (candidate !== undefined && isSound(candidate)) {
      this.#dropouts.add(candidate.position, candidate.frames);
    }
    this.#candidate = undefined;
  }
}

function isSound({ squaresAfter, framesAfter }: Candidate): boolean {
  return framesAfter > 0 && Math.sqrt(squaresAfter / framesAfter) >= SOUND;
}
