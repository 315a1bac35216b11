/** Sample rate: frames a second. */
export type Hertz = number;
/** A length or a point of time in seconds. */
export type Seconds = number;
/** A length or a point of time in milliseconds. */
export type Milliseconds = number;
/** A count of frames; a frame is one sample for each channel. */
export type Frames = number;
/** A level relative to full scale: 0 dBFS is an amplitude of 1. */
export type Dbfs = number;

/** How one sample is stored; multi-byte formats are little-endian, `int24` is three packed bytes. */
export type SampleFormat = "int8" | "uint8" | "int16" | "int24" | "int32" | "float32";

/** Every sample format, narrowest first. */
export const SAMPLE_FORMATS: readonly SampleFormat[] = [
  "int8",
  "uint8",
  "int16",
  "int24",
  "int32",
  "float32",
];

/** Interleaved samples as numbers. `int24` has no typed array of its own: its packed bytes are a `Uint8Array`. */
export type SampleArray = Int8Array | Uint8Array | Int16Array | Int32Array | Float32Array;

const BYTES: Readonly<Record<SampleFormat | "float64", number>> = {
  int8: 1,
  uint8: 1,
  int16: 2,
  int24: 3,
  int32: 4,
  float32: 4,
  float64: 8,
};

/** Bytes of one sample: 1, 2, 3, 4 or 8. `float64` is a format of files alone. */
export function bytesPerSample(format: SampleFormat | "float64"): number {
  return BYTES[format];
}

/** Bytes of one frame. */
export function bytesPerFrame(format: SampleFormat | "float64", channels: number): number {
  return BYTES[format] * channels;
}

/** The byte that fills silence: 0x80 for `uint8`, whose zero is in the middle, and 0 for all others. */
export function silenceByte(format: SampleFormat): number {
  return format === "uint8" ? 0x80 : 0;
}

/** The typed array that shows raw bytes as samples, over the same memory where it is aligned, else over a copy. */
export function samplesOf(bytes: Uint8Array, format: SampleFormat): SampleArray {
  const width = BYTES[format];
  if (width === 1 || format === "int24") {
    return format === "int8"
      ? new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      : bytes;
  }
  // Not `slice()`: a Buffer's is a view of the same memory.
  const aligned = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
  const length = aligned.byteLength / width;
  switch (format) {
    case "int16":
      return new Int16Array(aligned.buffer, aligned.byteOffset, length);
    case "int32":
      return new Int32Array(aligned.buffer, aligned.byteOffset, length);
    default:
      return new Float32Array(aligned.buffer, aligned.byteOffset, length);
  }
}
