import type { Hertz } from "../../format.js";
import type { SoundTrigger } from "./check.js";
import type { Detector } from "./detector.js";
import { createRunDetector, powerOf } from "./windows.js";

/**
 * Comes true when the loudest channel was at `above` dBFS or more for `for` seconds on end: each window of 10 ms by its
 * root mean square.
 */
export function createTrigger(trigger: Required<SoundTrigger>, sampleRate: Hertz): Detector {
  const threshold = powerOf(trigger.above);
  return createRunDetector(trigger.for, sampleRate, (power) => power >= threshold);
}
