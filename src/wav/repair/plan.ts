import { AudioError } from "../../errors.js";
import { type LongSizes, readLongSizes, SIZE_ELSEWHERE } from "../containers/riff.js";
import type { WavChunk, WavLayout } from "../parse.js";
import { type Requests, readBytes } from "../requests.js";
import type { WavChange } from "./change.js";
import { type Extent, findExtent } from "./extent.js";

/** The sizes of file and data, the number of frames, and an empty table. */
const DS64_BYTES = 28;
/** Without the table. */
const DS64_BYTES_LEAST = 24;
/** GUID and 64-bit size of a chunk of Wave64. */
const WAVE64_HEADER_BYTES = 24;
/** Chunks that only keep room. */
const ROOM = ["JUNK", "junk", "PAD ", "FLLR"];

/**
 * What must change in a file so that programs that believe its sizes read all of it: no byte of
 * audio is among it. Empty for a sound file.
 *
 * @throws AudioError `format-not-supported` when sizes of 64 bits are needed and there is no room.
 */
export function planRepair(
  layout: WavLayout,
  fileBytes: number,
  name: string,
): Requests<readonly WavChange[]> {
  return new Planner(layout, fileBytes, name).run();
}

class Planner {
  readonly #layout: WavLayout;
  readonly #fileBytes: number;
  readonly #name: string;
  readonly #changes: WavChange[] = [];

  constructor(layout: WavLayout, fileBytes: number, name: string) {
    this.#layout = layout;
    this.#fileBytes = fileBytes;
    this.#name = name;
  }

  *run(): Requests<readonly WavChange[]> {
    const { container } = this.#layout;
    const ds64 = this.#findLongSizes();
    const longSizes = ds64 === undefined ? undefined : yield* this.#readLongSizes(ds64);
    const extent = yield* findExtent(this.#layout, longSizes, this.#fileBytes);
    yield* this.#fixChunks(extent);
    if (container.name === "Wave64") {
      yield* this.#fixWave64(extent);
    } else if (ds64 !== undefined && longSizes !== undefined) {
      yield* this.#fixLong(extent, ds64);
    } else {
      yield* this.#fixShort(extent, ds64);
    }
    return this.#changes;
  }

  /** The `ds64` chunk before the data, sound or not. */
  #findLongSizes(): WavChunk | undefined {
    const { container, chunks, dataPosition } = this.#layout;
    return container.name === "RF64" || container.name === "BW64"
      ? chunks.find(({ id, position }) => id === "ds64" && position < dataPosition)
      : undefined;
  }

