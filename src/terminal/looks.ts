import type { WriteStream } from "node:tty";
import type { Rgb } from "../picture/colour-map.js";

/** Bits of colour that a terminal shows: none, the 16 of its own, 256, or all. */
export type ColourDepth = 1 | 4 | 8 | 24;

/** What can be shown where the output goes. */
export interface Looks {
  readonly depth: ColourDepth;
  /** Whether blocks and lines of Unicode are there; else ASCII. */
  readonly unicode: boolean;
}

/** The words for `--colours`. */
export const COLOUR_WORDS = ["auto", "24bit", "256", "none"] as const;
export type ColourWord = (typeof COLOUR_WORDS)[number];

const DEPTHS: Readonly<Record<Exclude<ColourWord, "auto">, ColourDepth>> = {
  "24bit": 24,
  "256": 8,
  none: 1,
};

/** SGR 0: all as the terminal has it. */
export const RESET = "\u001b[0m";

/**
 * What a stream shows: no colours and ASCII where it is no terminal; on one what Node finds out of `NO_COLOR`,
 * `FORCE_COLOR`, `COLORTERM` and `TERM`, and Unicode where the locale has it. `colours` and `ascii` are what the user said.
 */
export function looksOf(
  stream: NodeJS.WritableStream | WriteStream,
  colours: ColourWord,
  ascii: boolean,
): Looks {
  const terminal = "isTTY" in stream && stream.isTTY ? stream : undefined;
  const found = terminal?.getColorDepth() ?? 1;
  const depth = colours === "auto" ? ([24, 8, 4] as const).find((one) => one <= found) : undefined;
  return {
    depth: colours === "auto" ? (depth ?? 1) : DEPTHS[colours],
    unicode: !ascii && (terminal !== undefined || colours !== "auto") && hasUnicode(process.env),
  };
}

/** The escape sequence that writes in a colour, or on it; empty where there are too few of them. */
export function colourCode(rgb: Rgb, side: "letters" | "ground", depth: ColourDepth): string {
  const kind = side === "letters" ? 38 : 48;
  if (depth === 24) {
    return `\u001b[${kind};2;${rgb.join(";")}m`;
  }
  return depth === 8 ? `\u001b[${kind};5;${nearestOf256(rgb)}m` : "";
}

/** POSIX says which variable counts first; where none is set, only the terminals of Windows and macOS are sure. */
function hasUnicode(env: NodeJS.ProcessEnv): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG;
  if (env.TERM === "dumb") {
    return false;
  }
  return locale === undefined || locale === ""
    ? process.platform === "win32" || process.platform === "darwin"
    : /utf-?8/i.test(locale);
}

/** The steps of xterm's cube of 6 x 6 x 6 colours; after it, from 232 on, come 24 greys. */
const CUBE: readonly number[] = [0, 95, 135, 175, 215, 255];

function nearestOf256(rgb: Rgb): number {
  const [red, green, blue] = rgb.map((part) => nearestStep(part));
  const inCube = [red ?? 0, green ?? 0, blue ?? 0];
  const average = rgb.reduce((sum, part) => sum + part, 0) / 3;
  const grey = Math.min(23, Math.max(0, Math.round((average - 8) / 10)));
  const cubeError = distance(
    rgb,
    inCube.map((step) => CUBE[step] ?? 0),
  );
  const greyError = distance(rgb, [8 + 10 * grey, 8 + 10 * grey, 8 + 10 * grey]);
  return greyError < cubeError
    ? 232 + grey
    : 16 + 36 * (inCube[0] ?? 0) + 6 * (inCube[1] ?? 0) + (inCube[2] ?? 0);
}

function nearestStep(part: number): number {
  let nearest = 0;
  for (const [step, value] of CUBE.entries()) {
    if (Math.abs(value - part) < Math.abs((CUBE[nearest] ?? 0) - part)) {
      nearest = step;
    }
  }
  return nearest;
}

function distance(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, part, index) => sum + (part - (b[index] ?? 0)) ** 2, 0);
}
