import type { Frames } from "../format.js";
import {
  ColumnStream,
  checkSpectrogramOptions,
  type SpectrogramColumn,
  type SpectrogramOptions,
  type SpectrogramShape,
} from "./column-stream.js";
import { GiveWay } from "./give-way.js";
import { tooShort } from "./segment-plan.js";
import { type AnalysisSource, openPlanarSource, type PlanarSource } from "./source.js";

/** Spectra one after the other, all in memory. */
export interface Spectrogram extends SpectrogramShape {
  /** The middle of each column's segment. */
  readonly times: Float64Array<ArrayBuffer>;
  /** For each channel one column after the other: that of index t begins at t times the number of frequencies. */
  readonly values: readonly Float32Array<ArrayBuffer>[];
  /** Samples that were NaN or infinite, and were taken for 0. */
  readonly invalidSamples: number;
}

/** Columns that are computed while they are iterated, once, so that memory does not grow with the source. */
export interface SpectrogramColumns
  extends SpectrogramShape,
    AsyncIterable<SpectrogramColumn>,
    AsyncDisposable {
  /** Samples that were NaN or infinite so far, and were taken for 0. */
  readonly invalidSamples: number;
}

/** The most bytes of the values of a spectrogram in memory. */
const MOST_BYTES = 2 ** 32;

/**
 * The spectrogram of each channel: equal to `scipy.signal.spectrogram` with the same window, size, overlap, detrending
 * and scaling, but for the rounding to float32. What is left over behind the last whole segment is not used.
 *
 * All of it is in memory: ten minutes at 48 kHz with 1025 frequencies every 512 frames have 231 MB. For more, take
 * {@link spectrogramColumns}.
 *
 * @throws TypeError, RangeError for wrong arguments, for a source without frames, for one that is shorter than the
 *   `size` that was asked for, and for a result of more than 4 GiB.
 * @throws AudioError as `WavReader.open()` for a path, and when a file cannot be read.
 */
export async function spectrogram(
  source: AnalysisSource,
  options: SpectrogramOptions = {},
): Promise<Spectrogram> {
  checkSpectrogramOptions(options, "spectrogram()");
  await using opened = await openPlanarSource(source, options.sampleRate);
  const kept = new KeptColumns(opened.numberOfChannels);
  const stream = new ColumnStream(options, opened, (column, channel, frequencies) =>
    kept.room(column, channel, frequencies),
  );
  const { frequencies, overlap } = stream.shape;
  kept.expect(Math.floor((opened.length - overlap) / stream.hop), frequencies.length);
  const times: number[] = [];
  for await (const { time } of iterate(opened, stream)) {
    times.push(time);
  }
  return {
    ...stream.shape,
    times: Float64Array.from(times),
    values: kept.values(times.length * frequencies.length),
    invalidSamples: invalidSamples(opened),
  };
}

/**
 * The same as {@link spectrogram}, column by column, in bounded memory.
 *
 * ```ts
 * const columns = await spectrogramColumns("long.wav", { decibels: true });
 * for await (const { time, values } of columns) {
 *   values[0];
 * }
 * ```
 *
 * A file that was opened by its path is closed at the end of the loop, also when it is left early.
 *
 * @throws TypeError, RangeError, AudioError as `spectrogram()`; what only reading can tell, while iterating.
 */
export async function spectrogramColumns(
  source: AnalysisSource,
  options: SpectrogramOptions = {},
): Promise<SpectrogramColumns> {
  checkSpectrogramOptions(options, "spectrogramColumns()");
  const opened = await openPlanarSource(source, options.sampleRate);
  try {
    const stream = new ColumnStream(options, opened);
    const columns = iterate(opened, stream);
    return {
      ...stream.shape,
      get invalidSamples() {
        return invalidSamples(opened);
      },
      [Symbol.asyncIterator]: () => columns,
      [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
    };
  } catch (error) {
    await opened[Symbol.asyncDispose]();
    throw error;
  }
}

async function* iterate(
  opened: PlanarSource,
  stream: ColumnStream,
): AsyncGenerator<SpectrogramColumn, void, undefined> {
  await using source = opened;
  const way = new GiveWay();
  let frames: Frames = 0;
  let made = 0;
  for await (const block of source.blocks()) {
    frames += block.length;
    stream.add(block);
    for (let column = stream.next(false); column !== undefined; column = stream.next(false)) {
      made++;
      yield column;
      if (way.isDue) {
        await way.now();
      }
    }
  }
  const last = stream.next(true);
  if (last !== undefined) {
    yield last;
  } else if (made === 0) {
    throw tooShort(stream.shape.size, frames);
  }
}

/** Memory for all columns, which grows for a source that does not tell how long it is. */
class KeptColumns {
  #values: readonly Float32Array<ArrayBuffer>[];

  constructor(channels: number) {
    this.#values = Array.from({ length: channels }, () => new Float32Array());
  }

  /** Makes room for so many columns at once; for Infinity, none. */
  expect(columns: number, frequencies: number): void {
    if (Number.isFinite(columns)) {
      this.#resize(columns * frequencies);
    }
  }

  /** Where the values of a column are put. */
  room(column: number, channel: number, frequencies: number): Float32Array<ArrayBuffer> {
    const from = column * frequencies;
    const to = from + frequencies;
    if (to > (this.#values[0]?.length ?? 0)) {
      this.#resize(2 * to);
    }
    return (this.#values[channel] ?? new Float32Array()).subarray(from, to);
  }

  /** For each channel the first so many values. */
  values(length: number): readonly Float32Array<ArrayBuffer>[] {
    return this.#values.map((values) =>
      values.length === length ? values : values.slice(0, length),
    );
  }

  #resize(length: number): void {
    const bytes = length * this.#values.length * Float32Array.BYTES_PER_ELEMENT;
    if (bytes > MOST_BYTES) {
      throw new RangeError(
        `Expected a spectrogram of at most ${MOST_BYTES / 2 ** 30} GiB, got ${(bytes / 2 ** 30).toFixed(1)} GiB: choose a smaller \`overlap\`, or take spectrogramColumns()`,
      );
    }
    this.#values = this.#values.map((values) => {
      const larger = new Float32Array(length);
      larger.set(values);
      return larger;
    });
  }
}

function invalidSamples(opened: PlanarSource): number {
  return opened.invalidSamples.reduce((sum, count) => sum + count, 0);
}
