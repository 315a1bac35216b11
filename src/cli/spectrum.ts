import { Command } from "commander";
import { spectrum } from "../analysis/spectrum.js";
import type { Frames, Hertz, Seconds } from "../format.js";
import { checkNumber, checkWord } from "../options.js";
import { InputStream } from "../stream/input-stream.js";
import { COLOUR_WORDS, type Looks, looksOf } from "../terminal/looks.js";
import { type SpectrumScale, spectrumAxis, spectrumLine } from "../terminal/spectrum-line.js";
import {
  type InputArguments,
  inputOptions,
  numberOption,
  withInputOptions,
} from "./input-options.js";
import { Interruption } from "./interruption.js";
import { durationOption } from "./quantities.js";

interface SpectrumArguments extends InputArguments {
  readonly seconds?: string;
  readonly range: string;
  readonly columns?: string;
  readonly gain: string;
  readonly block: string;
  readonly colours: string;
  readonly ascii?: boolean;
}

const DEFAULT_COLUMNS = 80;
/** Levels of the first and the last colour without gain: from quiet rooms to near voices. */
const FLOOR_DBFS = -100;
const CEILING_DBFS = -20;
/** Where the output is no terminal, the axis comes once. */
const AXIS_MARGIN = 2;

/** `roomtone spectrum` */
export function spectrumCommand(): Command {
  const command = new Command("spectrum").description(
    "Show what is heard as a spectrogram that runs down the terminal, until Ctrl-C.",
  );
  return withInputOptions(command)
    .option("-s, --seconds <time>", "how long: 90, 10m; without it, until Ctrl-C")
    .option("--range <low,high>", "frequencies in Hz", "100,2000")
    .option("--columns <n>", "letters in a line; default: those of the terminal")
    .option("--gain <dB>", "added to all levels: colours go from -100 to -20 dBFS", "0")
    .option("--block <ms>", "time of a line in milliseconds", "50")
    .option("--colours <depth>", COLOUR_WORDS.join(", "), "auto")
    .option("--ascii", "letters instead of colours")
    .addHelpText(
      "after",
      `
Several channels are shown as one: their mean power.

Example:
  $ roomtone spectrum --device "virtual:tone?frequency=1000" --range 0,4000 --gain 10`,
    )
    .action(showSpectrum);
}

async function showSpectrum(options: SpectrumArguments): Promise<void> {
  const range = options.range.split(",").map((text) => numberOption(text, "--range"));
  const [lowest = 0, highest = 0] = range;
  if (range.length !== 2 || lowest < 0 || highest <= lowest) {
    throw new RangeError(
      `Expected \`--range\` to be two rising frequencies, got "${options.range}"`,
    );
  }
  const gain = checkNumber(numberOption(options.gain, "--gain"), "--gain", { min: -100, max: 100 });
  const blockSeconds =
    checkNumber(numberOption(options.block, "--block"), "--block", { min: 5, max: 5000 }) / 1000;
  const limit: Seconds =
    options.seconds === undefined
      ? Number.POSITIVE_INFINITY
      : checkNumber(durationOption(options.seconds, "--seconds"), "--seconds", {
          min: 0,
          above: true,
        });
  const columns =
    options.columns === undefined
      ? undefined
      : checkNumber(numberOption(options.columns, "--columns"), "--columns", {
          min: 20,
          max: 1000,
          integer: true,
        });
  const colours = checkWord(options.colours, "--colours", COLOUR_WORDS);
  const found = looksOf(process.stdout, colours, options.ascii === true);
  const looks: Looks = options.ascii === true ? { ...found, depth: 1 } : found;
  using interruption = new Interruption();
  await using stream = await InputStream.open({
    ...inputOptions(options),
    format: "float32",
    signal: interruption.signal,
  });
  checkNumber(highest, "--range", { max: stream.sampleRate / 2 });
  const levels = { floor: FLOOR_DBFS - gain, ceiling: CEILING_DBFS - gain };
  const scaleNow = (): SpectrumScale => ({
    lowest,
    highest,
    // One less: a terminal that is full to its edge makes an empty line.
    columns: columns ?? (process.stdout.columns ?? DEFAULT_COLUMNS + 1) - 1,
    ...levels,
  });
  await runDown(stream, Math.round(blockSeconds * stream.sampleRate), limit, scaleNow, looks);
}

async function runDown(
  stream: InputStream,
  size: Frames,
  limit: Seconds,
  scaleNow: () => SpectrumScale,
  looks: Looks,
): Promise<void> {
  const { sampleRate, numberOfChannels: channels } = stream;
  const frames = new Float32Array(size * channels);
  // As fine as columns may be, and at least the block.
  const fftSize = 2 ** Math.max(13, Math.ceil(Math.log2(size)));
  let linesToAxis = 0;
  let axisColumns = 0;
  while (stream.position / sampleRate < limit) {
    const count = await stream.readInto(frames);
    if (stream.droppedBefore > 0) {
      process.stdout.write(`-- ${stream.droppedBefore} frames lost --\n`);
    }
    if (count === 0) {
      return;
    }
    const scale = scaleNow();
    if (linesToAxis === 0 || scale.columns !== axisColumns) {
      process.stdout.write(`${spectrumAxis(scale)}\n`);
      axisColumns = scale.columns;
      linesToAxis = process.stdout.isTTY
        ? Math.max(2, process.stdout.rows - AXIS_MARGIN)
        : Number.POSITIVE_INFINITY;
    }
    const power = await meanPower(takeApart(frames, channels, count), sampleRate, fftSize);
    process.stdout.write(`${spectrumLine(power, sampleRate / fftSize, scale, looks)}\n`);
    linesToAxis -= 1;
  }
}

function takeApart(frames: Float32Array, channels: number, count: Frames): Float32Array[] {
  return Array.from({ length: channels }, (_, channel) =>
    Float32Array.from({ length: count }, (_, frame) => frames[frame * channels + channel] ?? 0),
  );
}

async function meanPower(
  samples: readonly Float32Array[],
  sampleRate: Hertz,
  fftSize: Frames,
): Promise<Float64Array> {
  const size = samples[0]?.length ?? 0;
  const { values } = await spectrum(samples, {
    sampleRate,
    size,
    fftSize,
    overlap: 0,
    scaling: "spectrum",
    detrend: "none",
  });
  const [first = new Float64Array()] = values;
  return first.map(
    (_, bin) => values.reduce((sum, one) => sum + (one[bin] ?? 0), 0) / values.length,
  );
}
