import type { Dbfs, Frames, Hertz, Seconds } from "../../format.js";
import type { Detector } from "./detector.js";

/** How long a window is. */
const WINDOW: Seconds = 0.01;

/**
 * Whether a window belongs to the run: by the mean square of its loudest channel, where full scale is 1, and by whether
 * the window before it did.
 */
export type Belongs = (power: number, running: boolean) => boolean;

/** Comes true when windows of `seconds` on end belonged; a part of a window counts as a whole one, and one is the least. */
export function createRunDetector(seconds: Seconds, sampleRate: Hertz, belongs: Belongs): Detector {
  const windows = new Windows(sampleRate);
  // A time that is a whole number of windows may be a little more or less in floating point.
  const wanted = Math.max(1, Math.ceil((seconds * sampleRate) / windows.frames - 1e-6));
  let run = 0;
  let isDone = false;
  let next: Frames | undefined;

  function judge(power: number): boolean {
    run = belongs(power, run > 0) ? run + 1 : 0;
    return run >= wanted;
  }

  function reset(): void {
    windows.reset();
    run = 0;
    isDone = false;
    next = undefined;
  }

  function feed(
    channels: readonly Float32Array[],
    frames: Frames,
    position: Frames,
  ): Frames | undefined {
    if (isDone) {
      return undefined;
    }
    if (next !== undefined && next !== position) {
      reset();
    }
    next = position + frames;
    const taken = windows.feed(channels, frames, judge);
    isDone = taken !== undefined;
    return taken === undefined ? undefined : position + taken;
  }

  return { feed, reset };
}

/** A level as the mean square that windows are judged by: that of a full-scale square wave is 0 dBFS. */
export function powerOf(level: Dbfs): number {
  return 10 ** (level / 10);
}

/** Cuts frames into windows of 10 ms, however they arrive, and measures each. */
class Windows {
  /** Frames of a window. */
  readonly frames: Frames;
  /** Sum of squares of each channel, in the window that is being filled. */
  #squares: Float64Array = new Float64Array(0);
  #filled: Frames = 0;

  constructor(sampleRate: Hertz) {
    this.frames = Math.max(1, Math.round(sampleRate * WINDOW));
  }

  /** Forgets the window that is being filled. */
  reset(): void {
    this.#squares.fill(0);
    this.#filled = 0;
  }

  /** Asks `judge` after each full window. Returns how many frames were taken when it said true; the others are not looked at. */
  feed(
    channels: readonly Float32Array[],
    frames: Frames,
    judge: (power: number) => boolean,
  ): Frames | undefined {
    if (this.#squares.length !== channels.length) {
      this.#squares = new Float64Array(channels.length);
      this.#filled = 0;
    }
    for (let at = 0; at < frames; ) {
      const end = Math.min(frames, at + this.frames - this.#filled);
      this.#add(channels, at, end);
      this.#filled += end - at;
      at = end;
      if (this.#filled === this.frames) {
        const power = Math.max(...this.#squares) / this.frames;
        this.reset();
        if (judge(power)) {
          return at;
        }
      }
    }
    return undefined;
  }

  #add(channels: readonly Float32Array[], from: Frames, to: Frames): void {
    for (const [channel, samples] of channels.entries()) {
      let sum = this.#squares[channel] ?? 0;
      for (let frame = from; frame < to; frame++) {
        const sample = samples[frame] ?? 0;
        sum += sample * sample;
      }
      this.#squares[channel] = sum;
    }
  }
}
