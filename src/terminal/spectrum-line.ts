import type { Dbfs, Hertz } from "../format.js";
import { COLOUR_STEPS, colourMap } from "../picture/colour-map.js";
import { linearFrequencyAxis } from "../picture/ticks.js";
import { shade } from "./half-blocks.js";
import { colourCode, type Looks, RESET } from "./looks.js";
import { placeLabels } from "./take-view.js";

/** What a line of a live spectrogram stands for. */
export interface SpectrumScale {
  readonly lowest: Hertz;
  readonly highest: Hertz;
  /** Letters in a line. */
  readonly columns: number;
  /** Level of the first colour, and of the last one. */
  readonly floor: Dbfs;
  readonly ceiling: Dbfs;
}

/** A sine at full scale, whose power is 1/2, has 0 dBFS. */
const FULL_SCALE_POWER = 0.5;
const COLOURS = colourMap("magma", true);

/** A spectrum as a line of text: `power` has the power of bins that are `spacing` apart, from 0 Hz on. */
export function spectrumLine(
  power: ArrayLike<number>,
  spacing: Hertz,
  scale: SpectrumScale,
  looks: Looks,
): string {
  const { lowest, highest, columns, floor, ceiling } = scale;
  const width = (highest - lowest) / columns;
  let text = "";
  let last = "";
  for (let column = 0; column < columns; column++) {
    const from = (lowest + column * width) / spacing;
    const level = 10 * Math.log10(greatest(power, from, from + width / spacing) / FULL_SCALE_POWER);
    const place = Math.min(1, Math.max(0, (level - floor) / (ceiling - floor)));
    if (looks.depth < 8) {
      text += shade(place);
    } else {
      const colour = COLOURS[Math.round(place * (COLOUR_STEPS - 1))] ?? [0, 0, 0];
      const code = colourCode(colour, "ground", looks.depth);
      text += code === last ? " " : `${code} `;
      last = code;
    }
  }
  return looks.depth < 8 ? text.trimEnd() : `${text}${RESET}`;
}

/** Frequencies at their places, and at the end of the line their unit. */
export function spectrumAxis({ lowest, highest, columns }: SpectrumScale): string {
  for (let count = Math.ceil(columns / 6); count > 0; count--) {
    const { ticks, title } = linearFrequencyAxis(lowest, highest, count);
    const place = (value: Hertz): number => ((value - lowest) / (highest - lowest)) * columns;
    const room = columns - title.length - 1;
    const line = placeLabels(
      ticks
        .filter(({ value, label }) => place(value) + label.length <= room)
        .map(({ value, label }) => ({ value: place(value), label })),
      columns,
      columns,
    );
    if (line !== undefined) {
      return `${line.padEnd(room)} ${title}`;
    }
  }
  return "";
}

/** The greatest power between two places among the bins; where no bin is between them, that of the nearest. */
function greatest(power: ArrayLike<number>, from: number, to: number): number {
  const first = Math.ceil(from);
  const last = Math.ceil(to) - 1;
  if (first > last) {
    return power[Math.min(power.length - 1, Math.round((from + to) / 2))] ?? 0;
  }
  let most = 0;
  for (let bin = first; bin <= last; bin++) {
    most = Math.max(most, power[bin] ?? 0);
  }
  return most;
}
