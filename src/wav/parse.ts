import { bytesPerFrame, type Frames } from "../format.js";
import { WavFault } from "./fault.js";
import { FMT_BYTES_USED, parseFmtChunk } from "./fmt-chunk.js";
import type { WavSpec } from "./header.js";

/** The parser's wish for bytes of the file. The answer may be shorter only where the file ends. */
export interface ReadRequest {
  /** In bytes from the start of the file. */
  readonly position: number;
  readonly length: number;
}

/** Where the frames of a WAV file are, and what they are. */
export interface WavLayout extends WavSpec {
  /** Position of the first frame, in bytes from the start of the file. */
  readonly dataPosition: number;
  /** Whole frames that are really there, whatever the header says. */
  readonly frames: Frames;
}

/** A parser at work: each value it yields must be answered with the bytes it asks for. */
export type WavParser = Generator<ReadRequest, WavLayout, Uint8Array>;

interface ChunkHeader {
  readonly id: string;
  /** What the chunk says of itself; not to be trusted. */
  readonly size: number;
  /** Position of the chunk's first byte behind its header. */
  readonly body: number;
}

const CHUNK_HEADER_BYTES = 8;
/**
 * A file of nothing but empty chunks must not keep the parser for minutes. Real files have a few
 * dozen at most.
 */
const MOST_CHUNKS = 4096;
/** So many well-formed chunks in a row are not audio by chance. */
const ENOUGH_CHUNKS = 16;
/** Chunks that a missing pad byte may bring one byte nearer. */
const KNOWN_IDS: ReadonlySet<string> = new Set([
  "fmt ",
  "data",
  "fact",
  "LIST",
  "bext",
  "JUNK",
  "PEAK",
  "cue ",
]);

/** Containers that begin otherwise than RIFF but are known. */
const OTHER_CONTAINERS: ReadonlyMap<string, string> = new Map([
  ["RIFX", "RIFX (big-endian WAV)"],
  ["RF64", "RF64"],
  ["BW64", "BW64"],
  ["riff", "Wave64"],
  ["FORM", "AIFF"],
  ["fLaC", "FLAC"],
  ["OggS", "Ogg"],
  [".snd", "AU"],
  ["caff", "CAF"],
]);

/**
 * Sizes that a `data` chunk has when its writer did not know, or did not live to write, the real
 * one: 0 (libsndfile), 0x7FFFF000 (SoX), 0x80000000 (arecord), 0x7FFFFFFF, and what is left of
 * 0xFFFFFFFF (FFmpeg, npm's wav).
 */
function isPlaceholder(size: number): boolean {
  return (
    size === 0 ||
    size === 0x7ffff000 ||
    size === 0x7fffffff ||
    size === 0x80000000 ||
    size >= 0xffffff00
  );
}

/**
 * Finds the frames of a WAV file of `fileBytes` bytes. It does no reading itself: it yields what it
 * wants to read, so that one parser serves a file that is read synchronously, one that is read
 * asynchronously, and bytes in memory.
 *
 * It believes no size. Chunks it does not know are skipped; data that is larger than the file ends
 * with the file; an unknown length (a placeholder with audio behind it) means all that follows. The
 * RIFF size is not looked at, for recorders that crashed leave it wrong and nothing depends on it.
 * It reads a few bytes of each chunk before the data.
 *
 * @throws WavFault
 */
