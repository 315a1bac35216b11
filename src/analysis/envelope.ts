import type { Frames, Hertz, Seconds } from "../format.js";
import { checkNumber, checkOptions } from "../options.js";
import { type AnalysisSource, openPlanarSource } from "./source.js";

/** Options of {@link envelope}. */
export interface EnvelopeOptions {
  /**
   * How many columns the source is divided into, as even as whole frames allow; a source with fewer frames has one
   * column for each. From 1 up to 1,000,000. Default: 1000.
   */
  readonly columns?: number;
  /** Frames a second of bare samples, which do not tell it. */
  readonly sampleRate?: Hertz;
}

/** The outline of a sound: no sample is outside of it, however long the source. */
export interface Envelope {
  readonly sampleRate: Hertz;
  readonly numberOfChannels: number;
  /** Frames that were looked at. */
  readonly length: Frames;
  readonly duration: Seconds;
  readonly columns: number;
  /** Where each column begins, and behind them `length`: columns + 1 values. */
  readonly positions: Float64Array<ArrayBuffer>;
  /** For each channel the least sample of each column, full scale 1. */
  readonly minimum: readonly Float32Array<ArrayBuffer>[];
  /** For each channel the greatest sample of each column. */
  readonly maximum: readonly Float32Array<ArrayBuffer>[];
  /** For each channel the root of the mean square of each column. */
  readonly rms: readonly Float32Array<ArrayBuffer>[];
  /** Samples that were NaN or infinite, and were taken for 0. */
  readonly invalidSamples: number;
}

const COLUMNS = 1000;
const MOST_COLUMNS = 1_000_000;

/**
 * Least, greatest and RMS value of each of so many columns, for drawing: a click of one sample in an hour stands out.
 *
 * @throws TypeError, RangeError for wrong arguments, and for a stream that does not tell its length.
 * @throws AudioError as `WavReader.open()` for a path, and when a file cannot be read.
 */
export async function envelope(
  source: AnalysisSource,
  options: EnvelopeOptions = {},
): Promise<Envelope> {
  checkOptions(options, ["columns", "sampleRate"], "envelope()");
  const { columns: asked = COLUMNS } = options;
  const wanted = checkNumber(asked, "columns", {
    min: 1,
    max: MOST_COLUMNS,
    integer: true,
  });
  await using opened = await openPlanarSource(source, options.sampleRate);
  const { sampleRate, numberOfChannels, length } = opened;
  if (!Number.isFinite(length)) {
    throw new RangeError("Expected `source` to tell its length, got a stream that does not");
  }
  const columns = Math.min(wanted, length);
  const positions = Float64Array.from({ length: columns + 1 }, (_, column) =>
    columns === 0 ? 0 : Math.floor((column * length) / columns),
  );
  const outlines = Array.from({ length: numberOfChannels }, () => new Outline(positions));
  for await (const { channels } of opened.blocks()) {
    for (const [channel, samples] of channels.entries()) {
      outlines[channel]?.add(samples);
    }
  }
  return {
    sampleRate,
    numberOfChannels,
    length,
    duration: length / sampleRate,
    columns,
    positions,
    minimum: outlines.map(({ minimum }) => minimum),
    maximum: outlines.map(({ maximum }) => maximum),
    rms: outlines.map(({ rms }) => rms),
    invalidSamples: opened.invalidSamples.reduce((sum, count) => sum + count, 0),
  };
}

/** The columns of one channel. */
class Outline {
  readonly minimum: Float32Array<ArrayBuffer>;
  readonly maximum: Float32Array<ArrayBuffer>;
  readonly rms: Float32Array<ArrayBuffer>;
  readonly #positions: Float64Array;
  #column = 0;
  #frames: Frames = 0;
  #least = Infinity;
  #most = -Infinity;
  #squares = 0;

  constructor(positions: Float64Array) {
    const columns = positions.length - 1;
    this.#positions = positions;
    this.minimum = new Float32Array(columns);
    this.maximum = new Float32Array(columns);
    this.rms = new Float32Array(columns);
  }

  add(samples: Float32Array): void {
    let from = 0;
    while (from < samples.length && this.#column < this.rms.length) {
      const start = this.#positions[this.#column] ?? 0;
      const end = this.#positions[this.#column + 1] ?? 0;
      const to = Math.min(samples.length, from + end - this.#frames);
      this.#look(samples, from, to);
      this.#frames += to - from;
      if (this.#frames === end) {
        this.#endColumn(end - start);
      }
      from = to;
    }
  }

  #look(samples: Float32Array, from: Frames, to: Frames): void {
    let least = this.#least;
    let most = this.#most;
    let squares = this.#squares;
    for (let index = from; index < to; index++) {
      const sample = samples[index] ?? 0;
      least = sample < least ? sample : least;
      most = sample > most ? sample : most;
      squares += sample * sample;
    }
    this.#least = least;
    this.#most = most;
    this.#squares = squares;
  }

  #endColumn(frames: Frames): void {
    const column = this.#column;
    this.minimum[column] = this.#least;
    this.maximum[column] = this.#most;
    this.rms[column] = Math.sqrt(this.#squares / frames);
    this.#column++;
    this.#least = Infinity;
    this.#most = -Infinity;
    this.#squares = 0;
  }
}
