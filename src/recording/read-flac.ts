import { FlacReader } from "../flac/reader.js";
import type { WavSource } from "../wav/open-source.js";
import { FrameStore } from "./frame-store.js";
import { Recording } from "./recording.js";

/**
 * Reads a whole FLAC file into a {@link Recording}, with the gaps that a `FlacWriter` noted in it. For long files, and to
 * hear what was wrong with one, read block by block with a {@link FlacReader}.
 *
 * @param source a path, an open file, the bytes of a file, a Blob, or a stream of bytes.
 * @throws AudioError `file-not-readable`, `malformed-file`, `format-not-supported`, `library-not-found`.
 */
export async function readFlac(source: WavSource): Promise<Recording> {
  await using reader = await FlacReader.open(source);
  const store = new FrameStore(reader.format, reader.numberOfChannels);
  for await (const block of reader) {
    store.append(block.bytes, block.length);
  }
  const gaps = reader.gaps.filter(({ position, frames }) => position + frames <= store.length);
  return new Recording(store, { sampleRate: reader.sampleRate, gaps });
}
