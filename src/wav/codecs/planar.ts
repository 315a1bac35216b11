import { type SampleArray, samplesOf } from "../../format.js";
import type { WavFormat } from "../header.js";

/** Samples of one channel, with full scale 1. */
export type PlanarArray = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

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
  targets: readonly PlanarArray[],
  at: number,
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
  target: PlanarArray,
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
