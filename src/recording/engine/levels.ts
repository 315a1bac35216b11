// Runs in the writer thread.
import type { Frames } from "../../format.js";
import type { LevelReport } from "./engine-setup.js";
import { Measure } from "./measure.js";

/** What a level says beside how loud it was. */
export type LevelPlace = Pick<LevelReport, "frames" | "lostFrames" | "gaps" | "phase">;

/** Measures windows of a fixed length, whether they are recorded or not. */
export class LevelWindow {
  readonly #length: Frames;
  readonly #measure: Measure;

  constructor(length: Frames, channels: number) {
    this.#length = length;
    this.#measure = new Measure(channels);
  }

  /** Frames that the window has room for. */
  get left(): Frames {
    return this.#length - this.#measure.frames;
  }

  get isEmpty(): boolean {
    return this.#measure.frames === 0;
  }

  add(measure: Measure): void {
    this.#measure.add(measure);
  }

  /** What was measured, and begins anew. */
  report(place: LevelPlace): LevelReport {
    const { peak, rms, clipped, frames: length } = this.#measure;
    const report = {
      peak: Array.from(peak),
      rms,
      clipped: Array.from(clipped),
      length,
      ...place,
    };
    this.#measure.clear();
    return report;
  }
}

/** Two levels in a row as one, about the time of both. */
export function joinLevels(first: LevelReport, second: LevelReport): LevelReport {
  const length = first.length + second.length;
  const join = (
    left: readonly number[],
    right: readonly number[],
    how: (a: number, b: number) => number,
  ): number[] => left.map((value, channel) => how(value, right[channel] ?? 0));
  return {
    ...second,
    length,
    peak: join(first.peak, second.peak, Math.max),
    rms: join(first.rms, second.rms, (a, b) =>
      Math.sqrt((a * a * first.length + b * b * second.length) / length),
    ),
    clipped: join(first.clipped, second.clipped, (a, b) => a + b),
  };
}
