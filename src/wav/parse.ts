import { type ChunkHeader, fourCharacters } from "./containers/chunk-header.js";
import { type Container, readChunkHeader, readContainer } from "./containers/container.js";
import { behind, isKnown, isPrintable, realDataBytes } from "./containers/data-size.js";
import { findPadding, PLACE_BYTES } from "./containers/padding.js";
import { findLostChunk } from "./containers/resync.js";
import { type LongSizes, readLongSizes, SIZE_ELSEWHERE } from "./containers/riff.js";
import { WavFault } from "./fault.js";
import { FMT_BYTES_USED, parseFmtChunk, type WavFmt } from "./fmt-chunk.js";
import { type Requests, readBytes } from "./requests.js";
import type { WavWarning, WavWarningCode } from "./warning.js";

/** A chunk of a file. */
export interface WavChunk {
  /** Four characters, for instance `LIST`; for Wave64's own kinds of chunks the text of a GUID. */
  readonly id: string;
  /** Where its content begins, in bytes from the start of the file. */
  readonly position: number;
  /**
   * Bytes of content that are there, whatever the chunk says. Infinity for the data of a stream
   * that does not tell its length.
   */
  readonly size: number;
}

/** Where the frames of a WAV file are, what they are, and what else there is. */
export interface WavLayout {
  readonly container: Container;
  /** Whether it was parsed as a stream. */
  readonly isStream: boolean;
  readonly fmt: WavFmt;
  /** {@link WavFmt.padding}, after a look at the samples. */
  readonly padding: "none" | "upper" | "lower";
  /** Position of the first frame, in bytes from the start of the file. */
  readonly dataPosition: number;
  /** Bytes of audio that are really there; Infinity in a stream that does not tell. */
  readonly dataBytes: number;
  /** All chunks, in the order of the file; those of a stream only up to the data. */
  readonly chunks: readonly WavChunk[];
  /** The contents of chunks of a stream, which cannot be read later. */
  readonly kept: ReadonlyMap<WavChunk, Uint8Array>;
  readonly warnings: readonly WavWarning[];
}

/**
 * A file of nothing but empty chunks must not keep the parser for minutes. Real files have a few
 * dozen at most.
 */
const MOST_CHUNKS = 4096;
/** Of a stream, so many bytes of chunks before the data are kept. */
const MOST_KEPT_BYTES = 2 ** 20;
/** The file that is to be parsed. */
export interface ParserInput {
  /** Infinity for a stream, which is read from its start to its data and no further. */
  readonly size: number;
}

/**
 * Finds the frames and the chunks of a WAV file. It believes no size. Chunks it does not know are
 * skipped. The RIFF size only makes a warning, for recorders that crashed leave it wrong and
 * nothing depends on it. It reads a few bytes of each chunk and allocates no more than 64 KiB; of a
 * stream, it keeps up to 1 MiB of chunks.
 *
 * @throws WavFault
 */
export function* parseWav(input: ParserInput): Requests<WavLayout> {
  const container = yield* readContainer();
  return yield* new Parser(container, input.size).run();
}

class Parser {
  readonly #container: Container;
  readonly #fileBytes: number;
  readonly #isStream: boolean;
  readonly #chunks: WavChunk[] = [];
  readonly #kept = new Map<WavChunk, Uint8Array>();
  readonly #warnings: WavWarning[] = [];
  #keptBytes = 0;
  #longSizes: LongSizes | undefined;
  #sawLongSizes = false;
  #fmt: WavFmt | undefined;
  #data: WavChunk | undefined;
  /** Where a chunk that is missing is looked for: behind what is understood. */
  #trusted: number;
  /** How often a missing chunk may be looked for: once for each of the two that must be there. */
  #searches: number;

  constructor(container: Container, fileBytes: number) {
    this.#container = container;
    this.#fileBytes = fileBytes;
    this.#isStream = !Number.isFinite(fileBytes);
    this.#trusted = container.firstChunk;
    this.#searches = this.#isStream || container.name === "Wave64" ? 0 : 2;
  }

  *run(): Requests<WavLayout> {
    const end = yield* this.#walk();
    const fmt = this.#fmt;
    const data = this.#data;
    if (fmt === undefined || data === undefined) {
      throw this.#missing(fmt === undefined ? "fmt " : "data", end);
    }
    if (!this.#isStream) {
      this.#checkEnd(end);
    }
    const { bigEndian } = this.#container;
    return {
      container: this.#container,
      isStream: this.#isStream,
      fmt,
      padding:
        fmt.padding === "none" ? "none" : yield* this.#findPadding(fmt.padding, bigEndian, data),
      dataPosition: data.position,
      dataBytes: data.size,
      chunks: this.#chunks,
      kept: this.#kept,
      warnings: this.#warnings,
    };
  }

