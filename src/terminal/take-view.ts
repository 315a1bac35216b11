import { envelope } from "../analysis/envelope.js";
import { toDbfs } from "../analysis/level-meter.js";
import type { AnalysisSource } from "../analysis/source.js";
import { amplitudeScale } from "../picture/amplitude-scale.js";
import { COLOUR_STEPS, colourMap } from "../picture/colour-map.js";
import { type FrequencyScaleName, frequencyScale } from "../picture/frequency-scale.js";
import { fittingRange, gatherRasters, type LevelRange } from "../picture/gather-rasters.js";
import { settleChannels } from "../picture/picture-options.js";
import type { SpectrogramRaster } from "../picture/spectrogram-raster.js";
import { type TakeFacts, takeFacts } from "../picture/take-facts.js";
import { durationText, type Tick, timeAxis } from "../picture/ticks.js";
import { halfBlocks, shade } from "./half-blocks.js";
import { colourCode, type Looks, RESET } from "./looks.js";
import { textWaveform } from "./text-waveform.js";

/** How a take is shown. */
export interface TakeViewOptions {
  /** Letters in a line, and lines in all. */
  readonly columns: number;
  readonly rows: number;
  readonly looks: Looks;
  /** Default: all. */
  readonly channels?: readonly number[];
  readonly frequencies: FrequencyScaleName;
}

/** Room for numbers at the left: `-12.5k `. */
const LABEL = 7;
const LEAST_WIDTH = 16;
const LEAST_LINES = 3;
/** Title, axis of time with its unit, levels of the colours, a line between. */
const OTHER_LINES = 5;
/** Colours, or letters, that say what levels they stand for. */
const LEGEND = 16;
const RED = "\u001b[31m";

/** A take as lines of text: its waveforms, and the spectrogram of its first channel. */
export async function takeView(take: AnalysisSource, options: TakeViewOptions): Promise<string[]> {
  const { looks } = options;
  const facts = await takeFacts(take, undefined);
  const channels = settleChannels(options.channels, facts.numberOfChannels);
  const width = Math.max(LEAST_WIDTH, options.columns - LABEL - 1);
  const free = options.rows - OTHER_LINES;
  const strip = Math.max(LEAST_LINES, Math.floor((free * 0.45) / channels.length) - 1);
  const outline = await envelope(take, { columns: width });
  const title = titleOf(facts);
  if (facts.length === 0) {
    return [title];
  }
  const scale = amplitudeScale(outline, channels, "fit");
  const waves = channels.flatMap((channel) => {
    const lines = textWaveform(outline, channel, strip, scale, looks);
    const name = channels.length === 1 ? "" : `ch ${channel}`;
    return lines.map((line, index) => `${waveLabel(index, strip, scale, name)}${line}`);
  });
  const [first = 0] = channels;
  const height = Math.max(LEAST_LINES, free - channels.length * strip);
  const highest = facts.sampleRate / 2;
  const lowest = options.frequencies === "logarithmic" ? Math.min(20, highest / 10) : 0;
  const frequencies = frequencyScale(options.frequencies, lowest, highest);
  const rows = hasPixels(looks) ? 2 * height : height;
  const grid = { columns: width, rows, frames: facts.length, scale: frequencies };
  const rasters = await gatherRasters(take, facts, [first], grid);
  const range = fittingRange(rasters);
  const [raster] = rasters;
  const marks = new Map(
    frequencies
      .axis(height / 3)
      .ticks.map(({ value, label }) => [
        Math.min(height - 1, Math.floor((1 - frequencies.placeOf(value)) * height)),
        frequencies.axis(height / 3).title === "kHz" ? `${label}k` : label,
      ]),
  );
  const picture = raster === undefined ? [] : spectrogramLines(raster, range, looks);
  return [
    title,
    ...waves,
    ...gapLine(facts, width, looks),
    ...picture.map((line, index) => `${(marks.get(index) ?? "").padStart(LABEL - 1)} ${line}`),
    ...timeLines(outline.duration, width),
    legend(range, looks, channels.length === 1 ? "" : `, channel ${first}`, width),
  ];
}

