import type { Frames, Hertz, Seconds } from "../format.js";
import type { Run, Runs } from "./level-results.js";
import { RunList } from "./runs.js";

/** What is looked at on either side of a run of zeros, and its RMS from which on it is called sound: -50 dBFS. */
const EDGE: Seconds = 0.0004;
const LEAST_EDGE: Frames = 4;
const SOUND = 10 ** (-50 / 20);

/** A run of zeros that began in sound, and what came after it so far. */
interface Candidate extends Run {
  framesAfter: Frames;
  squaresAfter: number;
}

/**
 * Finds runs of exact zeros of one channel, and those among them that begin in sound and end in sound: a device or a
 * driver that loses frames puts zeros in their place, at whatever the wave was just then. Speech that a machine made,
 * or a gate let through, has zeros as well, but dies away before them.
 */
export class ZeroRuns {
  readonly #least: Frames;
  readonly #zeros = new RunList();
  readonly #dropouts = new RunList();
  /** The last samples before those that are added. */
  readonly #history: Float32Array;
  #position: Frames = 0;
  #start: Frames = 0;
  #length: Frames = 0;
  #beganInSound = false;
  #candidate: Candidate | undefined;

  /** Runs of `least` frames are counted. */
  constructor(least: Frames, sampleRate: Hertz) {
    this.#least = least;
    this.#history = new Float32Array(Math.max(LEAST_EDGE, Math.round(sampleRate * EDGE)));
  }

  /**
   * Looks at a piece of a block: the samples from `from` up to, not including, `to`, whose largest absolute value is
   * `peak`. A run within a piece is not found: pieces are shorter than half of those that count.
   */
  addPiece(samples: Float32Array, from: Frames, to: Frames, peak: number): void {
    let leading = peak === 0 ? to - from : 0;
    while (peak > 0 && samples[from + leading] === 0) {
      leading++;
    }
    if (leading > 0 && this.#length === 0) {
      this.#begin(samples, from, from);
    }
    this.#length += leading;
    if (peak > 0) {
      this.#end();
      this.#lookBehind(samples, from + leading, to);
      let trailing = 0;
      while (samples[to - 1 - trailing] === 0) {
        trailing++;
      }
      if (trailing > 0) {
        this.#begin(samples, from, to - trailing);
        this.#length = trailing;
      }
    }
    this.#position += to - from;
  }

  /** All pieces of a block were added: its last samples are kept for the next. */
  endBlock(samples: Float32Array): void {
    const history = this.#history;
    const kept = Math.max(0, history.length - samples.length);
    history.copyWithin(0, history.length - kept);
    history.set(samples.subarray(Math.max(0, samples.length - history.length)), kept);
  }

  /** All runs, and the one that is not over yet if it is long enough. */
  zeroRuns(): Runs {
    return this.#length >= this.#least
      ? this.#zeros.runs({ position: this.#start, frames: this.#length })
      : this.#zeros.runs();
  }

  dropouts(): Runs {
    const candidate = this.#candidate;
    return candidate !== undefined && endsInSound(candidate)
      ? this.#dropouts.runs({ position: candidate.position, frames: candidate.frames })
      : this.#dropouts.runs();
  }

  /** A run of zeros begins at index `start`, in the piece that begins at index `from`. */
  #begin(samples: Float32Array, from: Frames, start: Frames): void {
    const edge = this.#history.length;
    let squares = 0;
    for (let index = start - edge; index < start; index++) {
      squares += (index < 0 ? (this.#history[edge + index] ?? 0) : (samples[index] ?? 0)) ** 2;
    }
    this.#start = this.#position + start - from;
    this.#beganInSound = Math.sqrt(squares / edge) >= SOUND;
  }

  /** The run of zeros that was under way, if any, is over. */
  #end(): void {
    if (this.#length >= this.#least) {
      this.#judge();
      this.#zeros.add(this.#start, this.#length);
      if (this.#beganInSound) {
        const run = { position: this.#start, frames: this.#length };
        this.#candidate = { ...run, framesAfter: 0, squaresAfter: 0 };
      }
    }
    this.#length = 0;
  }

  /** Looks at what comes right behind the last run. */
  #lookBehind(samples: Float32Array, from: Frames, to: Frames): void {
    const candidate = this.#candidate;
    if (candidate === undefined) {
      return;
    }
    const wanted = this.#history.length - candidate.framesAfter;
    for (const sample of samples.subarray(from, Math.min(to, from + wanted))) {
      candidate.squaresAfter += sample * sample;
      candidate.framesAfter++;
    }
    if (candidate.framesAfter === this.#history.length) {
      this.#judge();
    }
  }

  /** Counts the candidate if sound followed it. */
  #judge(): void {
    const candidate = this.#candidate;
    if (candidate !== undefined && endsInSound(candidate)) {
      this.#dropouts.add(candidate.position, candidate.frames);
    }
    this.#candidate = undefined;
  }
}

function endsInSound({ squaresAfter, framesAfter }: Candidate): boolean {
  return framesAfter > 0 && Math.sqrt(squaresAfter / framesAfter) >= SOUND;
}
