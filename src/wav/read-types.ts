import type { Frames } from "../format.js";

/** A run of frames of a WAV file. Its memory belongs to whoever received it. */
export interface WavBlock {
  /** Position of the first frame in the file. */
  readonly position: Frames;
  /** Number of frames, never 0. */
  readonly length: Frames;
  /** The frames in the reader's `format`: interleaved, little-endian. */
  readonly bytes: Uint8Array;
}

/** How `WavReader.readChannels` gives samples. */
export interface ReadChannelsOptions {
  /** Default: `float32`, which rounds 32-bit integers and 64-bit floats. In `float64` all is exact. */
  readonly precision?: "float32" | "float64";
}

/** How `WavReader.readChunk` reads. */
export interface ReadChunkOptions {
  /** The most bytes to read: a larger chunk is a RangeError. Default: 16 MiB. */
  readonly maxBytes?: number;
}

/** How `WavReader.readMetadata` reads. */
export interface ReadMetadataOptions {
  /** The most bytes to read of all these chunks; what does not fit is left out. Default: 16 MiB. */
  readonly maxBytes?: number;
}
