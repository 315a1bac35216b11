import type { Dbfs } from "../format.js";
import { lettersOf } from "../picture/text-width.js";
import { clockTime } from "./clock.js";
import { type Looks, RESET } from "./looks.js";
import type { ChannelMeter, MeterState } from "./meter-state.js";

/** What stands above the bars. */
export interface MeterTitle {
  readonly device: string;
  /** Rate, channels and format. */
  readonly format: string;
}

const FLOOR: Dbfs = -60;
/** From here on a bar is yellow, and from there on red: where headroom ends. */
const WARM: Dbfs = -18;
const HOT: Dbfs = -6;
const GREEN = "\u001b[32m";
const YELLOW = "\u001b[33m";
const RED = "\u001b[31m";
const CLIP_LIGHT = "\u001b[97;41m";
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
/** Room of the numbers behind a bar: `  -12.3 max  -10.0 CLIP`. */
const NUMBERS = 24;
/** Where the terminal is narrower, a bar has the number of its peak only. */
const NARROW = 56;
const NARROW_NUMBERS = 7;
const LEAST_BAR = 8;
/** A gap is told in red for so long. */
const FRESH_SECONDS = 5;

/** The meter as lines for a terminal of that size: title, a bar for each channel, the scale, lost frames. */
export function meterLines(
  title: MeterTitle,
  state: MeterState,
  columns: number,
  rows: number,
  looks: Looks,
): string[] {
  const { channels } = state;
  const label = Math.max(2, String(channels.length - 1).length + 1);
  const narrow = columns < NARROW;
  const width = Math.max(LEAST_BAR, columns - label - 2 - (narrow ? NARROW_NUMBERS : NUMBERS));
  const shown = channels.slice(0, Math.max(1, rows - 5));
  const hidden = channels.length - shown.length;
  const bars = shown.map((channel, index) => {
    const name = String(index).padStart(label);
    const edges = looks.unicode ? ["▕", "▏"] : ["|", "|"];
    const numbers = narrow ? level(channel.held) : numbersOf(channel, looks);
    return `${name}${edges[0]}${barOf(channel, width, looks)}${edges[1]}${numbers}`;
  });
  return [
    cut(`${title.device} · ${title.format}`, columns, looks),
    cut(
      `${clockTime(state.seconds)}   Ctrl-C ends${hidden === 0 ? "" : `   ${hidden} channels more`}`,
      columns,
      looks,
    ),
    ...bars,
    `${" ".repeat(label + 1)}${scaleLine(width)}`,
    lossLine(state, looks),
  ];
}

/** The bar is the peak, its full part the RMS; a line holds the greatest peak for a while. */
function barOf({ peak, rms, held }: ChannelMeter, width: number, looks: Looks): string {
  const cells = Array.from({ length: width }, () => " ");
  const eighths = Math.round(share(peak) * width * 8);
  const full = Math.floor(eighths / 8);
  const rmsCells = Math.round(share(rms) * width);
  for (let cell = 0; cell < full; cell++) {
    cells[cell] = looks.unicode ? (cell < rmsCells ? "█" : "▓") : cell < rmsCells ? "#" : "=";
  }
  if (looks.unicode && full < width && eighths % 8 > 0) {
    cells[full] = EIGHTHS[eighths % 8] ?? " ";
  }
  const holdAt = Math.min(width - 1, Math.floor(share(held) * width));
  if (share(held) > 0) {
    cells[holdAt] = looks.unicode ? "│" : "|";
  }
  if (looks.depth === 1) {
    return cells.join("");
  }
  let text = "";
  let last = "";
  for (const [cell, letter] of cells.entries()) {
    const dbfs = FLOOR + (cell / width) * -FLOOR;
    const colour = dbfs >= HOT ? RED : dbfs >= WARM ? YELLOW : GREEN;
    text += colour === last ? letter : `${colour}${letter}`;
    last = colour;
  }
  return `${text}${RESET}`;
}

function numbersOf({ held, most, clipped }: ChannelMeter, looks: Looks): string {
  const light = clipped === 0 ? "" : looks.depth === 1 ? " CLIP" : ` ${CLIP_LIGHT}CLIP${RESET}`;
  return `${level(held)} max ${level(most)}${light}`;
}

/** Seven letters. */
function level(dbfs: Dbfs): string {
  return (Number.isFinite(dbfs) ? dbfs.toFixed(1) : "-inf").padStart(7);
}

/** Numbers at their places below the bars, as many as have room. */
function scaleLine(width: number): string {
  const step = width >= 48 ? 6 : width >= 24 ? 12 : 30;
  const cells = Array.from({ length: width }, () => " ");
  for (let dbfs = FLOOR; dbfs <= 0; dbfs += step) {
    const text = String(dbfs);
    const at = Math.min(
      width - text.length,
      Math.max(0, Math.round(share(dbfs) * width - text.length / 2)),
    );
    cells.splice(at, text.length, ...lettersOf(text));
  }
  return `${cells.join("")} dBFS`;
}

function lossLine({ gaps, lostFrames, lastGapAt, seconds }: MeterState, looks: Looks): string {
  if (lastGapAt === undefined) {
    return "no frame lost";
  }
  const ago = seconds - lastGapAt;
  const text = `${gaps} ${gaps === 1 ? "gap" : "gaps"}, ${lostFrames} frames lost, the last ${ago.toFixed(0)} s ago`;
  return looks.depth > 1 && ago < FRESH_SECONDS ? `${RED}${text}${RESET}` : text;
}

function share(dbfs: Dbfs): number {
  return Number.isFinite(dbfs) ? Math.min(1, Math.max(0, 1 - dbfs / FLOOR)) : 0;
}

function cut(text: string, columns: number, looks: Looks): string {
  const plain = looks.unicode ? text : text.replaceAll(" · ", ", ");
  return lettersOf(plain).slice(0, Math.max(1, columns)).join("");
}
