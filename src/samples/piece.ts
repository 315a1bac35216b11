import type { SampleArray, SampleFormat } from "../format.js";
import type { Dither } from "./dither.js";

/**
 * A piece of sound on its way from one format to another: loaded; limited and dithered for integers; stored. There is one in each
 * thread, and what is loaded is good until the next call of a converting function.
 *
 * Two things make it fast: the engine reads and writes arrays without a detour when they are constants of the module, and
 * `TypedArray.set` changes the type of numbers many times faster than a loop. The whole fits the processor's nearest cache.
 */

/** The most samples of a piece. */
export const PIECE = 2048;

const VALUES: Float64Array = new Float64Array(PIECE);
const WHOLE: Int32Array = new Int32Array(PIECE);
const FLOATS: Float32Array = new Float32Array(PIECE);
const PACKED: Uint8Array = new Uint8Array(PIECE * 3);

/**
 * Adding this and taking it away again rounds to the nearest integer, ties to the even one, for values below 2^51:
 * where float64 has no bits for fractions, the processor rounds the sum.
 */
const ROUND = 1.5 * 2 ** 52;

/** How stored numbers become steps of the target format, of which `float32` has one to full scale. */
export interface Steps {
  /** What the source stores for 0. */
  readonly zero: number;
  readonly scale: number;
  readonly least: number;
  /** Not more than `-least`. Unused for `float32`, which is not limited. */
  readonly most: number;
}

/**
 * Loads every `step`-th sample from index `first` on, as it is stored, to the places `at`, `at + atStep` and so on of a
 * piece of `count` samples.
 */
export function load(
  samples: SampleArray,
  format: SampleFormat,
  first: number,
  step: number,
  at: number,
  atStep: number,
  count: number,
): void {
  if (format === "int24") {
    loadPacked(samples, first, step, at, atStep, count);
  } else if (step === 1 && atStep === 1) {
    VALUES.set(samples.subarray(first, first + count - at), at);
  } else {
    for (let place = at, index = first; place < count; place += atStep) {
      VALUES[place] = samples[index] ?? 0;
      index += step;
    }
  }
}

/** Three bytes a sample, the lowest first; the sign is in the third. */
function loadPacked(
  bytes: SampleArray,
  first: number,
  step: number,
  at: number,
  atStep: number,
  count: number,
): void {
  for (let place = at, index = first * 3; place < count; place += atStep) {
    const low = (bytes[index] ?? 0) | ((bytes[index + 1] ?? 0) << 8);
    VALUES[place] = low | (((bytes[index + 2] ?? 0) << 24) >> 8);
    index += step * 3;
  }
}

/** Puts one value in the places `at`, `at + atStep` and so on of a piece of `count` samples. */
export function fill(value: number, at: number, atStep: number, count: number): void {
  for (let place = at; place < count; place += atStep) {
    VALUES[place] = value;
  }
}

/**
 * Turns what was loaded into steps of an integer format, with NaN as 0. Returns how many were out of range, NaN among
 * them.
 */
export function limit(count: number, steps: Steps): number {
  const { zero, scale, least, most } = steps;
  let clipped = 0;
  for (let place = 0; place < count; place++) {
    const value = ((VALUES[place] ?? 0) - zero) * scale;
    if (Math.abs(value) <= most) {
      // Nearly all, and never NaN.
      VALUES[place] = value;
    } else {
      const inside = value > most ? most : value < least ? least : Number.isNaN(value) ? 0 : value;
      VALUES[place] = inside;
      clipped += inside === value ? 0 : 1;
    }
  }
  return clipped;
}

/** Adds dither to values that were limited; what that takes out of range comes back to its end. */
export function addDither(dither: Dither, count: number, steps: Steps): void {
  dither.addTo(VALUES, count, steps.least, steps.most);
}

/** Stores limited values from index `at` on, in an integer format: rounded to the nearest, ties to even. */
export function storeIntegers(
  samples: SampleArray,
  format: SampleFormat,
  at: number,
  count: number,
): void {
  if (format === "int24") {
    for (let place = 0, byte = 0; place < count; place++, byte += 3) {
      const whole = (VALUES[place] ?? 0) + ROUND - ROUND;
      PACKED[byte] = whole;
      PACKED[byte + 1] = whole >> 8;
      PACKED[byte + 2] = whole >> 16;
    }
    samples.set(PACKED.subarray(0, count * 3), at * 3);
  } else {
    const zero = format === "uint8" ? 128 : 0;
    for (let place = 0; place < count; place++) {
      WHOLE[place] = (VALUES[place] ?? 0) + ROUND - ROUND + zero;
    }
    samples.set(WHOLE.subarray(0, count), at);
  }
}

/** Stores what was loaded from index `at` on, as the nearest floats. */
export function storeFloats(samples: SampleArray, at: number, count: number, steps: Steps): void {
  const { zero, scale } = steps;
  for (let place = 0; place < count; place++) {
    FLOATS[place] = ((VALUES[place] ?? 0) - zero) * scale;
  }
  samples.set(FLOATS.subarray(0, count), at);
}
