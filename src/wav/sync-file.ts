import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { AudioError } from "../errors.js";
import type { Frames, Hertz } from "../format.js";
import { checkText, describe } from "../options.js";
import { toAudioError, WavFault } from "./fault.js";
import { readFailure } from "./file-failure.js";
import { FrameReader } from "./frame-reader.js";
import type { WavFormat, WavSampleFormat } from "./header.js";
import { parseWav, type WavLayout } from "./parse.js";
import { answer, type SyncByteReader } from "./requests.js";
import { bytesSource } from "./source.js";

/**
 * A WAV file that is read synchronously: for `roomtone/wave`, and for threads that have nothing
 * else to do.
 */
export interface SyncWavFile<Format extends WavFormat = WavFormat> {
  readonly sampleRate: Hertz;
  readonly channels: number;
  /** In which frames are given, interleaved: that of `WavReader`. */
  readonly format: Format;
  /** Whole frames in the file. */
  readonly frames: Frames;
  /** The file's descriptor; undefined for bytes in memory and after `close()`. */
  readonly descriptor: number | undefined;
  /**
   * Copies interleaved frames from `position` on to the start of `target`, at most `frames` of them
   * and as many as there are. Returns how many: 0 at the end.
   *
   * @throws AudioError `file-not-readable` when the disk fails, `stream-closed` after `close()`.
   */
  read(target: Uint8Array, position: Frames, frames: Frames): Frames;
  /** Gives the file back; a second call does nothing. */
  close(): void;
}

/** How frames of a file are read, and in which format they come. */
interface Frontend<Format extends WavFormat> {
  readonly frames: FrameReader;
  readonly format: Format;
}

/**
 * Opens a WAV file, or the bytes of one, which must then not change.
 *
 * @throws AudioError `file-not-readable`, `malformed-file`, `format-not-supported`.
 * @throws TypeError, RangeError when it is neither path nor bytes.
 */
export function openWavSync(source: string | Uint8Array): SyncWavFile {
  return openAs(source, (layout) => {
    const frames = new FrameReader(layout);
    return { frames, format: frames.format };
  });
}

/** The same, but 64-bit floats, which no device has, are rounded to 32-bit ones. */
export function openNarrowWavSync(source: string | Uint8Array): SyncWavFile<WavSampleFormat> {
  return openAs(source, (layout) => {
    const frames = new FrameReader(layout, true);
    // Never 64 bits: they were asked to be narrowed.
    return { frames, format: frames.format === "float64" ? "float32" : frames.format };
  });
}

function openAs<Format extends WavFormat>(
  source: string | Uint8Array,
  frontendOf: (layout: WavLayout) => Frontend<Format>,
): SyncWavFile<Format> {
  if (source instanceof Uint8Array) {
    const name = "the bytes";
    const bytes = bytesSource(source);
    const layout = readLayout(bytes, source.byteLength, name);
    return new SyncWav(layout, frontendOf(layout), bytes, undefined, name);
  }
  if (typeof source !== "string") {
    throw new TypeError(`Expected a path or a Uint8Array, got ${describe(source)}`);
  }
  checkText(source, "path");
  const descriptor = openDescriptor(source);
  try {
    const bytes = descriptorReader(descriptor);
    const layout = readLayout(bytes, fstatSync(descriptor).size, source);
    return new SyncWav(layout, frontendOf(layout), bytes, descriptor, source);
  } catch (error) {
    closeSync(descriptor);
    throw readFailure(error, source);
  }
}

/** Node takes no length above 2^31 - 1 in one call. */
const MOST_BYTES_AT_ONCE = 2 ** 30;

class SyncWav<Format extends WavFormat> implements SyncWavFile<Format> {
  readonly sampleRate: Hertz;
  readonly channels: number;
  readonly format: Format;
  readonly frames: Frames;
  readonly #frames: FrameReader;
  readonly #name: string;
  /** Undefined once closed. */
  #bytes: SyncByteReader | undefined;
  #descriptor: number | undefined;

  constructor(
    layout: WavLayout,
    frontend: Frontend<Format>,
    bytes: SyncByteReader,
    descriptor: number | undefined,
    name: string,
  ) {
    this.sampleRate = layout.fmt.sampleRate;
    this.channels = layout.fmt.channels;
    this.format = frontend.format;
    this.frames = frontend.frames.length;
    this.#frames = frontend.frames;
    this.#bytes = bytes;
    this.#descriptor = descriptor;
    this.#name = name;
  }

  get descriptor(): number | undefined {
    return this.#descriptor;
  }

  read(target: Uint8Array, position: Frames, frames: Frames): Frames {
    if (this.#bytes === undefined) {
      throw new AudioError("stream-closed", `${this.#name}: the file is closed.`);
    }
    try {
      return answer(this.#frames.read(target, position, frames), this.#bytes);
    } catch (error) {
      throw readFailure(error, this.#name);
    }
  }

  close(): void {
    const descriptor = this.#descriptor;
    this.#bytes = undefined;
    this.#descriptor = undefined;
    if (descriptor !== undefined) {
      closeSync(descriptor);
    }
  }
}

function descriptorReader(descriptor: number): SyncByteReader {
  let scratch = new Uint8Array(0);
  return {
    read: (target, position) => readFully(descriptor, target, position),
    lend: (position, length) => {
      if (scratch.byteLength < length) {
        scratch = new Uint8Array(length);
      }
      const target = scratch.subarray(0, length);
      return target.subarray(0, readFully(descriptor, target, position));
    },
  };
}

function openDescriptor(path: string): number {
  let descriptor: number;
  try {
    // Without O_NONBLOCK, opening a named pipe would wait for a writer, perhaps for ever.
    descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    throw readFailure(error, path);
  }
  const stat = fstatSync(descriptor);
  if (!stat.isFile()) {
    closeSync(descriptor);
    const kind = stat.isDirectory() ? "it is a directory" : "it is not a regular file";
    throw new AudioError("file-not-readable", `Cannot read ${path}: ${kind}.`);
  }
  return descriptor;
}

function readLayout(bytes: SyncByteReader, size: number, name: string): WavLayout {
  try {
    return answer(parseWav({ size }), bytes);
  } catch (error) {
    throw error instanceof WavFault ? toAudioError(error, name) : error;
  }
}

function readFully(descriptor: number, target: Uint8Array, position: number): number {
  let done = 0;
  while (done < target.byteLength) {
    const length = Math.min(target.byteLength - done, MOST_BYTES_AT_ONCE);
    const count = readSync(descriptor, target, done, length, position + done);
    if (count === 0) {
      break;
    }
    done += count;
  }
  return done;
}
