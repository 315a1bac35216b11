/** Decibels of a ratio of amplitudes; null for 0, which has none and is no number in JSON. */
export function amplitudeLevel(amplitude: number): number | null {
  return amplitude > 0 ? 20 * Math.log10(amplitude) : null;
}

/** Decibels of a ratio of powers; null for 0. */
export function powerLevel(power: number): number | null {
  return power > 0 ? 10 * Math.log10(power) : null;
}

/** The greatest of some levels; null where all are null. */
export function greatestLevel(levels: readonly (number | null)[]): number | null {
  return levels.reduce(
    (greatest, level) =>
      level !== null && (greatest === null || level > greatest) ? level : greatest,
    null,
  );
}
