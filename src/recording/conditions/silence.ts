import type { Hertz } from "../../format.js";
import type { SilenceRule } from "./check.js";
import type { Detector } from "./detector.js";
import { createRunDetector, powerOf } from "./windows.js";

/**
 * Comes true when all channels were silent for `for` seconds on end. Silence begins with a window of 10 ms whose root
 * mean square is below `below` dBFS in each channel, and ends with one that reaches `below + hysteresis` in any: a
 * breath between the two levels neither begins a silence nor ends one.
 */
export function createSilence(rule: Required<SilenceRule>, sampleRate: Hertz): Detector {
  const begins = powerOf(rule.below);
  const ends = powerOf(rule.below + rule.hysteresis);
  // Compared so that NaN, which is no silence, ends it.
  return createRunDetector(
    rule.for,
    sampleRate,
    (power, isSilent) => power < begins || (isSilent && power < ends),
  );
}
