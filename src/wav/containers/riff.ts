import { type Requests, readBytes } from "../requests.js";
import { type ChunkHeader, fourCharacters, longNumber } from "./chunk-header.js";

/** Four characters and a 32-bit size. */
const HEADER_BYTES = 8;

/** Where the RIFF chunk ends by its own word. */
export function riffEnd(head: Uint8Array, bigEndian: boolean): number {
  return HEADER_BYTES + viewOf(head).getUint32(4, !bigEndian);
}

/** A chunk of RIFF, RIFX, RF64 or BW64. */
export function* riffChunkAt(
  position: number,
  bigEndian: boolean,
): Requests<ChunkHeader | undefined> {
  const bytes = yield* readBytes(position, HEADER_BYTES);
  if (bytes.byteLength < HEADER_BYTES) {
    return undefined;
  }
  const id = fourCharacters(bytes, 0);
  const size = viewOf(bytes).getUint32(4, !bigEndian);
  return { id, start: position, body: position + HEADER_BYTES, size };
}

/** What stands in a `ds64` chunk: the sizes that do not fit into 32 bits. */
export interface LongSizes {
  readonly riffEnd: number;
  readonly data: number;
  /** Those of other chunks, by their id; the first of an id counts. */
  readonly others: ReadonlyMap<string, number>;
}

/** A size of 0xFFFFFFFF says that the real one is in the `ds64` chunk. */
export const SIZE_ELSEWHERE = 0xffffffff;
/** The three 64-bit sizes at its start. */
const DS64_BYTES_LEAST = 24;
/** As much of a `ds64` chunk as is looked at: room for 32 chunks, of which none is known in use. */
const DS64_BYTES_USED = 28 + 12 * 32;

/** Reads the body of a `ds64` chunk (EBU Tech 3306); undefined when it is too short. */
export function* readLongSizes(chunk: ChunkHeader): Requests<LongSizes | undefined> {
  const bytes = yield* readBytes(chunk.body, Math.min(chunk.size, DS64_BYTES_USED));
  if (bytes.byteLength < DS64_BYTES_LEAST) {
    return undefined;
  }
  const view = viewOf(bytes);
  const others = new Map<string, number>();
  const count = bytes.byteLength >= 28 ? view.getUint32(24, true) : 0;
  for (let at = 28; at + 12 <= bytes.byteLength && others.size < count; at += 12) {
    const id = fourCharacters(bytes, at);
    if (others.has(id)) {
      break;
    }
    others.set(id, longNumber(view, at + 4));
  }
  return { riffEnd: HEADER_BYTES + longNumber(view, 0), data: longNumber(view, 8), others };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
