import type { Envelope } from "../analysis/envelope.js";
import type { Rgb } from "../picture/colour-map.js";
import { colourCode, type Looks, RESET } from "./looks.js";

/** From the least to the greatest sample, and from minus to plus the RMS within. */
const PEAK: Rgb = [62, 108, 153];
const RMS: Rgb = [147, 197, 242];

/** What a pixel of a waveform shows. */
type Dot = "none" | "peak" | "rms";

/**
 * A channel's waveform in so many lines, a letter for each column of the envelope. Each line has two pixels where there
 * is Unicode; a click of one sample fills every pixel that it passes.
 */
export function textWaveform(
  envelope: Envelope,
  channel: number,
  lines: number,
  scale: number,
  looks: Looks,
): string[] {
  const rows = looks.unicode ? 2 * lines : lines;
  const low = envelope.minimum[channel] ?? new Float32Array();
  const high = envelope.maximum[channel] ?? new Float32Array();
  const rms = envelope.rms[channel] ?? new Float32Array();
  const rowOf = (value: number): number =>
    Math.min(rows - 1, Math.max(0, Math.floor(((1 - value / scale) / 2) * rows)));
  const dot = (column: number, row: number): Dot => {
    const [top, bottom] = [rowOf(high[column] ?? 0), rowOf(low[column] ?? 0)];
    if (row < top || row > bottom) {
      return "none";
    }
    const mean = rms[column] ?? 0;
    return row >= rowOf(mean) && row <= rowOf(-mean) ? "rms" : "peak";
  };
  return Array.from({ length: lines }, (_, line) => {
    let text = "";
    let last = "";
    for (let column = 0; column < envelope.columns; column++) {
      if (looks.unicode) {
        const [code, letter] = blockOf(dot(column, 2 * line), dot(column, 2 * line + 1), looks);
        text += code === last ? letter : `${code}${letter}`;
        last = code;
      } else {
        text += letterOf(dot(column, line));
      }
    }
    return last === "" ? text : `${text}${RESET}`;
  });
}

function letterOf(dot: Dot): string {
  return dot === "none" ? " " : dot === "rms" ? "#" : "|";
}

/** The colours and the letter of two pixels; without colours all that is drawn looks alike. */
function blockOf(
  upper: Dot,
  lower: Dot,
  { depth }: Looks,
): readonly [code: string, letter: string] {
  const code = (dot: Dot, side: "letters" | "ground"): string =>
    dot === "none" ? "" : colourCode(dot === "rms" ? RMS : PEAK, side, depth);
  const plain = depth >= 8 ? RESET : "";
  if (upper === "none") {
    return lower === "none" ? [plain, " "] : [`${plain}${code(lower, "letters")}`, "▄"];
  }
  if (lower === "none") {
    return [`${plain}${code(upper, "letters")}`, "▀"];
  }
  return upper === lower || depth < 8
    ? [`${plain}${code(upper, "letters")}`, "█"]
    : [`${code(upper, "letters")}${code(lower, "ground")}`, "▀"];
}
