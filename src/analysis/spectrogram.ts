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
  const stream = new ColumnStream(options, opened);
  const kept = new KeptColumns(stream, opened.length);
  for await (const column of iterate(opened, stream)) {
    kept.add(column);
  }
  return {
    ...stream.shape,
    times: kept.times(),
    values: kept.values(),
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

/** Columns in memory, for a source that may not tell how long it is. */
class KeptColumns {
  readonly #stream: ColumnStream;
  readonly #frequencies: number;
  #values: Float32Array<ArrayBuffer>[];
  #columns = 0;

  constructor(stream: ColumnStream, length: Frames) {
    this.#stream = stream;
    this.#frequencies = stream.shape.frequencies.length;
    const { overlap, numberOfChannels } = stream.shape;
    const columns = Number.isFinite(length) ? Math.floor((length - overlap) / stream.hop) : 0;
    this.#checkBytes(columns);
    this.#values = Array.from(
      { length: numberOfChannels },
      () => new Float32Array(columns * this.#frequencies),
    );
  }

  add(column: SpectrogramColumn): void {
    const at = this.#columns * this.#frequencies;
    if (at + this.#frequencies > (this.#values[0]?.length ?? 0)) {
      this.#grow();
    }
    for (const [channel, values] of column.values.entries()) {
      this.#values[channel]?.set(values, at);
    }
    this.#columns++;
  }

  times(): Float64Array<ArrayBuffer> {
    const { sampleRate, size } = this.#stream.shape;
    return Float64Array.from(
      { length: this.#columns },
      (_, column) => (column * this.#stream.hop + size / 2) / sampleRate,
    );
  }

  values(): readonly Float32Array<ArrayBuffer>[] {
    const length = this.#columns * this.#frequencies;
    return this.#values.map((values) =>
      values.length === length ? values : values.slice(0, length),
    );
  }

  #grow(): void {
    const columns = Math.max(64, 2 * this.#columns);
    this.#checkBytes(columns);
    this.#values = this.#values.map((values) => {
      const larger = new Float32Array(columns * this.#frequencies);
      larger.set(values);
      return larger;
    });
  }

  #checkBytes(columns: number): void {
    const bytes = columns * this.#frequencies * this.#stream.shape.numberOfChannels * 4;
    if (bytes > MOST_BYTES) {
      throw new RangeError(
        `Expected a spectrogram of at most ${MOST_BYTES / 2 ** 30} GiB, got ${(bytes / 2 ** 30).toFixed(1)} GiB: choose a greater hop (a smaller \`overlap\`), or take spectrogramColumns()`,
      );
    }
  }
}

function invalidSamples(opened: PlanarSource): number {
  return opened.invalidSamples.reduce((sum, count) => sum + count, 0);
}
