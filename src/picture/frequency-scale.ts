import type { Hertz } from "../format.js";
import { type Axis, decadeTicks, linearFrequencyAxis, type Tick } from "./ticks.js";

/** How frequencies are laid out. */
export const FREQUENCY_SCALES = ["linear", "logarithmic", "mel"] as const;
/** How frequencies are laid out from bottom to top. */
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
  const placeOf = (frequency: Hertz): number => (bend(frequency) - first) / (last - first);
  return {
    lowest,
    highest,
    placeOf,
    frequencyAt: (place) => straighten(first + place * (last - first)),
    axis: (count) =>
      name === "linear"
        ? linearFrequencyAxis(lowest, highest, count)
        : { title: "Hz", ticks: spread(lowest, highest, 1 / count, placeOf) },
  };
}

/** Marks of a bent scale that are at least `distance` apart; 0 Hz, where it is there, is the first of them. */
function spread(
  lowest: Hertz,
  highest: Hertz,
  distance: number,
  placeOf: (frequency: Hertz) => number,
): Tick[] {
  const zero = lowest === 0 ? [{ value: 0, label: "0" }] : [];
  const chosen: Tick[] = [];
  for (const tick of [...zero, ...decadeTicks(Math.max(1, lowest), highest)]) {
    const place = placeOf(tick.value);
    if (chosen.every(({ value }) => Math.abs(placeOf(value) - place) >= distance)) {
      chosen.push(tick);
    }
  }
  return chosen.sort((a, b) => a.value - b.value);
}

interface Bend {
  readonly bend: (frequency: Hertz) => number;
  readonly straighten: (value: number) => Hertz;
}

const BENDS: Readonly<Record<FrequencyScaleName, Bend>> = {
  linear: { bend: (frequency) => frequency, straighten: (value) => value },
  logarithmic: { bend: Math.log, straighten: Math.exp },
  // O'Shaughnessy's formula, as HTK has it: 1000 Hz are 1000 mel.
  mel: {
    bend: (frequency) => 2595 * Math.log10(1 + frequency / 700),
    straighten: (value) => 700 * (10 ** (value / 2595) - 1),
  },
};
