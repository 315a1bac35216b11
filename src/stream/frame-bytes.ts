import type { SampleFormat } from "../format.js";
import { describe } from "../options.js";

/**
 * Whole interleaved frames, at least one, in a typed array of their format (or bytes), as bytes over the same memory.
 * Throws TypeError for another kind of array, RangeError for another length.
 */
export function frameBytesOf(
  array: unknown,
  name: string,
  format: SampleFormat,
  frameBytes: number,
): Uint8Array {
  const fits = array instanceof Uint8Array || array instanceof ARRAYS[format];
  if (!fits) {
    throw new TypeError(
      `Expected \`${name}\` to be a ${ARRAYS[format].name} or Uint8Array for ${format}, got ${describe(array)}`,
    );
  }
  if (array.byteLength === 0 || array.byteLength % frameBytes !== 0) {
    throw new RangeError(
      `Expected \`${name}\` to hold whole frames of ${frameBytes} bytes, at least one, got ${array.byteLength} bytes`,
    );
  }
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

const ARRAYS: Readonly<
  Record<SampleFormat, { new (length: number): ArrayBufferView; readonly name: string }>
> = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  int24: Uint8Array,
  int32: Int32Array,
  float32: Float32Array,
};
