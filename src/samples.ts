import {
  bytesPerFrame,
  bytesPerSample,
  type Frames,
  type SampleArray,
  type SampleFormat,
  samplesOf,
} from "./format.js";
import { checkNumber } from "./options.js";
import type { Dither } from "./samples/dither.js";
import { pickChannels, SILENT_CHANNEL } from "./samples/pick.js";
import {
  addDither,
  fill,
  limit,
  load,
  PIECE,
  type Steps,
  storeFloats,
  storeIntegers,
} from "./samples/piece.js";

/**
 * Conversion between sample formats. Full scale is 1: an integer of n bits is x / 2^(n-1), `uint8` is (x - 128) / 128.
 * That is the scale of libsndfile, ffmpeg and scipy's users. Narrowing rounds to the nearest, ties to even, and clips;
 * widening and converting back gives the same integers. docs/sample-formats.md has the rules.
 *
 * Everything goes piece by piece through float64, which holds each value of each format exactly: so a way in and a way
 * out for each format make all pairs, and a sample is rounded once.
 */

/** What stands for full scale. */
const FULL_SCALE: Readonly<Record<SampleFormat, number>> = {
  int8: 2 ** 7,
  uint8: 2 ** 7,
  int16: 2 ** 15,
  int24: 2 ** 23,
  int32: 2 ** 31,
  float32: 1,
};

/** Bits that a sample can carry. `float32` has 24 near full scale and more below: more than int24, fewer than int32. */
const DEPTH: Readonly<Record<SampleFormat, number>> = {
  int8: 8,
  uint8: 8,
  int16: 16,
  int24: 24,
  int32: 32,
  float32: 25,
};

/** Interleaved bytes to take samples out of. */
export interface InterleavedSource {
  readonly bytes: Uint8Array;
  readonly format: SampleFormat;
  readonly channels: number;
}

/** How samples are converted. */
export interface ConvertOptions {
  /**
   * Added where bits are lost: when the target is an integer format that carries fewer than the source. Default: none.
   * Channels of silence stay without.
   */
  readonly dither?: Dither | undefined;
}

/**
 * Copies the first `frames` frames into another format, taking the channels of `picked` in that order
 * (`undefined`: all of them). A channel may be picked more than once; -1 is a channel of silence.
 * Source and target must not share bytes. Memory that is not aligned for its format is copied once.
 *
 * In the source's own format nothing is changed, clipped or dithered.
 *
 * @returns how many samples were clipped: those that before rounding and dither were above the target's greatest value
 * or below its least, and NaN, which becomes 0. A float of 1.0 is one of them: `int16` ends at 1 - 2^-15.
 * @throws RangeError for channels that are not there, and for more frames than there are or fit.
 */
export function convertFrames(
  source: InterleavedSource,
  picked: readonly number[] | undefined,
  frames: Frames,
  target: Uint8Array,
  targetFormat: SampleFormat,
  options: ConvertOptions = {},
): number {
  const { format, channels } = source;
  const width = picked?.length ?? channels;
  for (const channel of picked ?? []) {
    checkNumber(channel, "picked", { min: SILENT_CHANNEL, max: channels - 1, integer: true });
  }
  const available = framesIn(source.bytes, format, channels);
  checkFrames(frames, Math.min(available, framesIn(target, targetFormat, width)));
  const bytes = firstBytes(source.bytes, frames * bytesPerFrame(format, channels));
  if (format === targetFormat && picked === undefined) {
    target.set(bytes);
    return 0;
  }
  if (format === targetFormat && picked !== undefined) {
    // As integers even the bits of a NaN stay as they are.
    const same = format === "float32" ? "int32" : format;
    return storing(target, frames * width, same, (stored) => {
      pickChannels(samplesOf(bytes, same), same, channels, picked, frames, stored);
      return 0;
    });
  }
  const samples = samplesOf(bytes, format);
  const plan: Plan =
    picked === undefined
      ? { from: format, columns: [{ samples, first: 0 }], step: 1 }
      : { from: format, columns: picked.map((first) => columnOf(samples, first)), step: channels };
  return convert(plan, frames * width, target, targetFormat, options);
}

/**
 * Writes one channel of the first `frames` frames to `target`, from its index `at` on, with full scale 1.
 * `int32` is rounded to the nearest float; all other formats are exact.
 *
 * @throws RangeError for a channel or frames that are not there or do not fit.
 */
export function readChannel(
  source: InterleavedSource,
  channel: number,
  frames: Frames,
  target: Float32Array,
  at: Frames = 0,
): void {
  checkNumber(channel, "channel", { min: 0, max: source.channels - 1, integer: true });
  checkNumber(at, "at", { min: 0, max: target.length, integer: true });
  convertFrames(source, [channel], frames, bytesOf(target.subarray(at)), "float32");
}

/**
 * Makes interleaved samples of planar ones: `frames` frames of each channel, from its index `at` on. Options, result and
 * rules are those of {@link convertFrames} from `float32`.
 *
 * @throws RangeError for more frames than there are or fit.
 */
