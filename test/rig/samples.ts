import { bytesPerSample, type SampleFormat } from "../../src/format.js";

/** Bits of an integer format; of `float32` its bytes. */
export const BITS: Readonly<Record<SampleFormat, number>> = {
  int8: 8,
  uint8: 8,
  int16: 16,
  int24: 24,
  int32: 32,
  float32: 32,
};

/** Bytes of samples that are given as whole numbers from -2^(bits-1) up; for `float32` as floats. */
export function encode(values: readonly number[], format: SampleFormat): Uint8Array {
  const width = bytesPerSample(format);
  const bytes = Buffer.alloc(values.length * width);
  values.forEach((value, index) => {
    if (format === "float32") {
      bytes.writeFloatLE(value, index * 4);
    } else if (format === "uint8") {
      bytes.writeUInt8(value + 128, index);
    } else {
      bytes.writeIntLE(value, index * width, width);
    }
  });
  return bytes;
}

/** The whole numbers or floats that {@link encode} takes. */
export function decode(bytes: Uint8Array, format: SampleFormat): number[] {
  const width = bytesPerSample(format);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.byteLength / width }, (_, index) => {
    if (format === "float32") {
      return buffer.readFloatLE(index * 4);
    }
    return format === "uint8"
      ? buffer.readUInt8(index) - 128
      : buffer.readIntLE(index * width, width);
  });
}
