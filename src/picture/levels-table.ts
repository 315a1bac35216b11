import type { ChannelLevels, Levels } from "../analysis/level-results.js";
import type { Loudness } from "../analysis/loudness-results.js";
import { type Paper, SEPARATOR } from "./paper.js";
import { textWidth } from "./text-width.js";
import { numberLabel } from "./ticks.js";

/** One column of the table. */
interface Column {
  readonly name: string;
  readonly unit: string;
  readonly text: (levels: ChannelLevels) => string;
}

/** Distance between columns. */
const GAP_EMS = 1.4;
const NONE = "\u2013";

/** The most telling first: what has no room is left out from the end. */
const COLUMNS: readonly Column[] = [
  { name: "peak", unit: "dBFS", text: ({ peak }) => decibels(peak) },
  { name: "RMS", unit: "dBFS", text: ({ rms }) => decibels(rms) },
  { name: "clipped", unit: "runs", text: ({ clipped }) => countLabel(clipped.count) },
  { name: "noise floor", unit: "dBFS", text: ({ noiseFloor }) => decibels(noiseFloor) },
  { name: "true peak", unit: "dBTP", text: ({ truePeak }) => decibels(truePeak) },
  { name: "crest", unit: "dB", text: ({ crestFactor }) => decibels(crestFactor) },
  { name: "dynamics", unit: "dB", text: ({ dynamicRange }) => decibels(dynamicRange) },
  { name: "DC offset", unit: "of 1", text: ({ dcOffset }) => offsetLabel(dcOffset) },
  { name: "dropouts", unit: "runs", text: ({ dropouts }) => countLabel(dropouts.count) },
  {
    name: "hum",
    unit: "dBFS",
    text: ({ mainsHum }) =>
      mainsHum === null ? NONE : `${decibels(mainsHum.level)} at ${mainsHum.frequency} Hz`,
  },
];

/** Draws the levels of the channels as a table, numbers flush right. */
export function drawLevels(paper: Paper, levels: Levels, channels: readonly number[]): void {
  const { canvas, theme, em } = paper;
  const columns = COLUMNS.map((column) => {
    const texts = channels.map((channel) => {
      const found = levels.channels[channel];
      return found === undefined ? NONE : column.text(found);
    });
    const widest = Math.max(
      ...[column.name, column.unit, ...texts].map((text) => textWidth(text, em)),
    );
    return { ...column, texts, width: widest + GAP_EMS * em };
  });
  const names = channels.map(String);
  const nameWidth = textWidth("channel", em);
  const chosen: {
    readonly texts: readonly string[];
    readonly name: string;
    readonly unit: string;
    readonly right: number;
  }[] = [];
  let right = paper.margin + nameWidth;
  for (const { width, ...column } of columns) {
    if (right + width > paper.margin + paper.textWidth) {
      break;
    }
    right += width;
    chosen.push({ ...column, right });
  }
  const header = paper.baseline();
  const units = paper.baseline();
  canvas.text("channel", paper.margin, header, { fill: theme.muted });
  for (const { name, unit, right: edge } of chosen) {
    canvas.text(name, edge, header, { fill: theme.muted, anchor: "end" });
    canvas.text(unit, edge, units, { fill: theme.muted, anchor: "end" });
  }
  const rule = canvas.snap(paper.top - 0.1 * em);
  canvas.line(paper.margin, rule, right, rule, theme.axis);
  paper.space(0.2);
  for (const [row, name] of names.entries()) {
    const baseline = paper.baseline();
    canvas.text(name, paper.margin + nameWidth, baseline, { fill: theme.text, anchor: "end" });
    for (const { texts, right: edge } of chosen) {
      canvas.text(texts[row] ?? NONE, edge, baseline, { fill: theme.text, anchor: "end" });
    }
  }
  paper.space(0.4);
}

/** Writes the loudness of all channels together. */
export function drawLoudness(
  paper: Paper,
  { integrated, range, momentary, shortTerm }: Loudness,
): void {
  const words = [
    `Loudness ${withUnit(integrated, "LUFS")}`,
    `range ${withUnit(range, "LU")}`,
    `greatest momentary ${withUnit(momentary.maximum, "LUFS")}`,
    `greatest short-term ${withUnit(shortTerm.maximum, "LUFS")}`,
  ];
  paper.words(words, paper.theme.text, SEPARATOR);
}

function withUnit(value: number | null, unit: string): string {
  return value === null ? NONE : `${decibels(value)} ${unit}`;
}

function decibels(value: number | null): string {
  return value === null ? NONE : numberLabel(value, 1);
}

function countLabel(count: number): string {
  return count.toLocaleString("en-US");
}

/** Small offsets are told in powers of ten rather than as 0. */
function offsetLabel(offset: number): string {
  const size = Math.abs(offset);
  if (size === 0) {
    return "0";
  }
  return size >= 0.001 ? numberLabel(offset, 4) : offset.toExponential(0).replaceAll("-", "\u2212");
}
