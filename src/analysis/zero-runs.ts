import type { Frames, Hertz, Seconds } from "../format.js";
import type { Run, Runs } from "./level-results.js";
import { RunList } from "./runs.js";

/** What is looked at on either side of a run of zeros: its edge, and the sound beside it that the edge is part of. */
const EDGE: Seconds = 0.0004;
const LEAST_EDGE: Frames = 4;
const BESIDE: Seconds = 0.01;
/** The RMS of an edge from which on it is sound: four steps of the format, of 16 bits where those are finer. */
const STEPS = 4;
const LEAST_SOUND = STEPS * 2 ** -15;
/** An edge that is that much weaker than the sound beside it (14 dB) has died away. */
const DIED_AWAY = 1 / 5;

/** A run of zeros at which sound broke off, and what came after it so far. */
interface Candidate extends Run {
  framesAfter: Frames;
  squaresAfter: number;
  edgeSquares: number;
}

/**
 * Finds runs of exact zeros of one channel, and those among them at which the sound breaks off and sets in again: a
 * device or a driver that loses frames puts zeros in their place, at whatever the wave was just then. Speech that a
 * machine made, or a gate let through, has zeros as well, but dies away before most of them. Where most runs are of that
 * kind, zeros are how the sound was made, and none is called a dropout.
 */
export class ZeroRuns {
  readonly #least: Frames;
  readonly #zeros = new RunList();
  readonly #dropouts = new RunList();
  readonly #edge: Frames;
  readonly #sound: number;
  /** The last samples before those that are added. */
  readonly #history: Float32Array;
  #position: Frames = 0;
  #start: Frames = 0;
  #length: Frames = 0;
  #brokeOff = false;
  /** Runs that have something before and behind them. */
  #inside = 0;
  #candidate: Candidate | undefined;

  /** Runs of `least` frames are counted. `fullScale` is the largest amplitude of the format: 1 less a step. */
  constructor(least: Frames, sampleRate: Hertz, fullScale: number) {
    this.#least = least;
    this.#edge = Math.max(LEAST_EDGE, Math.round(sampleRate * EDGE));
    this.#sound = Math.max(LEAST_SOUND, STEPS * (1 - fullScale));
    this.#history = new Float32Array(Math.max(this.#edge, Math.round(sampleRate * BESIDE)));
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

  /** Those at which sound breaks off and sets in again, if they are more than half of all that are inside. */
  dropouts(): Runs {
    const candidate = this.#candidate;
    const runs =
      candidate !== undefined && this.#setsIn(candidate)
        ? this.#dropouts.runs({ position: candidate.position, frames: candidate.frames })
        : this.#dropouts.runs();
    return 2 * runs.count > this.#inside ? runs : new RunList().runs();
  }

  /** A run of zeros begins at index `start`, in the piece that begins at index `from`. */
  #begin(samples: Float32Array, from: Frames, start: Frames): void {
    const beside = this.#history.length;
    const squares = (frames: Frames): number => {
      let sum = 0;
      for (let index = start - frames; index < start; index++) {
        sum += (index < 0 ? (this.#history[beside + index] ?? 0) : (samples[index] ?? 0)) ** 2;
      }
      return sum;
    };
    const edge = squares(this.#edge);
    this.#start = this.#position + start - from;
    this.#brokeOff =
      this.#isSound(edge) && this.#isPartOf(edge, squares(beside), Math.min(beside, this.#start));
  }

  /** Whether an edge with that sum of squares is sound. */
  #isSound(edgeSquares: number): boolean {
    return edgeSquares >= this.#sound ** 2 * this.#edge;
  }

  /** Whether an edge is about as strong as the sound beside it, of so many frames. */
  #isPartOf(edgeSquares: number, squares: number, frames: Frames): boolean {
    return edgeSquares * frames >= DIED_AWAY ** 2 * squares * Math.min(frames, this.#edge);
  }

  /** The run of zeros that was under way, if any, is over. */
  #end(): void {
    if (this.#length >= this.#least) {
      this.#judge();
      this.#zeros.add(this.#start, this.#length);
      this.#inside += this.#start > 0 ? 1 : 0;
      if (this.#brokeOff) {
        const run = { position: this.#start, frames: this.#length };
        this.#candidate = { ...run, framesAfter: 0, squaresAfter: 0, edgeSquares: 0 };
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
      if (candidate.framesAfter <= this.#edge) {
        candidate.edgeSquares = candidate.squaresAfter;
      }
    }
    if (candidate.framesAfter === this.#history.length) {
      this.#judge();
    }
  }

  /** Counts the candidate if sound set in right behind it. */
  #judge(): void {
    const candidate = this.#candidate;
    if (candidate !== undefined && this.#setsIn(candidate)) {
      this.#dropouts.add(candidate.position, candidate.frames);
    }
    this.#candidate = undefined;
  }

  #setsIn({ edgeSquares, squaresAfter, framesAfter }: Candidate): boolean {
    return this.#isSound(edgeSquares) && this.#isPartOf(edgeSquares, squaresAfter, framesAfter);
  }
}