export function interleaveFrames(
  channels: readonly Float32Array[],
  at: Frames,
  frames: Frames,
  target: Uint8Array,
  targetFormat: SampleFormat,
  options: ConvertOptions = {},
): number {
  const width = channels.length;
  const shortest = channels.reduce((least, { length }) => Math.min(least, length), Infinity);
  checkNumber(at, "at", { min: 0, max: shortest, integer: true });
  checkFrames(frames, Math.min(shortest - at, framesIn(target, targetFormat, width)));
  const columns = channels.map((samples) => ({ samples, first: at }));
  const plan: Plan = { from: "float32", columns, step: 1 };
  return convert(plan, frames * width, target, targetFormat, options);
}

/**
 * Takes interleaved samples apart: the first `frames` frames of channel 0 go to `targets[0]`, from its index `at` on,
 * and so on, as {@link readChannel} does it. There may be fewer targets than channels.
 *
 * @throws RangeError for channels or frames that are not there or do not fit.
 */
export function deinterleaveFrames(
  source: InterleavedSource,
  frames: Frames,
  targets: readonly Float32Array[],
  at: Frames = 0,
): void {
  targets.forEach((target, channel) => {
    readChannel(source, channel, frames, target, at);
  });
}

/** The samples of one channel, and the index of that in frame 0. */
interface Column {
  readonly samples: SampleArray;
  readonly first: number;
}

/** Where the samples come from that make a frame of the target. */
interface Plan {
  readonly from: SampleFormat;
  /** One for each channel of the target; `undefined` is silence. */
  readonly columns: readonly (Column | undefined)[];
  /** From a sample of a column to that of the next frame. */
  readonly step: number;
}

function columnOf(samples: SampleArray, channel: number): Column | undefined {
  return channel === SILENT_CHANNEL ? undefined : { samples, first: channel };
}

/** Converts so many samples of the target; returns how many were clipped. */
function convert(
  plan: Plan,
  total: number,
  target: Uint8Array,
  to: SampleFormat,
  options: ConvertOptions,
): number {
  const steps = stepsBetween(plan.from, to);
  const dither = DEPTH[to] < DEPTH[plan.from] ? options.dither : undefined;
  return storing(target, total, to, (stored) => {
    let clipped = 0;
    for (let done = 0; done < total; done += PIECE) {
      const count = Math.min(PIECE, total - done);
      loadColumns(plan, done, count);
      silence(plan, steps.zero, done, count);
      if (to === "float32") {
        storeFloats(stored, done, count, steps);
      } else {
        clipped += limit(count, steps);
        if (dither !== undefined) {
          addDither(dither, count, steps);
          silence(plan, 0, done, count);
        }
        storeIntegers(stored, to, done, count);
      }
    }
    return clipped;
  });
}

/** Loads the piece that begins at sample `done` of the target, which may be within a frame. */
function loadColumns({ from, columns, step }: Plan, done: number, count: number): void {
  const width = columns.length;
  columns.forEach((column, index) => {
    if (column !== undefined) {
      const frame = Math.ceil((done - index) / width);
      const first = column.first + frame * step;
      load(column.samples, from, first, step, frame * width + index - done, width, count);
    }
  });
}

/** Puts `zero` into the silent channels of that piece. */
function silence({ columns }: Plan, zero: number, done: number, count: number): void {
  const width = columns.length;
  columns.forEach((column, index) => {
    if (column === undefined) {
      fill(zero, Math.ceil((done - index) / width) * width + index - done, width, count);
    }
  });
}

function stepsBetween(from: SampleFormat, to: SampleFormat): Steps {
  return {
    zero: from === "uint8" ? 128 : 0,
    scale: FULL_SCALE[to] / FULL_SCALE[from],
    least: -FULL_SCALE[to],
    most: FULL_SCALE[to] - 1,
  };
}

/** Has `write` store so many samples in the target's memory, or in a copy where that is not aligned. */
function storing(
  target: Uint8Array,
  count: number,
  format: SampleFormat,
  write: (stored: SampleArray) => number,
): number {
  const bytes = firstBytes(target, count * bytesPerSample(format));
  const stored = samplesOf(bytes, format);
  const result = write(stored);
  if (stored.buffer !== bytes.buffer) {
    bytes.set(bytesOf(stored));
  }
  return result;
}

/** Never a `Buffer`, whose `slice` makes no copy. */
function firstBytes(bytes: Uint8Array, length: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, length);
}

function bytesOf(samples: SampleArray): Uint8Array {
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}

/** Frames of no channels take no room. */
function framesIn(bytes: Uint8Array, format: SampleFormat, channels: number): Frames {
  return channels === 0 ? Infinity : Math.floor(bytes.byteLength / bytesPerFrame(format, channels));
}

function checkFrames(frames: Frames, most: Frames): void {
  checkNumber(frames, "frames", { min: 0, max: most, integer: true });
}
