import { type SampleArray, type SampleFormat, samplesOf } from "../format.js";

/**
 * Adding this and taking it away again rounds to the nearest integer, ties to the even one, for any value below 2^51:
 * where float64 has no bits for fractions, the processor rounds the sum. Faster than `Math.round`, whose ties all go up.
 */
const ROUND = 1.5 * 2 ** 52;

/**
 * Puts values beyond `least` or `most` to the nearer of the two and NaN to 0, and returns how many there were.
 * `most` is at most `-least`.
 */
export function clip(values: Float64Array, count: number, least: number, most: number): number {
  let clipped = 0;
  for (let index = 0; index < count; index++) {
    const value = values[index] ?? 0;
    // One comparison lets nearly all values pass, and never NaN.
    if (!(Math.abs(value) <= most)) {
      const inside = value > most ? most : value < least ? least : Number.isNaN(value) ? 0 : value;
      if (inside !== value) {
        values[index] = inside;
        clipped += 1;
      }
    }
  }
  return clipped;
}

/**
 * Stores values as samples: in steps of an integer format, within its range, rounded to the nearest, ties to even;
 * in `float32` as the nearest float. `target` has room for just these.
 */
export function encode(
  values: Float64Array,
  count: number,
  target: Uint8Array,
  format: SampleFormat,
): void {
  const samples = samplesOf(target, format);
  switch (format) {
    case "float32":
      encodeFloats(values, count, samples);
      break;
    case "int24":
      encodePacked(values, count, samples);
      break;
    default:
      encodeIntegers(values, count, samples, format === "uint8" ? 128 : 0);
  }
  if (samples.buffer !== target.buffer) {
    // The target is not aligned, so this was a copy.
    target.set(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
  }
}

function encodeFloats(values: Float64Array, count: number, samples: SampleArray): void {
  for (let index = 0; index < count; index++) {
    samples[index] = values[index] ?? 0;
  }
}

function encodeIntegers(
  values: Float64Array,
  count: number,
  samples: SampleArray,
  zero: number,
): void {
  const back = ROUND - zero;
  for (let index = 0; index < count; index++) {
    samples[index] = (values[index] ?? 0) + ROUND - back;
  }
}

function encodePacked(values: Float64Array, count: number, bytes: SampleArray): void {
  for (let index = 0, at = 0; index < count; index++, at += 3) {
    const whole = (values[index] ?? 0) + ROUND - ROUND;
    bytes[at] = whole;
    bytes[at + 1] = whole >> 8;
    bytes[at + 2] = whole >> 16;
  }
}
