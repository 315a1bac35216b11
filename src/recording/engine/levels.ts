// Runs in the writer thread.
import type { LevelReport } from "./engine.js";

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
