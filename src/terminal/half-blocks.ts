import type { Rgb } from "../picture/colour-map.js";
import { type ColourDepth, colourCode, RESET } from "./looks.js";

/** Pixels to be shown, twice as many rows as lines of text. */
export interface PixelGrid {
  readonly columns: number;
  /** An even number. */
  readonly rows: number;
  readonly at: (column: number, row: number) => Rgb;
}

/** Lines of half blocks: each letter is two pixels, the upper one in its own colour, the lower one behind it. */
export function halfBlocks(grid: PixelGrid, depth: ColourDepth): string[] {
  return Array.from({ length: grid.rows / 2 }, (_, line) => {
    let text = "";
    let letters = "";
    let ground = "";
    for (let column = 0; column < grid.columns; column++) {
      const upper = colourCode(grid.at(column, 2 * line), "letters", depth);
      const lower = colourCode(grid.at(column, 2 * line + 1), "ground", depth);
      text += `${upper === letters ? "" : upper}${lower === ground ? "" : lower}▀`;
      letters = upper;
      ground = lower;
    }
    return `${text}${RESET}`;
  });
}

/** From nothing to full, in ASCII. */
const RAMP = " .:-=+*#%@";

/** A letter that is as dark as a value from 0 to 1. */
export function shade(value: number): string {
  const index = Math.min(RAMP.length - 1, Math.max(0, Math.floor(value * RAMP.length)));
  return RAMP[index] ?? " ";
}
