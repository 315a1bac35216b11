import type { SampleFormat } from "../format.js";
import type { WavEncoding } from "../wav/encoding.js";

/**
 * Floats have no greatest value: most of them have been 16-bit integers, which clip here. The least value is one step
 * further out for all integers, so that it is at full scale too.
 */
const FLOAT_FULL_SCALE = 1 - 2 ** -15;

/** The greatest float32 that an integer of so many bits becomes. */
function greatestOf(bits: number): number {
  return Math.fround(1 - 2 ** (1 - Math.max(2, bits)));
}

/** The amplitude from which on a sample of that format is at full scale. */
export function fullScaleOf(format: SampleFormat): number {
  switch (format) {
    case "int8":
    case "uint8":
      return greatestOf(8);
    case "int16":
      return greatestOf(16);
    case "int24":
      return greatestOf(24);
    case "int32":
      return greatestOf(32);
    default:
      return FLOAT_FULL_SCALE;
  }
}

/** The same for the samples of a WAV file. */
export function fullScaleOfFile({ codec, validBits }: WavEncoding): number {
  switch (codec) {
    case "pcm":
      return greatestOf(validBits);
    case "float":
      return FLOAT_FULL_SCALE;
    case "alaw":
      return 32_256 / 32_768;
    case "mulaw":
      return 32_124 / 32_768;
    default:
      return greatestOf(16);
  }
}
