import type { Hertz } from "../format.js";
import { type Axis, linearFrequencyAxis, logarithmicFrequencyAxis } from "./ticks.js";

/** How frequencies are laid out. */
export const FREQUENCY_SCALES = ["linear", "logarithmic", "mel"] as const;
export type FrequencyScaleName = (typeof FREQUENCY_SCALES)[number];

/** Frequencies on a line: 0 is the lowest, 1 the highest. */
export interface FrequencyScale {
  readonly lowest: Hertz;
  readonly highest: Hertz;
  /** Where a frequency stands. */
  placeOf(frequency: Hertz): number;
  /** What frequency stands there. */
  frequencyAt(place: number): Hertz;
  /** The axis with about as many marks. */
  axis(count: number): Axis;
}

/** Frequencies between two, laid out in a way. On a logarithmic scale `lowest` must be above 0. */
export function frequencyScale(
  name: FrequencyScaleName,
  lowest: Hertz,
  highest: Hertz,
): FrequencyScale {
  const { bend, straighten } = BENDS[name];
  const [first, last] = [bend(lowest), bend(highest)];
  return {
    lowest,
    highest,
    placeOf: (frequency) => (bend(frequency) - first) / (last - first),
    frequencyAt: (place) => straighten(first + place * (last - first)),
    axis: (count) =>
      name === "linear"
        ? linearFrequencyAxis(lowest, highest, count)
        : logarithmicFrequencyAxis(Math.max(lowest, MEL_LEAST_MARK), highest, count),
  };
}

interface Bend {
  readonly bend: (frequency: Hertz) => number;
  readonly straighten: (value: number) => Hertz;
}

/** Below this, marks of a mel scale would stand too close. */
const MEL_LEAST_MARK: Hertz = 20;

const BENDS: Readonly<Record<FrequencyScaleName, Bend>> = {
  linear: { bend: (frequency) => frequency, straighten: (value) => value },
  logarithmic: { bend: Math.log, straighten: Math.exp },
  // O'Shaughnessy's formula, as HTK has it: 1000 Hz are 1000 mel.
  mel: {
    bend: (frequency) => 2595 * Math.log10(1 + frequency / 700),
    straighten: (value) => 700 * (10 ** (value / 2595) - 1),
  },
};
