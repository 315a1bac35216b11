import type { WavReader } from "../reader.js";
import type { RawChunk } from "./chunk.js";
import { METADATA_CHUNKS, type ParsedMetadata, parseMetadata } from "./metadata.js";

/** A chunk that would bring all of them above this is left out. */
const MOST_BYTES = 16 * 2 ** 20;

/** Reads what an open file says beside its samples. Where the reader stands does not change. */
export async function readMetadata(reader: WavReader): Promise<ParsedMetadata> {
  const found: RawChunk[] = [];
  let left = MOST_BYTES;
  for (const [index, { id, size }] of reader.chunks.entries()) {
    if (METADATA_CHUNKS.has(id) && size <= left) {
      left -= size;
      found.push({ id, bytes: (await reader.readChunk(index)) ?? new Uint8Array() });
    }
  }
  return parseMetadata(found, { bigEndian: reader.encoding.bigEndian });
}
