import type { Frames } from "../format.js";
import { narrowFloats } from "./codecs/plain.js";
import type { WavSampleFormat } from "./header.js";
import type { WavReader } from "./reader.js";

/** Frames of a file in one of the formats that all of roomtone knows. */
export interface SampleBlock {
  /** Number of frames, never 0. */
  readonly length: Frames;
  /** Interleaved, little-endian. */
  readonly bytes: Uint8Array;
}

/** A reader's format, with 32-bit floats in place of 64-bit ones, which only WAV files have. */
export function sampleFormatOf(reader: WavReader): WavSampleFormat {
  return reader.format === "float64" ? "float32" : reader.format;
}

/** A reader's blocks in that format. */
export async function* sampleBlocks(
  reader: WavReader,
): AsyncGenerator<SampleBlock, void, undefined> {
  for await (const { bytes, length } of reader) {
    if (reader.format === "float64") {
      const narrow = new Uint8Array(bytes.byteLength / 2);
      narrowFloats(bytes, true, narrow);
      yield { bytes: narrow, length };
    } else {
      yield { bytes, length };
    }
  }
}
