import type { WavSource } from "../wav/open-source.js";
import { WavReader } from "../wav/reader.js";
import { sampleBlocks, sampleFormatOf } from "../wav/sample-blocks.js";
import { FrameStore } from "./frame-store.js";
import { Recording } from "./recording.js";

/**
 * Reads a whole WAV file into a {@link Recording}. For long files, read block by block with a {@link WavReader}.
 *
 * The recording has the reader's `format`, but for a file of 64-bit floats, which become 32-bit ones.
 *
 * @param source a path, an open file, the bytes of a file, a Blob, or a stream of bytes.
 * @throws AudioError `file-not-readable`, `malformed-file`, `format-not-supported`.
 */
export async function readWav(source: WavSource): Promise<Recording> {
  await using reader = await WavReader.open(source);
  const store = new FrameStore(sampleFormatOf(reader), reader.numberOfChannels);
  for await (const block of sampleBlocks(reader)) {
    store.append(block.bytes, block.length);
  }
  return new Recording(store, { sampleRate: reader.sampleRate });
}
