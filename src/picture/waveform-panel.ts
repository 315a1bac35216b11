import type { Envelope } from "../analysis/envelope.js";
import { toDbfs } from "../analysis/level-meter.js";
import type { Gap } from "../recording/recording.js";
import { type AmplitudeRange, amplitudeScale } from "./amplitude-scale.js";
import { markGaps } from "./gap-marks.js";
import type { Paper } from "./paper.js";
import type { Box } from "./svg.js";
import { numberLabel } from "./ticks.js";

/** What is drawn of an envelope. */
export interface WaveformContent {
  readonly envelope: Envelope;
  /** Numbers of the channels, from top to bottom. */
  readonly channels: readonly number[];
  readonly gaps: readonly Gap[];
  readonly amplitude: AmplitudeRange;
  /** Of one channel alone; several share twice as much. */
  readonly plotHeight: number;
}

/** Strips of at least this height have numbers; lower ones only the number of their channel. */
const NUMBERS_EMS = 3.6;
/** From this height on the half amplitudes have numbers too. */
const HALVES_EMS = 7.5;
/** Strips are not lower than this. */
const LEAST_EMS = 1.5;
/** Fewer samples than this many CSS pixels apart are drawn as dots on a line. */
const DOT_DISTANCE = 6;

/** Draws the waveform of each channel: its peaks, its RMS over them, the scale in amplitudes and in dBFS. */
export function drawWaveforms(paper: Paper, content: WaveformContent): void {
  const { channels } = content;
  const scale = amplitudeScale(content.envelope, channels, content.amplitude);
  const height = stripHeight(paper.em, content.plotHeight, channels.length);
  const numbered = height >= NUMBERS_EMS * paper.em;
  const factor = factorOf(scale);
  const times = factor === 1 ? "" : ` × ${factor.toLocaleString("en-US")}`;
  if (!numbered) {
    const shown = numberLabel(scale * factor, decimalsOf(scale * factor));
    paper.plotTitle(`Channel; amplitude${times} ±${shown} (${levelLabel(scale)} dBFS)`);
  }
  for (const [index, channel] of channels.entries()) {
    if (numbered) {
      paper.space(index === 0 ? 0 : 1);
      const name = channels.length > 1 ? `, channel ${channel}` : "";
      paper.plotTitle(`Amplitude${times}${name}`, "dBFS");
    } else {
      paper.space(0.15);
    }
    const box = paper.plotBox(height);
    drawStrip(paper, box, content, channel, scale);
    if (numbered) {
      numberStrip(paper, box, scale, factor);
    } else {
      paper.canvas.text(
        String(channel),
        box.x - 0.6 * paper.em,
        box.y + box.height / 2 + 0.36 * paper.em,
        {
          fill: paper.theme.text,
          anchor: "end",
        },
      );
    }
  }
}

/** Several strips share twice the room of one, but none is lower than a line of text. */
function stripHeight(em: number, plotHeight: number, channels: number): number {
  return channels === 1 ? plotHeight : Math.max(LEAST_EMS * em, (2 * plotHeight) / channels);
}

function drawStrip(
  paper: Paper,
  box: Box,
  { envelope, gaps }: WaveformContent,
  channel: number,
  scale: number,
): void {
  const { canvas, theme } = paper;
  const middle = box.y + box.height / 2;
  canvas.line(box.x, middle, box.x + box.width, middle, theme.grid);
  const { columns, length } = envelope;
  const high = envelope.maximum[channel] ?? new Float32Array();
  const low = envelope.minimum[channel] ?? new Float32Array();
  const rms = envelope.rms[channel] ?? new Float32Array();
  const x = (column: number): number => box.x + ((column + 0.5) / columns) * box.width;
  const y = (value: number): number => middle - (value / scale) * (box.height / 2);
  const strokeWidth = Math.max(0.5, 1 / canvas.scale.pixelRatio);
  if (columns > 0 && columns < length) {
    const peaks = band(
      columns,
      x,
      (column) => y(high[column] ?? 0),
      (column) => y(low[column] ?? 0),
    );
    canvas.polyline(peaks, { fill: theme.peak, stroke: theme.peak, strokeWidth });
    // The RMS of a click is next to nothing, and that of an offset beyond the samples: never wider than those.
    const upper = (column: number): number => Math.min(rms[column] ?? 0, high[column] ?? 0);
    const lower = (column: number): number => Math.max(-(rms[column] ?? 0), low[column] ?? 0);
    const means = band(
      columns,
      x,
      (column) => y(Math.max(upper(column), lower(column))),
      (column) => y(Math.min(upper(column), lower(column))),
    );
    canvas.polyline(means, { fill: theme.rms });
  } else if (columns > 0) {
    const points = Array.from(high, (sample, column) => [x(column), y(sample)]);
    canvas.polyline(points.flat(), { stroke: theme.rms, strokeWidth: strokeWidth * 1.2 });
    if (box.width / columns >= DOT_DISTANCE) {
      for (const [at = 0, sample = 0] of points) {
        canvas.circle(at, sample, Math.max(1.2, canvas.scale.line * 1.8), { fill: theme.rms });
      }
    }
  } else {
    canvas.text("no frames", box.x + box.width / 2, middle - 0.4 * paper.em, {
      fill: theme.muted,
      anchor: "middle",
    });
  }
  markGaps(paper, box, gaps, length);
}

/** The outline of what is between two edges: along the upper one and back along the lower one. */
function band(
  columns: number,
  x: (column: number) => number,
  upper: (column: number) => number,
  lower: (column: number) => number,
): Float64Array {
  const points = new Float64Array(columns * 4);
  for (let column = 0; column < columns; column++) {
    const back = 2 * (2 * columns - 1 - column);
    points[2 * column] = x(column);
    points[2 * column + 1] = upper(column);
    points[back] = x(column);
    points[back + 1] = lower(column);
  }
  return points;
}

function numberStrip(paper: Paper, box: Box, scale: number, factor: number): void {
  const { canvas, theme, em } = paper;
  const right = box.x + box.width;
  canvas.line(box.x, box.y, box.x, box.y + box.height, theme.axis);
  canvas.line(right, box.y, right, box.y + box.height, theme.axis);
  const shares = box.height >= HALVES_EMS * em ? [1, 0.5, 0, -0.5, -1] : [1, 0, -1];
  const shown = scale * factor;
  const decimals = decimalsOf(shares.length === 5 ? shown / 2 : shown);
  for (const share of shares) {
    const y = box.y + (box.height * (1 - share)) / 2;
    paper.leftMark(box, y, numberLabel(share * shown, share === 0 ? 0 : decimals));
    if (share !== 0) {
      paper.rightMark(right, y, levelLabel(Math.abs(share) * scale));
    }
  }
}

function levelLabel(amplitude: number): string {
  return numberLabel(toDbfs(amplitude), 0);
}

/** Amplitudes below a hundredth are shown times a thousand, and so on, so that numbers stay short. */
function factorOf(scale: number): number {
  return scale >= 0.01 ? 1 : 1000 ** -Math.floor(Math.log10(scale) / 3 + 1e-9);
}

/** How many decimals show a number of few digits as it is. */
function decimalsOf(value: number): number {
  let decimals = 0;
  while (decimals < 4 && Math.abs(value - Number(value.toFixed(decimals))) > 1e-9 * value) {
    decimals += 1;
  }
  return decimals;
}
