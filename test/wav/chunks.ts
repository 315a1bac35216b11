import assert from "node:assert/strict";
import { parseMetadata, type WavMetadata } from "../../src/wav/metadata/metadata.js";

export interface FoundChunk {
  readonly id: string;
  /** Of its body. */
  readonly position: number;
  readonly bytes: Buffer;
}

/**
 * The chunks of a RIFF or RF64 file, one behind the other to its very end. A reader that forgives
 * nothing: sizes, pad bytes and the size of the whole must be right.
 */
export function chunksOf(file: Uint8Array): FoundChunk[] {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const rf64 = bytes.toString("latin1", 0, 4) === "RF64";
  assert.equal(bytes.toString("latin1", 0, 4), rf64 ? "RF64" : "RIFF");
  assert.equal(bytes.toString("latin1", 8, 12), "WAVE");
  const riffSize = rf64 ? Number(bytes.readBigUInt64LE(20)) : bytes.readUInt32LE(4);
  assert.equal(riffSize, bytes.byteLength - 8, "the outer chunk is the file");
  const chunks: FoundChunk[] = [];
  for (let at = 12; at < bytes.byteLength; ) {
    const id = bytes.toString("latin1", at, at + 4);
    let size = bytes.readUInt32LE(at + 4);
    if (rf64 && id === "data") {
      assert.equal(size, 0xffffffff);
      size = Number(bytes.readBigUInt64LE(28));
    }
    const position = at + 8;
    at = position + size + (size % 2);
    assert.ok(at <= bytes.byteLength, `"${id}" ends in the file`);
    if (size % 2 === 1) {
      assert.equal(bytes[at - 1], 0, `"${id}" is padded with 0`);
    }
    chunks.push({ id, position, bytes: bytes.subarray(position, position + size) });
  }
  return chunks;
}

/** What the chunks of a file say; nothing may be wrong with them. */
export function metadataOf(file: Uint8Array): WavMetadata {
  const { metadata, warnings } = parseMetadata(chunksOf(file));
  assert.deepEqual(warnings, []);
  return metadata;
}
