import { existsSync } from "node:fs";
import { Command } from "commander";
import { AudioError } from "../errors.js";
import { checkNumber, checkWord } from "../options.js";
import { COLOUR_MAPS } from "../picture/colour-map.js";
import { FREQUENCY_SCALES } from "../picture/frequency-scale.js";
import type { Picture } from "../picture/picture.js";
import { SIZES } from "../picture/picture-size.js";
import { spectrogramPicture } from "../picture/spectrogram-picture.js";
import { takeSheet } from "../picture/take-sheet.js";
import { THEMES } from "../picture/theme.js";
import { waveform } from "../picture/waveform.js";
import { COLOUR_WORDS, looksOf } from "../terminal/looks.js";
import { takeView } from "../terminal/take-view.js";
import { numberOption } from "./input-options.js";

interface ViewArguments {
  readonly png?: string;
  readonly svg?: string;
  readonly picture: string;
  readonly theme: string;
  readonly size: string;
  readonly colourMap: string;
  readonly title?: string;
  readonly frequencies: string;
  readonly channels?: string;
  readonly overwrite?: boolean;
  readonly colours: string;
  readonly ascii?: boolean;
  readonly columns?: string;
  readonly rows?: string;
}

const PICTURES = ["sheet", "waveform", "spectrogram"] as const;
const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 28;
/** Where a terminal is higher, more lines show no more. */
const MOST_ROWS = 48;

/** `roomtone view FILE` */
export function viewCommand(): Command {
  return new Command("view")
    .description(
      "Show a WAV or FLAC file: waveform and spectrogram, in the terminal or as a picture.",
    )
    .argument("<file>", "the file")
    .option("--png <picture>", "write a PNG picture instead")
    .option("--svg <picture>", "write an SVG picture instead")
    .option("--picture <kind>", PICTURES.join(", "), "sheet")
    .option("--theme <theme>", THEMES.join(", "), "light")
    .option("--size <size>", SIZES.join(", "), "screen")
    .option("--colour-map <name>", COLOUR_MAPS.join(", "), "magma")
    .option("--title <text>", "above the picture; default: the name of the file")
    .option("--overwrite", "replace a picture that exists")
    .option("--frequencies <scale>", FREQUENCY_SCALES.join(", "), "linear")
    .option("-c, --channels <list>", "which ones, from 0: 0,2; default: all")
    .option("--colours <depth>", `in the terminal: ${COLOUR_WORDS.join(", ")}`, "auto")
    .option("--ascii", "in the terminal: no Unicode")
    .option("--columns <n>", "letters in a line; default: those of the terminal")
    .option("--rows <n>", "lines; default: those of the terminal")
    .addHelpText(
      "after",
      `
Examples:
  $ roomtone view take.wav
  $ roomtone view take.wav --png take.png --theme dark
  $ roomtone view take.wav --svg figure.svg --picture spectrogram --size single-column`,
    )
    .action(viewFile);
}

async function viewFile(file: string, options: ViewArguments): Promise<void> {
  const channels = options.channels?.split(",").map((text) => numberOption(text, "--channels"));
  const chosen = channels === undefined ? {} : { channels };
  const frequencies = checkWord(options.frequencies, "--frequencies", FREQUENCY_SCALES);
  const kind = checkWord(options.picture, "--picture", PICTURES);
  const theme = checkWord(options.theme, "--theme", THEMES);
  const size = checkWord(options.size, "--size", SIZES);
  const colours = checkWord(options.colourMap, "--colour-map", COLOUR_MAPS);
  const colourDepth = checkWord(options.colours, "--colours", COLOUR_WORDS);
  const columns = countOption(options.columns, "--columns");
  const rows = countOption(options.rows, "--rows");
  const targets = [options.png, options.svg].filter((path) => path !== undefined);
  if (targets.length > 0) {
    checkTargets(options);
    const title = options.title === undefined ? {} : { title: options.title };
    const common = { theme, size, ...title, ...chosen };
    const spectra = { frequencies, colours };
    const picture =
      kind === "waveform"
        ? await waveform(file, common)
        : kind === "spectrogram"
          ? await spectrogramPicture(file, { ...common, ...spectra })
          : await takeSheet(file, { ...common, ...spectra });
    await savePictures(picture, targets, options.overwrite === true);
    return;
  }
  const looks = looksOf(process.stdout, colourDepth, options.ascii === true);
  const lines = await takeView(file, {
    columns: columns ?? process.stdout.columns ?? DEFAULT_COLUMNS,
    rows: rows ?? Math.min(MOST_ROWS, (process.stdout.rows ?? DEFAULT_ROWS + 2) - 2),
    looks,
    frequencies,
    ...chosen,
  });
  process.stdout.write(`${lines.map((line) => line.trimEnd()).join("\n")}\n`);
}

/** Before any work: a picture of an hour shall not be drawn in vain. */
function checkTargets({ png, svg, overwrite }: ViewArguments): void {
  for (const [path, name, ending] of [
    [png, "--png", ".png"],
    [svg, "--svg", ".svg"],
  ] as const) {
    if (path !== undefined && !path.toLowerCase().endsWith(ending)) {
      throw new RangeError(`Expected \`${name}\` to end in ${ending}, got "${path}"`);
    }
    if (path !== undefined && overwrite !== true && existsSync(path)) {
      throw new AudioError("file-exists", `${path} exists: give another name, or --overwrite.`);
    }
  }
}

async function savePictures(
  picture: Picture,
  targets: readonly string[],
  overwrite: boolean,
): Promise<void> {
  for (const path of targets) {
    await picture.save(path, { overwrite });
    process.stdout.write(`${path}\n`);
  }
}

function countOption(text: string | undefined, name: string): number | undefined {
  return text === undefined
    ? undefined
    : checkNumber(numberOption(text, name), name, { min: 20, max: 1000, integer: true });
}
