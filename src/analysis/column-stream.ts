import type { Frames, Hertz, Seconds } from "../format.js";
import { checkOptions } from "../options.js";
import { checkMelOptions, MelBands, type MelOptions } from "./mel.js";
import {
  binFrequencies,
  checkSegmentOptions,
  planSegments,
  SEGMENT_OPTIONS,
  type SegmentPlan,
} from "./segment-plan.js";
import { Segments } from "./segments.js";
import type { PlanarBlock, PlanarSource } from "./source.js";
import type { SegmentOptions, SpectrumUnit } from "./spectrum-options.js";

/** Options of `spectrogram()`. Default of `overlap`: three quarters of `size`. */
export interface SpectrogramOptions extends SegmentOptions {
  /** Mel bands: `true` for the defaults. Default: none. */
  readonly mel?: boolean | MelOptions;
}

/** What is the same for all columns of a spectrogram. */
export interface SpectrogramShape {
  readonly sampleRate: Hertz;
  readonly numberOfChannels: number;
  /** Frequency of each bin, or the centre of each mel band. */
  readonly frequencies: Float64Array<ArrayBuffer>;
  readonly unit: SpectrumUnit;
  readonly size: Frames;
  readonly overlap: Frames;
  readonly fftSize: Frames;
}

/** One column of a spectrogram. */
export interface SpectrogramColumn {
  /** Counted from 0. */
  readonly index: number;
  /** The frame at which its segment begins. */
  readonly position: Frames;
  /** The middle of its segment. */
  readonly time: Seconds;
  /** For each channel the value of each frequency. The memory belongs to the receiver. */
  readonly values: readonly Float32Array<ArrayBuffer>[];
}

/** The part of a segment that the one before has too. */
const SHARE = 0.75;

/** Throws TypeError or RangeError for options that are wrong whatever the source. */
export function checkSpectrogramOptions(options: SpectrogramOptions, where: string): void {
  checkOptions(options, [...SEGMENT_OPTIONS, "mel"], where);
  checkSegmentOptions(options);
  const { mel } = options;
  if (mel !== undefined && typeof mel !== "boolean") {
    checkMelOptions(mel);
  }
}

/** Decibels of a natural logarithm, which is computed in half the time of one of base 10. */
const DECIBELS = 10 / Math.LN10;

/** The largest float32: the square of an absurd sample would be Infinity. */
const LARGEST = 2 ** 128 - 2 ** 104;

/** Gives the memory in which the values of a channel of a column are put. */
export type ColumnRoom = (
  column: number,
  channel: number,
  frequencies: number,
) => Float32Array<ArrayBuffer>;

/** Makes columns of blocks, as they come. */
export class ColumnStream {
  readonly shape: SpectrogramShape;
  /** From one column to the next. */
  readonly hop: Frames;
  readonly #plan: SegmentPlan;
  readonly #segments: Segments;
  readonly #mel: MelBands | undefined;
  readonly #bands: Float64Array;
  readonly #room: ColumnRoom;
  /** Columns that are ready, the next one last. */
  #ready: SpectrogramColumn[] = [];
  #made = 0;

  /**
   * Takes checked options. A `length` of Infinity stands for one that is not known. Without `room`, each column has
   * memory of its own.
   *
   * @throws RangeError when they do not fit the source.
   */
  constructor(
    options: SpectrogramOptions,
    source: Pick<PlanarSource, "sampleRate" | "numberOfChannels" | "length">,
    room: ColumnRoom = (_, __, frequencies) => new Float32Array(frequencies),
  ) {
    const { sampleRate, numberOfChannels } = source;
    const plan = planSegments(options, source, SHARE);
    const { size, overlap, fftSize, unit } = plan;
    const bins = binFrequencies(plan, sampleRate);
    const mel = options.mel === true ? {} : (options.mel ?? false);
    this.#mel = mel === false ? undefined : new MelBands(mel, bins, sampleRate);
    const frequencies = this.#mel?.centres ?? bins;
    this.shape = { sampleRate, numberOfChannels, frequencies, unit, size, overlap, fftSize };
    this.hop = size - overlap;
    this.#plan = plan;
    this.#segments = new Segments(plan, numberOfChannels);
    this.#bands = new Float64Array(frequencies.length);
    this.#room = room;
  }

  /** Takes a copy of the frames of a block. */
  add(block: Pick<PlanarBlock, "channels" | "length">): void {
    this.#segments.add(block);
  }

  /**
   * The next column; undefined when frames are missing for it. Columns are made two at a time: `isEnd` says that none
   * follow, so that the last one is not kept back.
   */
  next(isEnd: boolean): SpectrogramColumn | undefined {
    if (this.#ready.length === 0) {
      const { available } = this.#segments;
      if (available >= 2) {
        this.#make(2);
      } else if (available === 1 && isEnd) {
        this.#make(1);
      }
    }
    return this.#ready.pop();
  }

  #make(count: 1 | 2): void {
    const first: Float32Array<ArrayBuffer>[] = [];
    const second: Float32Array<ArrayBuffer>[] = [];
    const { length } = this.shape.frequencies;
    this.#segments.transform(count, (channel, powers) => {
      first.push(this.#store(powers[0], this.#room(this.#made, channel, length)));
      if (count === 2) {
        second.push(this.#store(powers[1], this.#room(this.#made + 1, channel, length)));
      }
    });
    this.#ready = [first, second]
      .slice(0, count)
      .map((values, index) => {
        const position = (this.#made + index) * this.hop;
        const time = (position + this.#plan.size / 2) / this.shape.sampleRate;
        return { index: this.#made + index, position, time, values };
      })
      .reverse();
    this.#made += count;
  }

  #store(powers: Float64Array, room: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
    const { floor } = this.#plan;
    let values = powers;
    if (this.#mel !== undefined) {
      this.#mel.sum(powers, this.#bands);
      values = this.#bands;
    }
    if (floor === undefined) {
      for (let index = 0; index < values.length; index++) {
        room[index] = Math.min(LARGEST, values[index] ?? 0);
      }
    } else {
      for (let index = 0; index < values.length; index++) {
        room[index] = Math.max(floor, DECIBELS * Math.log(values[index] ?? 0));
      }
    }
    return room;
  }
}