  *#readLongSizes({ id, position, size }: WavChunk): Requests<LongSizes | undefined> {
    return size < DS64_BYTES_LEAST
      ? undefined
      : yield* readLongSizes({ id, start: position - 8, body: position, size });
  }

  /** Chunks behind the data that the end of the file cut off, and the pad byte at the end. */
  *#fixChunks({ dataBytes, end }: Extent): Requests<void> {
    const { chunks, warnings, container, dataPosition } = this.#layout;
    const isWave64 = container.name === "Wave64";
    const headerBytes = isWave64 ? WAVE64_HEADER_BYTES : 8;
    for (const { id, position, size } of chunks) {
      const start = position - headerBytes;
      const isCut = warnings.some(
        (warning) => warning.code === "chunk-too-large" && warning.position === start,
      );
      // What looked like a chunk may have turned out to be audio, or the rest of a frame.
      if (isCut && start >= dataPosition + dataBytes && start < end) {
        const what = `the size of chunk "${id}" is ${size}`;
        yield* isWave64
          ? this.#set(what, position - 8, long(size + WAVE64_HEADER_BYTES))
          : this.#set(what, position - 4, this.#short(size));
      }
    }
    if (end > this.#fileBytes) {
      const after = new Uint8Array(end - this.#fileBytes);
      yield* this.#set("the pad byte is added", this.#fileBytes, after);
    }
  }

  *#fixWave64(extent: Extent): Requests<void> {
    const { dataBytes, end } = extent;
    const size = long(dataBytes + WAVE64_HEADER_BYTES);
    const place = this.#layout.dataPosition - 8;
    if (!(yield* this.#isThere(place, size))) {
      yield* this.#fixFact(extent);
      yield* this.#set(`the data have ${dataBytes} bytes`, place, size);
    }
    if (this.#isEndWrong(extent)) {
      yield* this.#set(`the file ends at byte ${end}`, 16, long(end));
    }
  }

  /** RF64 and BW64. */
  *#fixLong(extent: Extent, ds64: WavChunk): Requests<void> {
    const { dataBytes, frames, end } = extent;
    const { dataPosition } = this.#layout;
    const sizeBytes = yield* readBytes(dataPosition - 4, 4);
    const isShort = equal(sizeBytes, this.#short(dataBytes)) && dataBytes < SIZE_ELSEWHERE;
    const elsewhere = this.#short(SIZE_ELSEWHERE);
    const size = long(dataBytes);
    const isRight =
      isShort || (equal(sizeBytes, elsewhere) && (yield* this.#isThere(ds64.position + 8, size)));
    if (!isRight) {
      const what = `the data have ${dataBytes} bytes`;
      yield* this.#set(`the file has ${frames} frames`, ds64.position + 16, long(frames));
      yield* this.#fixFact(extent);
      yield* this.#set(`${what}, in ds64`, dataPosition - 4, elsewhere);
      yield* this.#set(what, ds64.position + 8, size);
    }
    if (this.#isEndWrong(extent)) {
      const ends = `the file ends at byte ${end}`;
      yield* this.#set(`${ends}, in ds64`, 4, this.#short(SIZE_ELSEWHERE));
      yield* this.#set(ends, ds64.position, long(end - 8));
    }
  }

  /** RIFF and RIFX; also RF64 and BW64 without sizes of 64 bits, of which RIFF files are made. */
  *#fixShort(extent: Extent, damaged: WavChunk | undefined): Requests<void> {
    const { dataBytes, end } = extent;
    const { container, dataPosition } = this.#layout;
    if (end - 8 > SIZE_ELSEWHERE) {
      yield* this.#becomeLong(extent);
      return;
    }
    if (container.name === "RF64" || container.name === "BW64") {
      yield* this.#set("the file is RIFF", 0, ascii("RIFF"));
    }
    if (damaged !== undefined) {
      const what = "the ds64 chunk that is too short is filler";
      yield* this.#set(what, damaged.position - 8, ascii("JUNK"));
    }
    const size = this.#short(dataBytes);
    if (!(yield* this.#isThere(dataPosition - 4, size))) {
      yield* this.#fixFact(extent);
      yield* this.#set(`the data have ${dataBytes} bytes`, dataPosition - 4, size);
    }
    if (this.#isEndWrong(extent)) {
      yield* this.#set(`the file ends at byte ${end}`, 4, this.#short(end - 8));
    }
  }

  /** Makes an RF64 file, with its sizes in a chunk that kept room for them. */
  *#becomeLong(extent: Extent): Requests<void> {
    const { dataBytes, frames, end } = extent;
    const { container, chunks, dataPosition } = this.#layout;
    const room = chunks.find(
      ({ id, position, size }) =>
        position === container.firstChunk + 8 && size >= DS64_BYTES && ROOM.includes(id),
    );
    if (room === undefined || container.bigEndian) {
      const message =
        `Cannot repair ${this.#name} in place: it is larger than 4 GiB and its header has no room for larger sizes. ` +
        "WavReader reads all of it; copy it with WavWriter.";
      throw new AudioError("format-not-supported", message);
    }
    const sizes = [long(end - 8), long(dataBytes), long(frames), new Uint8Array(4)];
    yield* this.#fixFact(extent);
    if (container.name === "RIFF") {
      yield* this.#set("the file is RF64, for it is larger than 4 GiB", 0, ascii("RF64"));
    }
    yield* this.#set("its size is in ds64", 4, this.#short(SIZE_ELSEWHERE));
    yield* this.#set("the filler is ds64", room.position - 8, ascii("ds64"));
    const what = `the data have ${dataBytes} bytes`;
    yield* this.#set(what, room.position, Buffer.concat(sizes));
    yield* this.#set(`${what}, in ds64`, dataPosition - 4, this.#short(SIZE_ELSEWHERE));
  }

  /**
   * The number of frames, where the file tells it and its data are others than it said. It comes
   * before the size of the data: a repair that is killed between them is begun anew.
   */
  *#fixFact({ frames }: Extent): Requests<void> {
    const fact = this.#layout.chunks.find(({ id }) => id === "fact");
    if (fact !== undefined && fact.size >= 4) {
      const most = Math.min(frames, SIZE_ELSEWHERE);
      yield* this.#set(`fact tells ${frames} frames`, fact.position, this.#short(most));
    }
  }

  /** Bytes behind the end do not make a size wrong that counts them, if all else is right. */
  #isEndWrong({ declaredEnd, end }: Extent): boolean {
    return declaredEnd !== end && (declaredEnd !== this.#fileBytes || this.#changes.length > 0);
  }

  /** Plans to write bytes, unless they are there. */
  *#set(what: string, position: number, after: Uint8Array): Requests<void> {
    const before = yield* readBytes(position, after.byteLength);
    if (!equal(before, after)) {
      this.#changes.push({ what, position, before, after });
    }
  }

  *#isThere(position: number, bytes: Uint8Array): Requests<boolean> {
    return equal(yield* readBytes(position, bytes.byteLength), bytes);
  }

  /** A 32-bit field. */
  #short(value: number): Uint8Array {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, value, !this.#layout.container.bigEndian);
    return bytes;
  }
}

/** A 64-bit field, which no big-endian file has. */
function long(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
  return bytes;
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

function equal(one: Uint8Array, other: Uint8Array): boolean {
  return one.byteLength === other.byteLength && one.every((byte, index) => byte === other[index]);
}
