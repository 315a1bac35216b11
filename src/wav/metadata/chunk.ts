import { FieldReader, FieldWriter } from "./fields.js";

/** A chunk of a RIFF file: its four-letter id and what stands behind its header, without a pad byte. */
export interface RawChunk {
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** Id and size. */
const HEADER_BYTES = 8;

/** The chunk as it stands in a file: header, body, and a zero byte behind an odd one. */
export function chunkBytes(chunk: RawChunk): Uint8Array {
  const size = chunk.bytes.byteLength;
  const writer = new FieldWriter(HEADER_BYTES + size + (size % 2));
  writer.id(chunk.id);
  writer.u32(size);
  writer.raw(chunk.bytes);
  return writer.bytes;
}

/** Chunks one behind the other, as they stand in a file. */
export function joinChunks(chunks: readonly RawChunk[]): Uint8Array {
  const parts = chunks.map(chunkBytes);
  const writer = new FieldWriter(parts.reduce((sum, part) => sum + part.byteLength, 0));
  for (const part of parts) {
    writer.raw(part);
  }
  return writer.bytes;
}

/** A `LIST` chunk: a word that says what is listed, and chunks. */
export function listChunk(kind: string, chunks: readonly RawChunk[]): RawChunk {
  const inner = joinChunks(chunks);
  const writer = new FieldWriter(4 + inner.byteLength);
  writer.id(kind);
  writer.raw(inner);
  return { id: "LIST", bytes: writer.bytes };
}

/**
 * The chunks inside a `LIST` body, behind its first word. One that is said to be larger than the
 * list ends with the list, and `warn` is told. A pad byte that its writer forgot is not missed.
 */
export function* innerChunks(
  list: Uint8Array,
  littleEndian: boolean,
  warn: (message: string) => void,
): Generator<RawChunk, void, undefined> {
  const fields = new FieldReader(list, littleEndian);
  fields.skip(4);
  while (fields.left >= HEADER_BYTES) {
    const id = fields.id();
    const size = fields.u32();
    if (size > fields.left) {
      warn(`"${id}" is said to have ${size} bytes, ${fields.left} are there`);
    }
    yield { id, bytes: fields.take(Math.min(size, fields.left)) };
    if (size % 2 === 1 && !isId(list, list.byteLength - fields.left)) {
      fields.skip(1);
    }
  }
  if (fields.left > 1) {
    warn(`${fields.left} bytes are left behind the last entry`);
  }
}

/** Whether an id starts right here, where a pad byte should be. */
function isId(bytes: Uint8Array, at: number): boolean {
  const id = bytes.subarray(at, at + 4);
  return id.byteLength === 4 && id.every((byte) => byte > 0x20 && byte < 0x7f);
}
