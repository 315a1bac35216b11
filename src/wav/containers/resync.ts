import { type Requests, readBytes } from "../requests.js";
import { type ChunkHeader, fourCharacters } from "./chunk-header.js";
import { type Container, readChunkHeader } from "./container.js";
import { isPlaceholder } from "./data-size.js";

/** How far a lost chunk is looked for. */
const MOST_BYTES = 64 * 1024;

/**
 * Looks for a chunk that the sizes of those before it do not lead to: for junk among the chunks,
 * and a wrong size of one of them. `from` is where the trusted part of the file ends. Undefined when
 * there is none within 64 KiB.
 */
export function* findLostChunk(
  container: Container,
  id: "fmt " | "data",
  from: number,
  fileBytes: number,
): Requests<ChunkHeader | undefined> {
  const bytes = yield* readBytes(from, Math.min(MOST_BYTES, Math.max(0, fileBytes - from)));
  for (let at = 0; at + 8 <= bytes.byteLength; at++) {
    if (fourCharacters(bytes, at) === id) {
      const chunk = yield* readChunkHeader(container, from + at);
      if (chunk !== undefined && isSound(chunk, fileBytes)) {
        return chunk;
      }
    }
  }
  return undefined;
}

function isSound(chunk: ChunkHeader, fileBytes: number): boolean {
  const fits = chunk.body + chunk.size <= fileBytes;
  return chunk.id === "data" ? fits || isPlaceholder(chunk.size, false) : fits && chunk.size >= 16;
}