export function* parseWav(fileBytes: number): WavParser {
  yield* checkContainer();
  let spec: WavSpec | undefined;
  let data: ChunkHeader | undefined;
  let position = 12;
  for (let count = 0; count < MOST_CHUNKS; count++) {
    const chunk = yield* readChunkHeader(position);
    if (chunk === undefined) {
      break;
    }
    if (chunk.id === "fmt " && spec === undefined) {
      const length = Math.min(chunk.size, FMT_BYTES_USED);
      spec = parseFmtChunk(yield { position: chunk.body, length }, chunk.body);
    } else if (chunk.id === "data" && data === undefined) {
      data = chunk;
    }
    if (spec !== undefined && data !== undefined) {
      const dataBytes = yield* realDataBytes(data, fileBytes);
      const frames = Math.floor(dataBytes / bytesPerFrame(spec.format, spec.channels));
      return { ...spec, dataPosition: data.body, frames };
    }
    position = yield* endOfChunk(chunk);
  }
  const missing = spec === undefined ? "fmt " : "data";
  const where = position < fileBytes ? `among its first ${MOST_CHUNKS} chunks` : "before its end";
  throw new WavFault(
    "fmt-or-data-missing",
    `it has no "${missing}" chunk ${where}`,
    Math.min(position, fileBytes),
    missing,
  );
}

function* checkContainer(): Generator<ReadRequest, void, Uint8Array> {
  const head = yield { position: 0, length: 12 };
  const id = text(head, 0);
  const other = OTHER_CONTAINERS.get(id);
  if (other !== undefined) {
    throw new WavFault("unknown-container", `${other} files are not supported`, 0, id);
  }
  if (id !== "RIFF") {
    const found = head.byteLength < 4 ? "it is too short" : `it does not begin with "RIFF"`;
    throw new WavFault("not-riff", `not a WAV file: ${found}`, 0, "RIFF");
  }
  if (text(head, 8) !== "WAVE") {
    throw new WavFault("not-wave", `not a WAV file: "WAVE" is missing behind "RIFF"`, 8, "RIFF");
  }
}

/** The header of the chunk at `position`; undefined where the file ends before it does. */
function* readChunkHeader(
  position: number,
): Generator<ReadRequest, ChunkHeader | undefined, Uint8Array> {
  const bytes = yield { position, length: CHUNK_HEADER_BYTES };
  if (bytes.byteLength < CHUNK_HEADER_BYTES) {
    return undefined;
  }
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
  return { id: text(bytes, 0), size, body: position + CHUNK_HEADER_BYTES };
}

/**
 * Where the next chunk starts: behind the pad byte of an odd one, unless its writer forgot that
 * byte.
 */
function* endOfChunk(chunk: ChunkHeader): Generator<ReadRequest, number, Uint8Array> {
  const end = chunk.body + chunk.size;
  if (chunk.size % 2 === 0) {
    return end;
  }
  const bytes = yield { position: end, length: 5 };
  const padForgotten = !KNOWN_IDS.has(text(bytes, 1)) && KNOWN_IDS.has(text(bytes, 0));
  return padForgotten ? end : end + 1;
}

/** How many bytes of audio there are. */
function* realDataBytes(
  data: ChunkHeader,
  fileBytes: number,
): Generator<ReadRequest, number, Uint8Array> {
  const rest = Math.max(0, fileBytes - data.body);
  if (data.size >= rest) {
    return rest;
  }
  if (isPlaceholder(data.size) && !(yield* chunksFollow(data, fileBytes))) {
    return rest;
  }
  return data.size;
}

/**
 * Whether chunks, and nothing else, lie between the end of `data` and the end of the file: then its
 * size is real.
 */
function* chunksFollow(
  data: ChunkHeader,
  fileBytes: number,
): Generator<ReadRequest, boolean, Uint8Array> {
  let position = data.body + data.size + (data.size % 2);
  for (let count = 0; count < ENOUGH_CHUNKS && position < fileBytes; count++) {
    const chunk = yield* readChunkHeader(position);
    if (
      chunk === undefined ||
      !/^[ -~]{4}$/.test(chunk.id) ||
      chunk.body + chunk.size > fileBytes
    ) {
      return false;
    }
    position = chunk.body + chunk.size + (chunk.size % 2);
  }
  return true;
}

/** Four bytes as a chunk's id; shorter where the bytes end. */
function text(bytes: Uint8Array, offset: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + 4));
}
