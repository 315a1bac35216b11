import type { Hertz } from "../format.js";
import { checkNumber, checkText, checkWord, describe } from "../options.js";
import { Paper } from "./paper.js";
import { type PictureSize, SIZES, scaleOf } from "./picture-size.js";
import { type PictureTheme, THEMES, themeOf } from "./theme.js";

/** What can be chosen of every picture. */
export interface PictureOptions {
  /** Default: `"light"`, dark on white. */
  readonly theme?: PictureTheme;
  /**
   * What it is made for. `"screen"`: 1200 CSS pixels wide. `"single-column"`, `"double-column"`: 85 and 174 mm, as most
   * journals have it, with letters of 7 points and a PNG of 300 dpi. Default: `"screen"`.
   */
  readonly size?: PictureSize;
  /** Width in CSS pixels (1/96 inch), from 200 to 10,000, where that of `size` is not the right one. */
  readonly width?: number;
  /** Pixels an inch of the PNG, from 24 to 1200. Default: 96 for the screen, 300 for papers. */
  readonly dpi?: number;
  /** Height of a plot in CSS pixels, from 20 to 5000. Default: what suits the `size`. */
  readonly plotHeight?: number;
  /** A title above. Default: none; of a take sheet the name of the file or the device. */
  readonly title?: string;
  /** Which channels, counted from 0. Default: all. */
  readonly channels?: readonly number[];
  /** Frames a second of bare samples, which do not tell it. */
  readonly sampleRate?: Hertz;
}

/** The names of the options that every picture has. */
export const PICTURE_OPTIONS: readonly (keyof PictureOptions)[] = [
  "theme",
  "size",
  "width",
  "dpi",
  "plotHeight",
  "title",
  "channels",
  "sampleRate",
];

/** Options of every picture, checked. */
export interface PictureChoice {
  readonly title: string | undefined;
  readonly plotHeight: number | undefined;
  readonly channels: readonly number[] | undefined;
  readonly sampleRate: Hertz | undefined;
  /** An empty sheet of paper of the chosen size and theme. */
  readonly paper: Paper;
}

/** Checks what every picture has; the keys were checked before. */
export function checkPictureOptions(options: PictureOptions): PictureChoice {
  const { theme = "light", size = "screen" } = options;
  const colours = themeOf(checkWord(theme, "theme", THEMES));
  const width = optional(options.width, "width", 200, 10_000);
  const dpi = optional(options.dpi, "dpi", 24, 1200);
  const plotHeight = optional(options.plotHeight, "plotHeight", 20, 5000);
  const scale = scaleOf(checkWord(size, "size", SIZES), width, dpi);
  return {
    title: options.title === undefined ? undefined : checkText(options.title, "title"),
    plotHeight,
    channels: options.channels === undefined ? undefined : checkChannelList(options.channels),
    sampleRate:
      options.sampleRate === undefined
        ? undefined
        : checkNumber(options.sampleRate, "sampleRate", { min: 0, above: true }),
    paper: new Paper(scale, colours),
  };
}

/** The chosen channels of a source that has so many. */
export function settleChannels(
  channels: readonly number[] | undefined,
  numberOfChannels: number,
): readonly number[] {
  for (const channel of channels ?? []) {
    checkNumber(channel, "channels", { min: 0, max: numberOfChannels - 1, integer: true });
  }
  return channels ?? Array.from({ length: numberOfChannels }, (_, channel) => channel);
}

function checkChannelList(value: unknown): readonly number[] {
  if (!Array.isArray(value)) {
    throw new TypeError(`Expected \`channels\` to be an array of numbers, got ${describe(value)}`);
  }
  const list = value.map((item, index) =>
    checkNumber(item, `channels[${index}]`, { min: 0, integer: true }),
  );
  if (list.length === 0 || new Set(list).size !== list.length) {
    throw new RangeError("Expected `channels` to have at least one channel, and each once");
  }
  return list;
}

function optional(value: unknown, name: string, min: number, max: number): number | undefined {
  return value === undefined ? undefined : checkNumber(value, name, { min, max });
}