  /** Goes from chunk to chunk; gives where what is understood ends. */
  *#walk(): Requests<number> {
    let position = this.#container.firstChunk;
    for (let count = 0; count < MOST_CHUNKS; count++) {
      const chunk =
        position < this.#fileBytes ? yield* readChunkHeader(this.#container, position) : undefined;
      const next = chunk === undefined ? undefined : yield* this.#take(chunk);
      const found = next ?? (yield* this.#findLost());
      if (found === undefined) {
        return position;
      }
      position = found;
      if (this.#isStream && this.#data !== undefined) {
        return position;
      }
    }
    const message = `it has more than ${MOST_CHUNKS} chunks; those from here on are not looked at`;
    this.#warn("too-many-chunks", message, position);
    return position;
  }

  /** Takes in a chunk; gives where the next one begins, undefined where this is none. */
  *#take(header: ChunkHeader): Requests<number | undefined> {
    const longSize = this.#longSize(header);
    const chunk = longSize === undefined ? header : { ...header, size: longSize };
    if (chunk.id === "data" && this.#data === undefined) {
      return yield* this.#takeData(chunk, longSize !== undefined);
    }
    const complete = this.#fmt !== undefined && this.#data !== undefined;
    if (complete && !isPrintable(chunk.id)) {
      return undefined;
    }
    const rest = this.#fileBytes - chunk.body;
    if (chunk.size > rest && !complete) {
      return undefined;
    }
    if (chunk.size > rest) {
      const message = `its size is ${chunk.size}, but only ${rest} bytes follow`;
      this.#warn("chunk-too-large", message, chunk.start, chunk.id);
      this.#list(chunk, rest);
      return this.#fileBytes;
    }
    if (chunk.id === "fmt ") {
      yield* this.#takeFmt(chunk);
    } else if (chunk.id === "ds64" && this.#has64BitSizes()) {
      yield* this.#takeLongSizes(chunk);
    } else if (chunk.id === "data") {
      const message = "there is one more data chunk; only the first is read";
      this.#warn("data-repeated", message, chunk.start, chunk.id);
    }
    const listed = this.#list(chunk, chunk.size);
    if (this.#isStream && this.#keptBytes + chunk.size <= MOST_KEPT_BYTES) {
      this.#keptBytes += chunk.size;
      this.#kept.set(listed, yield* readBytes(chunk.body, chunk.size));
    }
    return yield* this.#behind(chunk, chunk.size);
  }

  *#takeFmt(chunk: ChunkHeader): Requests<void> {
    if (this.#fmt !== undefined) {
      const message = "there is one more format chunk; only the first counts";
      this.#warn("fmt-repeated", message, chunk.start, chunk.id);
      return;
    }
    const { body } = chunk;
    const bytes = yield* readBytes(body, Math.min(chunk.size, FMT_BYTES_USED));
    this.#fmt = parseFmtChunk(bytes, body, this.#container.bigEndian, (code, message, offset) =>
      this.#warn(code, message, body + offset, chunk.id),
    );
    if (this.#data !== undefined) {
      this.#warn("fmt-after-data", "the format stands behind the data", chunk.start, chunk.id);
    }
    this.#trusted = body + 16;
  }

  *#takeLongSizes(chunk: ChunkHeader): Requests<void> {
    this.#sawLongSizes = true;
    this.#longSizes ??= yield* readLongSizes(chunk);
    if (this.#longSizes === undefined) {
      const message = "it is too short to hold the sizes of the file; those of 32 bits count";
      this.#warn("ds64-damaged", message, chunk.start, chunk.id);
    }
  }

  *#takeData(chunk: ChunkHeader, isLong: boolean): Requests<number | undefined> {
    if (this.#isStream && this.#fmt === undefined) {
      const message = "the format stands behind the data, which a stream cannot go back to";
      throw new WavFault("fmt-or-data-missing", message, chunk.start, "fmt ");
    }
    if (this.#has64BitSizes() && !this.#isWave64() && !this.#sawLongSizes) {
      const message = "there is no ds64 chunk before the data; the sizes of 32 bits count";
      this.#warn("ds64-missing", message, chunk.start, chunk.id);
    }
    const place = {
      container: this.#container,
      data: chunk,
      longSize: isLong || this.#isWave64(),
      fileBytes: this.#fileBytes,
    };
    const bytes = yield* realDataBytes(place, (...warning) => this.#warn(...warning));
    this.#data = this.#list(chunk, bytes);
    if (this.#fmt === undefined) {
      this.#trusted = Math.min(chunk.body + bytes, this.#fileBytes);
    }
    // A look behind the data of a stream would skip them.
    return this.#isStream ? chunk.body : yield* this.#behind(chunk, bytes);
  }

  #isWave64(): boolean {
    return this.#container.name === "Wave64";
  }

  #has64BitSizes(): boolean {
    const { name } = this.#container;
    return name === "RF64" || name === "BW64" || name === "Wave64";
  }

  /** The size that a `ds64` chunk gives for this one; undefined where the chunk's own counts. */
  #longSize({ id, size }: ChunkHeader): number | undefined {
    if (size !== SIZE_ELSEWHERE || this.#longSizes === undefined) {
      return undefined;
    }
    return id === "data" ? this.#longSizes.data : this.#longSizes.others.get(id);
  }

  #list(chunk: ChunkHeader, size: number): WavChunk {
    const listed = { id: chunk.id, position: chunk.body, size };
    this.#chunks.push(listed);
    return listed;
  }

  /**
   * Where the next chunk begins: behind the pad byte of an odd one, unless its writer forgot that
   * byte.
   */
  *#behind(chunk: ChunkHeader, size: number): Requests<number> {
    if (size % 2 === 0 || this.#container.alignment !== 2) {
      return behind(chunk.body, size, this.#container);
    }
    const end = chunk.body + size;
    const bytes = yield* readBytes(end, 5);
    const atFileEnd = bytes.byteLength === 0;
    const forgotten = isKnown(fourCharacters(bytes, 0)) && !isKnown(fourCharacters(bytes, 1));
    // Data that the file's end cut off have no pad byte to miss.
    if (forgotten || (atFileEnd && size === chunk.size)) {
      const message = "its size is odd, and the zero byte that must follow is missing";
      this.#warn("pad-byte-missing", message, end, chunk.id);
    }
    return forgotten || atFileEnd ? end : end + 1;
  }

  /** Looks for the chunk that is still missing; gives its position. */
  *#findLost(): Requests<number | undefined> {
    const id = this.#fmt === undefined ? "fmt " : "data";
    if (this.#searches === 0 || (this.#fmt !== undefined && this.#data !== undefined)) {
      return undefined;
    }
    this.#searches -= 1;
    const from = this.#trusted;
    const found = yield* findLostChunk(this.#container, id, from, this.#fileBytes);
    if (found === undefined) {
      return undefined;
    }
    const message = `the sizes of its chunks lead nowhere; a "${id}" chunk was found by search`;
    this.#warn("junk-skipped", message, found.start, id);
    // What was taken for chunks between was none.
    const sound = this.#chunks.filter(({ position }) => position <= from);
    this.#chunks.splice(0, this.#chunks.length, ...sound);
    return found.start;
  }

  /** Compares where the chunks end with where the file does. */
  #checkEnd(walked: number): void {
    const end = Math.min(walked, this.#fileBytes);
    const { declaredEnd, name } = this.#container;
    const isElsewhere = declaredEnd === 8 + SIZE_ELSEWHERE && !this.#isWave64();
    const declared = isElsewhere ? (this.#longSizes?.riffEnd ?? declaredEnd) : declaredEnd;
    if (declared !== end && declared !== this.#fileBytes) {
      const message = `it says that it ends at byte ${declared}, but its chunks end at ${end}`;
      this.#warn("riff-size-wrong", message, name === "Wave64" ? 16 : 4, name);
    }
    if (end < this.#fileBytes) {
      const message = `${this.#fileBytes - end} bytes behind the last chunk are no chunk`;
      this.#warn("trailing-bytes", message, end);
    }
  }

  *#findPadding(
    usual: "upper" | "lower",
    bigEndian: boolean,
    data: WavChunk,
  ): Requests<"upper" | "lower"> {
    // Of a stream only what can be read again: one place.
    const size = this.#isStream ? Math.min(data.size, PLACE_BYTES) : data.size;
    const found = yield* findPadding(usual, bigEndian, data.position, size);
    if (usual === "lower" || found !== usual) {
      const message = `its samples of 24 bits have four bytes; their ${found} three are read, as the samples themselves show or by custom`;
      this.#warn("sample-padding", message, data.position, "data");
    }
    return found;
  }

  #missing(id: "fmt " | "data", walked: number): WavFault {
    const tooMany = this.#warnings.some(({ code }) => code === "too-many-chunks");
    const where = tooMany ? `among its first ${MOST_CHUNKS} chunks` : "before its end";
    const position = Math.min(walked, this.#fileBytes);
    return new WavFault("fmt-or-data-missing", `it has no "${id}" chunk ${where}`, position, id);
  }

  #warn(code: WavWarningCode, message: string, position: number, chunk?: string): void {
    this.#warnings.push({ code, message, position, ...(chunk === undefined ? {} : { chunk }) });
  }
}
