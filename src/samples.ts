import { bytesPerFrame, type Frames, type SampleFormat, samplesOf } from "./format.js";
import { checkNumber } from "./options.js";
import { decode, EACH } from "./samples/decode.js";
import type { Dither } from "./samples/dither.js";
import { clip, encode } from "./samples/encode.js";

/**
 * Conversion between sample formats. Full scale is 1: an integer of n bits is x / 2^(n-1), `uint8` is (x - 128) / 128.
 * That is the scale of libsndfile, ffmpeg and scipy's users. Narrowing rounds to the nearest, ties to even, and clips;
 * widening and converting back gives the same integers. docs/sample-formats.md has the rules.
 *
 * Everything goes piece by piece through float64, which holds each value of each format exactly: so six ways in and six
 * ways out make all pairs, and a sample is rounded once. The pieces are small enough for the processor's nearest cache.
 */

/** The value behind full scale. */
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

/** Samples in a piece. */
const PIECE = 2048;
const SCRATCH: Float64Array = new Float64Array(PIECE);

/** In a choice of channels: none of the source's, but silence. */
export const SILENT_CHANNEL = -1;

/** Interleaved bytes to take samples out of. */
export interface InterleavedSource {
  readonly bytes: Uint8Array;
  readonly format: SampleFormat;
  readonly channels: number;
}

export interface ConvertOptions {
  /** Added where bits are lost: to an integer format that carries fewer than the source. Default: none. */
  readonly dither?: Dither | undefined;
}

/**
 * Writes one channel of the first `frames` frames to `target`, from its index `at` on, with full scale 1.
 * `int32` is rounded to the nearest float; all other formats are exact.
 *
 * @throws RangeError for a channel or frames that are not there.
 */
export function readChannel(
  source: InterleavedSource,
  channel: number,
  frames: Frames,
  target: Float32Array,
  at: Frames = 0,
): void {
  const { bytes, format, channels } = source;
  checkNumber(channel, "channel", { min: 0, max: channels - 1, integer: true });
  checkNumber(at, "at", { min: 0, max: target.length, integer: true });
  checkFrames(frames, Math.min(framesIn(bytes, format, channels), target.length - at));
  const from = { first: channel, step: channels };
  const frameBytes = bytesPerFrame(format, channels);
  for (let done = 0; done < frames; done += PIECE) {
    const count = Math.min(PIECE, frames - done);
    const piece = bytes.subarray(done * frameBytes, (done + count) * frameBytes);
    const to = { first: at + done, step: 1 };
    decode(samplesOf(piece, format), format, from, 1 / FULL_SCALE[format], target, to, count);
  }
}

