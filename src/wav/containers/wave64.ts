import { type Requests, readBytes } from "../requests.js";
import { type ChunkHeader, fourCharacters, longNumber } from "./chunk-header.js";
import { guidText } from "./guid.js";

/**
 * Sony's Wave64: RIFF with GUIDs for ids, 64-bit sizes that count the header too, and chunks that
 * begin at multiples of eight bytes. Source: "Sony Pictures Digital Networks, Inc.: Wave64 File
 * Format" (2003).
 */

/** A GUID and a 64-bit size. */
const HEADER_BYTES = 24;
/** What follows the four characters in the GUIDs of `riff` and `list`. */
const RIFF_TAIL = [0x2e, 0x91, 0xcf, 0x11, 0xa5, 0xd6, 0x28, 0xdb, 0x04, 0xc1, 0x00, 0x00];
/** The same in those of `wave`, `fmt `, `data`, `fact` and the others. */
const CHUNK_TAIL = [0xf3, 0xac, 0xd3, 0x11, 0x8c, 0xd1, 0x00, 0xc0, 0x4f, 0x8e, 0xdb, 0x8a];

/** Whether a file that begins with these 40 bytes is Wave64. */
export function isWave64(head: Uint8Array): boolean {
  return (
    head.byteLength === 40 &&
    fourCharacters(head, 0) === "riff" &&
    hasTail(head, 4, RIFF_TAIL) &&
    fourCharacters(head, 24) === "wave" &&
    hasTail(head, 28, CHUNK_TAIL)
  );
}

/** Where the file ends by its own word. */
export function wave64End(head: Uint8Array): number {
  return longNumber(new DataView(head.buffer, head.byteOffset, head.byteLength), 16);
}

/** The chunk at `position`; undefined where the file ends within its header. */
export function* wave64ChunkAt(position: number): Requests<ChunkHeader | undefined> {
  const bytes = yield* readBytes(position, HEADER_BYTES);
  if (bytes.byteLength < HEADER_BYTES) {
    return undefined;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // A size below that of the header is as good as none.
  const size = Math.max(0, longNumber(view, 16) - HEADER_BYTES);
  return { id: idOf(bytes, view), start: position, body: position + HEADER_BYTES, size };
}

function idOf(bytes: Uint8Array, view: DataView): string {
  return hasTail(bytes, 4, CHUNK_TAIL) || hasTail(bytes, 4, RIFF_TAIL)
    ? fourCharacters(bytes, 0)
    : guidText(view, 0);
}

function hasTail(bytes: Uint8Array, offset: number, tail: readonly number[]): boolean {
  return tail.every((byte, index) => bytes[offset + index] === byte);
}
