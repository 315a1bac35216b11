/** The header of a chunk, as it stands in the file. */
export interface ChunkHeader {
  /** Four characters; for Wave64's own kinds of chunks the text of their GUID. */
  readonly id: string;
  /** Position of the header, in bytes from the start of the file. */
  readonly start: number;
  /** Position of the first byte behind the header. */
  readonly body: number;
  /** Bytes of the body, as the chunk says itself: not to be trusted. */
  readonly size: number;
}

/** Four bytes as text, as they are in an id; shorter where the bytes end. */
export function fourCharacters(bytes: Uint8Array, offset: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + 4));
}

/** A 64-bit number, cut off at 2^53: no file is that long. */
export function longNumber(view: DataView, offset: number): number {
  return Math.min(Number(view.getBigUint64(offset, true)), Number.MAX_SAFE_INTEGER);
}
