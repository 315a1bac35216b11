import type { SpectrogramColumn, SpectrogramShape } from "../analysis/column-stream.js";
import type { Dbfs, Frames, Hertz } from "../format.js";
import type { FrequencyScale } from "./frequency-scale.js";

/** How many pixels a raster has, and what they stand for. */
export interface RasterGrid {
  readonly columns: number;
  readonly rows: number;
  /** Frames from the left to the right edge. */
  readonly frames: Frames;
  readonly scale: FrequencyScale;
}

/** A sine at full scale has an amplitude of 1 and so a power of 1/2: it is 0 dBFS here. */
const FULL_SCALE_POWER = 0.5;

/**
 * Gathers columns of power spectra (scaling `spectrum`, not in decibels) of one channel into pixels. A pixel shows the
 * greatest power of all that falls into it, over time and over frequency: what was loud for a moment stays visible in a
 * picture of an hour. Keeps pixels only.
 */
export class SpectrogramRaster {
  readonly grid: RasterGrid;
  readonly #power: Float32Array;
  readonly #bins: Int32Array;
  readonly #channel: number;
  readonly #half: number;
  readonly #middle: number;

  constructor(grid: RasterGrid, shape: SpectrogramShape, channel: number) {
    this.grid = grid;
    this.#power = new Float32Array(grid.columns * grid.rows);
    this.#bins = binsOfRows(grid, shape.sampleRate / shape.fftSize, shape.frequencies.length);
    this.#channel = channel;
    this.#half = (shape.size - shape.overlap) / 2;
    this.#middle = shape.size / 2;
  }

  /** Takes a column; `isLast` says that none follows, and so it also stands for the frames behind it. */
  add(column: SpectrogramColumn, isLast: boolean): void {
    const { columns, rows, frames } = this.grid;
    const values = column.values[this.#channel];
    if (values === undefined) {
      return;
    }
    // Each column stands for the frames that are nearer to its middle than to that of another one.
    const middle = column.position + this.#middle;
    const from = column.index === 0 ? 0 : ((middle - this.#half) / frames) * columns;
    const to = isLast ? columns : ((middle + this.#half) / frames) * columns;
    const first = Math.max(0, Math.min(columns - 1, Math.floor(from)));
    const end = Math.min(columns, Math.max(first + 1, Math.ceil(to)));
    for (let row = 0; row < rows; row++) {
      const lastBin = this.#bins[2 * row + 1] ?? 0;
      let most = 0;
      for (let bin = this.#bins[2 * row] ?? 0; bin <= lastBin; bin++) {
        const power = values[bin] ?? 0;
        if (power > most) {
          most = power;
        }
      }
      for (let at = row * columns + first; at < row * columns + end; at++) {
        if (most > (this.#power[at] ?? 0)) {
          this.#power[at] = most;
        }
      }
    }
  }

  /** The greatest level of all pixels; undefined for digital silence. */
  get peak(): Dbfs | undefined {
    const most = this.#power.reduce((a, b) => Math.max(a, b), 0);
    return most === 0 ? undefined : levelOf(most);
  }

  /** Each pixel as a number from 0 (`floor` and all below it) to `steps` - 1 (`ceiling` and above), row by row from the top. */
  steps(floor: Dbfs, ceiling: Dbfs, steps: number): Uint8Array {
    const factor = (steps - 1) / (ceiling - floor);
    return Uint8Array.from(this.#power, (power) =>
      power === 0 ? 0 : Math.min(steps - 1, Math.max(0, (levelOf(power) - floor) * factor)),
    );
  }
}

function levelOf(power: number): Dbfs {
  return 10 * Math.log10(power / FULL_SCALE_POWER);
}

/**
 * The first and the last bin of each row, from the top: those whose frequency is in the row, or else the one that is
 * nearest to its middle.
 */
function binsOfRows({ rows, scale }: RasterGrid, spacing: Hertz, count: number): Int32Array {
  const bins = new Int32Array(2 * rows);
  const clamp = (bin: number): number => Math.max(0, Math.min(count - 1, bin));
  for (let row = 0; row < rows; row++) {
    const low = scale.frequencyAt(1 - (row + 1) / rows) / spacing;
    const high = scale.frequencyAt(1 - row / rows) / spacing;
    const first = Math.ceil(low);
    const end = Math.ceil(high) - 1;
    const nearest = Math.round((low + high) / 2);
    bins[2 * row] = clamp(first <= end ? first : nearest);
    bins[2 * row + 1] = clamp(first <= end ? end : nearest);
  }
  return bins;
}
