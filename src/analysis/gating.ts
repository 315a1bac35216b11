import type { Lufs } from "./loudness-results.js";

/** The loudness of a mean weighted square: a 1 kHz sine of 0 dBFS in one channel has -3.01 LUFS. */
const OFFSET = -0.691;
/** Gates of ITU-R BS.1770-5 (integrated loudness) and EBU Tech 3342 (loudness range), relative ones as factors. */
const ABSOLUTE_GATE: Lufs = -70;
const INTEGRATED_GATE = 10 ** (-10 / 10);
const RANGE_GATE = 10 ** (-20 / 10);
const RANGE_LOW = 0.1;
const RANGE_HIGH = 0.95;
/** Below this a filter that dies away, or nothing, is all there is. */
const SILENCE: Lufs = -150;

/** Loudness of a mean weighted square; null for silence. */
export function loudnessOf(power: number): Lufs | null {
  const loudness = OFFSET + 10 * Math.log10(power);
  return loudness >= SILENCE ? loudness : null;
}

/** Integrated loudness of blocks of 400 ms that overlap by 75 %, and the relative gate. */
export function integrated(powers: readonly number[]): {
  readonly loudness: Lufs | null;
  readonly threshold: Lufs | null;
} {
  const heard = powers.filter((power) => power > powerOf(ABSOLUTE_GATE));
  if (heard.length === 0) {
    return { loudness: null, threshold: null };
  }
  const gate = mean(heard) * INTEGRATED_GATE;
  // The absolute gate stays: it may be the higher one.
  return {
    loudness: loudnessOf(mean(heard.filter((power) => power > gate))),
    threshold: loudnessOf(gate),
  };
}

/** The ends of the range of short-term loudness: of what passes both gates, the 10th and the 95th percentile. */
export function loudnessRange(
  powers: readonly number[],
): { readonly low: Lufs; readonly high: Lufs } | null {
  const heard = powers.filter((power) => power >= powerOf(ABSOLUTE_GATE));
  const gate = mean(heard) * RANGE_GATE;
  const sorted = heard.filter((power) => power >= gate).sort((one, other) => one - other);
  const at = (part: number): number | null =>
    loudnessOf(sorted[Math.round((sorted.length - 1) * part)] ?? 0);
  const low = at(RANGE_LOW);
  const high = at(RANGE_HIGH);
  return low === null || high === null ? null : { low, high };
}

function powerOf(loudness: Lufs): number {
  return 10 ** ((loudness - OFFSET) / 10);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
