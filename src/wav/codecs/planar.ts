import { bytesPerSample, type Frames, type SampleArray, samplesOf } from "../../format.js";
import type { WavFormat } from "../header.js";
import { type Kernels, makeKernels } from "./kernels.js";

/** One array for the samples of each channel, with full scale 1. */
export type PlanarTargets = readonly Float32Array[] | readonly Float64Array[];

const SCALE: Readonly<Record<Exclude<WavFormat, "int24">, number>> = {
  uint8: 2 ** -7,
  int16: 2 ** -15,
  int32: 2 ** -31,
  float32: 1,
  float64: 1,
};

/**
 * Takes interleaved little-endian frames apart: the samples of channel 0 go to `targets[0]`, from
 * its index `at` on, and so on. Full scale is 1, as everywhere in roomtone: an integer of n bits is
 * divided by 2^(n-1). In 64-bit floats every sample is exact, in 32-bit ones all but those of int32
 * and float64, which are rounded to the nearest.
 */
export function takeApart(
  bytes: Uint8Array,
  format: WavFormat,
  targets: PlanarTargets,
  at: Frames,
): void {
  if (format !== "float64" && areSingle(targets) && targets.length <= PIECE) {
    workbench ??= makeWorkbench();
    if (workbench !== "none") {
      takeApartFast(workbench, bytes, format, targets, at);
      return;
    }
  }
  takeApartPlainly(bytes, format, targets, at);
}

function areSingle(targets: PlanarTargets): targets is readonly Float32Array[] {
  return targets[0] instanceof Float32Array;
}

/** The most samples that are worked on at once, so that they stay in the processor's cache. */
const PIECE = 8192;
/**
 * Between the parts of the memory. The kernels go by fours, and so may read and write a little more.
 * The rest keeps the parts far from where the system's memory begins within a page: AMD's processors
 * take three to twenty times as long to copy to a place that is a few bytes behind the source, as far
 * as the lowest twelve bits of both addresses tell.
 */
const GAP = 768;
const PART = 4 * PIECE + GAP;
const RAW = GAP;
const FLOATS = RAW + PART;
const LEFT = FLOATS + PART;
const RIGHT = LEFT + PART;
const PAGES = Math.ceil((RIGHT + PART) / 65_536);

/** The kernels and what lies in their memory. */
interface Workbench {
  readonly kernels: Kernels;
  /** Samples as they are in the file. */
  readonly raw: Uint8Array;
  /** The same as floats with full scale 1, interleaved; and their bytes. */
  readonly floats: Float32Array;
  readonly floatBytes: Uint8Array;
  /** Those of one channel; and of the second one, where there are two. */
  readonly left: Float32Array;
  readonly right: Float32Array;
}

/** Made at the first use; `none` where there can be none. */
let workbench: Workbench | "none" | undefined;

function makeWorkbench(): Workbench | "none" {
  const kernels = makeKernels(PAGES);
  if (kernels === undefined) {
    return "none";
  }
  const { buffer } = kernels.memory;
  return {
    kernels,
    raw: new Uint8Array(buffer, RAW, 4 * PIECE),
    floats: new Float32Array(buffer, FLOATS, PIECE),
    floatBytes: new Uint8Array(buffer, FLOATS, 4 * PIECE),
    left: new Float32Array(buffer, LEFT, PIECE),
    right: new Float32Array(buffer, RIGHT, PIECE),
  };
}

function takeApartFast(
  { kernels, raw, floats, floatBytes, left, right }: Workbench,
  bytes: Uint8Array,
  format: Exclude<WavFormat, "float64">,
  targets: readonly Float32Array[],
  at: Frames,
): void {
  const channels = targets.length;
  const frameBytes = bytesPerSample(format) * channels;
  const frames = Math.floor(bytes.byteLength / frameBytes);
  const pieceFrames = Math.floor(PIECE / channels);
  const [first, second] = targets;
  for (let done = 0; done < frames; done += pieceFrames) {
    const count = Math.min(pieceFrames, frames - done);
    const part = bytes.subarray(done * frameBytes, (done + count) * frameBytes);
    if (format === "float32") {
      floatBytes.set(part);
    } else {
      raw.set(part);
      kernels[format](RAW, RAW + part.byteLength, FLOATS, 0);
    }
    if (channels === 1) {
      first?.set(floats.subarray(0, count), at + done);
      continue;
    }
    const end = FLOATS + count * channels * 4;
    if (channels === 2) {
      kernels.halves(FLOATS, end, LEFT, RIGHT);
      first?.set(left.subarray(0, count), at + done);
      second?.set(right.subarray(0, count), at + done);
      continue;
    }
    for (const [channel, target] of targets.entries()) {
      kernels.column(FLOATS + 4 * channel, end, LEFT, 4 * channels);
      target.set(left.subarray(0, count), at + done);
    }
  }
}

/** The same, one sample after the other, for all formats and both kinds of floats. */
export function takeApartPlainly(
  bytes: Uint8Array,
  format: WavFormat,
  targets: PlanarTargets,
  at: Frames,
): void {
  const channels = targets.length;
  if (format === "int24") {
    for (const [channel, target] of targets.entries()) {
      let to = at;
      for (let from = channel * 3; from + 2 < bytes.length; from += channels * 3) {
        target[to] = int24At(bytes, from) * 2 ** -23;
        to += 1;
      }
    }
    return;
  }
  const samples = format === "float64" ? float64Of(bytes) : samplesOf(bytes, format);
  for (const [channel, target] of targets.entries()) {
    takeChannel(samples, channel, channels, SCALE[format], format === "uint8" ? 1 : 0, target, at);
  }
}

/** A function of its own, and short: it is where the time goes. */
function takeChannel(
  samples: SampleArray | Float64Array,
  first: number,
  step: number,
  scale: number,
  zero: number,
  target: Float32Array | Float64Array,
  at: number,
): void {
  let to = at;
  for (let from = first; from < samples.length; from += step) {
    // The scale is a power of two and the rest is exact: this rounds once, when it is stored.
    target[to] = (samples[from] ?? 0) * scale - zero;
    to += 1;
  }
}

/**
 * Interleaved integers with their lowest `dropped` bits cut off, from index `at` of the target on.
 * Those of `uint8` have 0 for silence too.
 */
export function takeIntegers(
  bytes: Uint8Array,
  format: WavFormat,
  dropped: number,
  target: Int32Array,
  at: number,
): void {
  if (format === "int24") {
    for (let from = 0, to = at; from + 2 < bytes.length; from += 3, to++) {
      target[to] = int24At(bytes, from) >> dropped;
    }
    return;
  }
  const zero = format === "uint8" ? 128 : 0;
  const samples = format === "float64" ? float64Of(bytes) : samplesOf(bytes, format);
  for (let index = 0; index < samples.length; index++) {
    target[at + index] = ((samples[index] ?? 0) - zero) >> dropped;
  }
}

function int24At(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | (((bytes[at + 2] ?? 0) << 24) >> 8);
}

function float64Of(bytes: Uint8Array): Float64Array {
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);
  return new Float64Array(aligned.buffer, aligned.byteOffset, Math.floor(aligned.byteLength / 8));
}
