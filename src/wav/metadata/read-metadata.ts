import type { WavChunk } from "../parse.js";
import type { RawChunk } from "./chunk.js";
import {
  METADATA_CHUNKS,
  type MetadataWarning,
  type ParsedMetadata,
  parseMetadata,
} from "./metadata.js";

/** Reads those of the chunks that are metadata, up to so many bytes in all, and what they say. */
export async function readMetadata(
  chunks: readonly WavChunk[],
  read: (chunk: WavChunk) => Promise<Uint8Array>,
  bigEndian: boolean,
  maxBytes: number,
): Promise<ParsedMetadata> {
  let left = maxBytes;
  const found: RawChunk[] = [];
  const tooLarge: MetadataWarning[] = [];
  for (const chunk of chunks.filter(({ id }) => METADATA_CHUNKS.has(id))) {
    const { id, size } = chunk;
    if (size > left) {
      tooLarge.push({ chunk: id, message: `its ${size} bytes were left out (\`maxBytes\`)` });
    } else {
      left -= size;
      found.push({ id, bytes: await read(chunk) });
    }
  }
  const parsed = parseMetadata(found, { bigEndian });
  return { ...parsed, warnings: [...parsed.warnings, ...tooLarge] };
}
