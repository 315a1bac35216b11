import { type Requests, readBytes } from "../requests.js";
import type { ReportWarning } from "../warning.js";
import type { ChunkHeader } from "./chunk-header.js";
import { type Container, readChunkHeader } from "./container.js";

/** Chunks behind the data are seldom larger, and then those of a stream are not recognised. */
const SMALL_CHUNK_BYTES = 2 ** 20;
/** So many well-formed chunks in a row are not audio by chance. */
const ENOUGH_CHUNKS = 16;

/** The `data` chunk and the file around it. */
export interface DataPlace {
  readonly container: Container;
  /** With the size of the `ds64` chunk where the file has put it there. */
  readonly data: ChunkHeader;
  /** Whether that size has 64 bits. */
  readonly longSize: boolean;
  /** Infinity for a stream. */
  readonly fileBytes: number;
}

/**
 * How many bytes of audio there are, whatever the header says: Infinity in a stream that does not
 * tell.
 *
 * Data that are larger than the file end with the file. An unknown length, which is a placeholder
 * with something behind it that is no chunk, means all that follows.
 */
export function* realDataBytes(place: DataPlace, warn: ReportWarning): Requests<number> {
  const { data, fileBytes, longSize } = place;
  const rest = Math.max(0, fileBytes - data.body);
  const placeholder = isPlaceholder(data.size, longSize);
  if (data.size === rest || (data.size < rest && !placeholder)) {
    return data.size;
  }
  if (data.size < rest && (yield* chunksFollow(place))) {
    return data.size;
  }
  const found = Number.isFinite(rest) ? `${rest} bytes follow` : "the stream goes on";
  const message = placeholder
    ? `its size (${data.size}) says that the writer did not know the real one, or was stopped before it wrote it; ${found} and are taken as audio`
    : `its size is ${data.size}, but only ${found}, which are read`;
  const code = placeholder ? "data-size-unknown" : "data-size-too-large";
  warn(code, message, data.start, "data");
  return rest;
}

/**
 * Sizes that a `data` chunk has when its writer did not know, or did not live to write, the real
 * one: 0 (libsndfile, and RF64 of all writers), 0x7FFFF000 (SoX), 0x80000000 (arecord), 0x7FFFFFFF,
 * and what is left of 0xFFFFFFFF (FFmpeg, npm's wav).
 */
export function isPlaceholder(size: number, longSize: boolean): boolean {
  if (longSize) {
    return size === 0;
  }
  return (
    size === 0 ||
    size === 0x7ffff000 ||
    size === 0x7fffffff ||
    size === 0x80000000 ||
    (size >= 0xffffff00 && size <= 0xffffffff)
  );
}

/**
 * Whether chunks, and nothing else, lie between the end of `data` and the end of the file: then its
 * size is real. In a stream only empty data can be judged: by whether nothing follows, or what looks
 * like a small chunk, as audio does not by chance.
 */
function* chunksFollow({ container, data, fileBytes }: DataPlace): Requests<boolean> {
  if (!Number.isFinite(fileBytes)) {
    if (data.size !== 0 || (yield* readBytes(data.body, 1)).byteLength === 0) {
      return data.size === 0;
    }
    const chunk = yield* readChunkHeader(container, data.body);
    return chunk !== undefined && isPrintable(chunk.id) && chunk.size < SMALL_CHUNK_BYTES;
  }
  let position = behind(data.body, data.size, container);
  for (let count = 0; count < ENOUGH_CHUNKS && position < fileBytes; count++) {
    const chunk = yield* readChunkHeader(container, position);
    if (chunk === undefined || !isPlausible(chunk, fileBytes)) {
      return false;
    }
    position = behind(chunk.body, chunk.size, container);
  }
  return true;
}

/** Chunks that are in use. */
const KNOWN_IDS: ReadonlySet<string> = new Set(
  (
    "fmt |data|fact|LIST|list|bext|iXML|axml|chna|cue |smpl|inst|PEAK|levl|" +
    "JUNK|junk|PAD |FLLR|id3 |ID3 |afsp|DISP"
  ).split("|"),
);

/** Whether an id is that of a chunk that is in use, which other bytes are not by chance. */
export function isKnown(id: string): boolean {
  return KNOWN_IDS.has(id);
}

/** Whether this looks like a chunk: readable characters for an id, and within the file. */
function isPlausible(chunk: ChunkHeader, fileBytes: number): boolean {
  return isPrintable(chunk.id) && chunk.body + chunk.size <= fileBytes;
}

/** Whether an id is of readable characters, as all that are in use. */
export function isPrintable(id: string): boolean {
  return /^[ -~]+$/.test(id);
}

/**
 * Where the chunk behind one of so many bytes begins: RIFF adds a byte to odd ones, Wave64 fills up to
 * a multiple of eight.
 */
export function behind(body: number, size: number, container: Container): number {
  const end = body + size;
  return container.alignment === 2 ? end + (size % 2) : Math.ceil(end / 8) * 8;
}
