import type { SampleFormat } from "../format.js";
import type { WavEncoding } from "../wav/encoding.js";

/**
 * Floats have no greatest value: most of them have been 16-bit integers, which clip here. The least value is one step
 * further out for all integers, so that it is at full scale too.
 */
const FLOAT_FULL_SCALE = 1 - 2 ** -15;

/** The greatest float32 that an integer of so many bits becomes. */
export function fullScaleOfBits(bits: number): number {
  return Math.fround(1 - 2 ** (1 - Math.max(2, bits)));
}

/** The amplitude from which on a sample of that format is at full scale. */
export function fullScaleOf(format: SampleFormat): number {
  switch (format) {
    case "int8":
    case "uint8":
      return fullScaleOfBits(8);
    case "int16":
      return fullScaleOfBits(16);
    case "int24":
      return fullScaleOfBits(24);
    case "int32":
      return fullScaleOfBits(32);
    default:
      return FLOAT_FULL_SCALE;
  }
}

/** The same for the samples of a WAV file. */
export function fullScaleOfFile({ codec, validBits }: WavEncoding): number {
  switch (codec) {
    case "pcm":
      return fullScaleOfBits(validBits);
    case "float":
      return FLOAT_FULL_SCALE;
    case "alaw":
      return 32_256 / 32_768;
    case "mulaw":
      return 32_124 / 32_768;
    default:
      return fullScaleOfBits(16);
  }
}