function titleOf({ name, length, sampleRate, numberOfChannels, gaps }: TakeFacts): string {
  const lost = gaps.reduce((sum, gap) => sum + gap.frames, 0);
  return [
    ...(name === undefined ? [] : [name]),
    durationText(length / sampleRate),
    `${sampleRate} Hz`,
    numberOfChannels === 1 ? "1 channel" : `${numberOfChannels} channels`,
    ...(lost === 0 ? [] : [`${lost} frames lost in ${gaps.length} gap(s)`]),
  ].join(", ");
}

/** The level at the edge, the line of zero, the name of the channel above it. */
function waveLabel(line: number, lines: number, scale: number, name: string): string {
  const text =
    line === 0
      ? `${toDbfs(scale).toFixed(0)} dB`
      : line === Math.floor(lines / 2)
        ? name === ""
          ? "-inf"
          : name
        : "";
  return `${text.padStart(LABEL - 1)} `;
}

/** Marks below the waveforms where frames were lost. */
function gapLine({ gaps, length }: TakeFacts, width: number, looks: Looks): string[] {
  if (gaps.length === 0) {
    return [""];
  }
  const cells = Array.from({ length: width }, () => " ");
  for (const { position, frames } of gaps) {
    const first = Math.min(width - 1, Math.floor((position / length) * width));
    const last = Math.min(width - 1, Math.floor(((position + frames - 1) / length) * width));
    cells.fill(looks.unicode ? "▲" : "^", first, last + 1);
  }
  const marks = cells.join("").trimEnd();
  const text = looks.depth === 1 ? marks : `${RED}${marks}${RESET}`;
  return [`${"lost".padStart(LABEL - 1)} ${text}`];
}

function spectrogramLines(raster: SpectrogramRaster, range: LevelRange, looks: Looks): string[] {
  const { columns, rows } = raster.grid;
  const steps = raster.steps(range.floor, range.ceiling, COLOUR_STEPS);
  const stepAt = (column: number, row: number): number => steps[row * columns + column] ?? 0;
  if (hasPixels(looks)) {
    const colours = colourMap("magma", true);
    const at = (column: number, row: number) => colours[stepAt(column, row)] ?? [0, 0, 0];
    return halfBlocks({ columns, rows, at }, looks.depth);
  }
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, column) => shade(stepAt(column, row) / COLOUR_STEPS)).join(
      "",
    ),
  );
}

function timeLines(duration: number, width: number): string[] {
  for (let count = Math.ceil(width / 5); count > 0; count--) {
    const { ticks, title } = timeAxis(duration, count);
    const line = placeLabels(ticks, duration, width);
    if (line !== undefined) {
      return [`${" ".repeat(LABEL)}${line}`, `${" ".repeat(LABEL)}${title}`];
    }
  }
  return [];
}

/** The labels at their places, or undefined when they touch each other. */
export function placeLabels(
  ticks: readonly Tick[],
  length: number,
  width: number,
): string | undefined {
  let line = "";
  for (const { value, label } of ticks) {
    const place = Math.min(width - label.length, Math.floor((value / length) * width));
    if (line !== "" && place < line.length + 2) {
      return undefined;
    }
    line = `${line.padEnd(place)}${label}`;
  }
  return line;
}

function legend(
  { floor, ceiling }: LevelRange,
  looks: Looks,
  channel: string,
  width: number,
): string {
  const end = ` ${ceiling} dBFS${channel}`;
  const steps = Math.max(2, Math.min(LEGEND, width - String(floor).length - 1 - end.length));
  const colours = colourMap("magma", true);
  const bar = Array.from({ length: steps }, (_, index) =>
    hasPixels(looks)
      ? `${colourCode(colours[Math.round((index / (steps - 1)) * (COLOUR_STEPS - 1))] ?? [0, 0, 0], "ground", looks.depth)} `
      : shade(index / (steps - 1)),
  ).join("");
  return `${" ".repeat(LABEL)}${floor} ${bar}${hasPixels(looks) ? RESET : ""}${end}`;
}

/** Whether half blocks can be pixels of a spectrogram. */
function hasPixels({ depth, unicode }: Looks): boolean {
  return depth >= 8 && unicode;
}
