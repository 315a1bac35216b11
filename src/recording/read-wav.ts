import { WavReader } from "../wav/reader.js";
import { sampleFormatOf } from "../wav/sample-format.js";
import { FrameStore } from "./frame-store.js";
import { Recording } from "./recording.js";

/**
 * Reads a whole WAV file into a {@link Recording}. For long files, read block by block with a {@link WavReader}.
 *
 * @param source a path, or the bytes of a file.
 * @throws AudioError `file-not-readable`, `malformed-file`, `format-not-supported`.
 */
export async function readWav(source: string | Uint8Array): Promise<Recording> {
  await using reader = await WavReader.open(source);
  const store = new FrameStore(sampleFormatOf(reader.format), reader.numberOfChannels);
  for await (const block of reader) {
    store.append(block.bytes, block.length);
  }
  return new Recording(store, { sampleRate: reader.sampleRate });
}
