import { checkNumber } from "../../options.js";

/** Throws TypeError or RangeError unless `value` is a gain in decibels, from -120 to 120. */
export function checkGain(value: unknown, name = "gain"): number {
  return checkNumber(value, name, { min: -120, max: 120 });
}

/** The factor of a gain: 20 dB are 10. */
export function gainFactor(decibels: number): number {
  return 10 ** (decibels / 20);
}