/**
 * Copies the first `frames` frames into another format, taking the channels of `picked` in that order
 * (`undefined`: all of them). A channel may be picked more than once; -1 is a channel of silence.
 * Source and target must not share memory.
 *
 * In the source's own format nothing is changed, clipped or dithered.
 *
 * @returns how many samples were clipped: those that before rounding were above the target's greatest value or below
 * its least, and NaN, which becomes 0. A float of 1.0 is one of them: `int16` ends at 1 - 2^-15.
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
  const { bytes, channels } = source;
  const width = picked?.length ?? channels;
  for (const channel of picked ?? []) {
    checkNumber(channel, "picked", { min: SILENT_CHANNEL, max: channels - 1, integer: true });
  }
  checkFrames(
    frames,
    Math.min(framesIn(bytes, source.format, channels), framesIn(target, targetFormat, width)),
  );
  const same = source.format === targetFormat;
  const frameBytes = bytesPerFrame(source.format, channels);
  if (same && picked === undefined) {
    target.set(bytes.subarray(0, frames * frameBytes));
    return 0;
  }
  // As integers even a NaN keeps all its bits.
  const from = same ? bitsFormat(source.format) : source.format;
  const to = same ? from : targetFormat;
  const steps = stepsBetween(from, to, options);
  return inPieces(frames, width, target, to, (values, done, count) => {
    const piece = bytes.subarray(done * frameBytes, (done + count) * frameBytes);
    const samples = samplesOf(piece, from);
    if (picked === undefined) {
      decode(samples, from, EACH, steps.scale, values, EACH, count * channels);
      return limit(values, count * width, to, steps);
    }
    picked.forEach((channel, first) => {
      if (channel !== SILENT_CHANNEL) {
        const stride = { first: channel, step: channels };
        decode(samples, from, stride, steps.scale, values, { first, step: width }, count);
      }
    });
    // Once so that nothing of another piece is clipped there, and once to take the dither away.
    silence(values, picked, count);
    const clipped = limit(values, count * width, to, steps);
    silence(values, picked, count);
    return clipped;
  });
}

/**
 * Makes interleaved samples of planar ones: `frames` frames of each channel, from its index `at` on. Conversion, errors
 * and the result are those of {@link convertFrames} from `float32`.
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
  const steps = stepsBetween("float32", targetFormat, options);
  return inPieces(frames, width, target, targetFormat, (values, done, count) => {
    const from = { first: at + done, step: 1 };
    channels.forEach((channel, first) => {
      decode(channel, "float32", from, steps.scale, values, { first, step: width }, count);
    });
    return limit(values, count * width, targetFormat, steps);
  });
}

/**
 * Takes interleaved samples apart: the first `frames` frames of channel 0 go to `targets[0]`, from its index `at` on,
 * and so on, as {@link readChannel} does it. There may be fewer targets than channels.
 *
 * @throws RangeError for channels or frames that are not there.
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

/** How values come to steps of the target format. */
interface Steps {
  readonly scale: number;
  readonly clips: boolean;
  readonly dither: Dither | undefined;
}

function stepsBetween(from: SampleFormat, to: SampleFormat, options: ConvertOptions): Steps {
  const integer = to !== "float32";
  const narrows = integer && DEPTH[to] < DEPTH[from];
  return {
    scale: FULL_SCALE[to] / FULL_SCALE[from],
    clips: narrows || (integer && from === "float32"),
    dither: narrows ? options.dither : undefined,
  };
}

/** Clips, and adds the dither: the clipped are counted without it, so that it does not change their number. */
function limit(values: Float64Array, count: number, to: SampleFormat, steps: Steps): number {
  const least = -FULL_SCALE[to];
  const most = FULL_SCALE[to] - 1;
  const clipped = steps.clips ? clip(values, count, least, most) : 0;
  if (steps.dither !== undefined) {
    steps.dither.addTo(values, count);
    clip(values, count, least, most);
  }
  return clipped;
}

/** Has `fill` make the values of each piece, which begins at frame `done`, and stores them. Adds up what it returns. */
function inPieces(
  frames: Frames,
  width: number,
  target: Uint8Array,
  format: SampleFormat,
  fill: (values: Float64Array, done: Frames, count: Frames) => number,
): number {
  if (width === 0) {
    return 0;
  }
  const values = width <= PIECE ? SCRATCH : new Float64Array(width);
  const pieceFrames = Math.floor(values.length / width);
  const frameBytes = bytesPerFrame(format, width);
  let sum = 0;
  for (let done = 0; done < frames; done += pieceFrames) {
    const count = Math.min(pieceFrames, frames - done);
    sum += fill(values, done, count);
    const piece = target.subarray(done * frameBytes, (done + count) * frameBytes);
    encode(values, count * width, piece, format);
  }
  return sum;
}

function silence(values: Float64Array, picked: readonly number[], frames: Frames): void {
  picked.forEach((channel, first) => {
    if (channel === SILENT_CHANNEL) {
      for (let index = first; index < frames * picked.length; index += picked.length) {
        values[index] = 0;
      }
    }
  });
}

/** An integer format of the same bytes. */
function bitsFormat(format: SampleFormat): SampleFormat {
  return format === "float32" ? "int32" : format;
}

/** Frames of no channels take no room. */
function framesIn(bytes: Uint8Array, format: SampleFormat, channels: number): Frames {
  return channels === 0 ? Infinity : Math.floor(bytes.byteLength / bytesPerFrame(format, channels));
}

function checkFrames(frames: Frames, most: Frames): void {
  checkNumber(frames, "frames", { min: 0, max: most, integer: true });
}
