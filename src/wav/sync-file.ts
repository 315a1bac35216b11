import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { AudioError } from "../errors.js";
import type { Frames, Hertz } from "../format.js";
import { checkText, describe } from "../options.js";
import { toAudioError, WavFault } from "./fault.js";
import { readFailure } from "./file-failure.js";
import { FrameReader } from "./frame-reader.js";
import type { WavFormat, WavSampleFormat } from "./header.js";
import { parseWav, type WavLayout } from "./parse.js";
import { answerSync } from "./requests.js";
import { copyBytes } from "./source.js";

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

/**
 * Fills `target` with bytes of a file from `position` on; returns how many there were before its
 * end.
 */
type ReadBytes = (target: Uint8Array, position: number) => number;

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
    const layout = readLayout(source, source.byteLength, name);
    return new SyncWav(layout, frontendOf(layout), source, name);
  }
  if (typeof source !== "string") {
    throw new TypeError(`Expected a path or a Uint8Array, got ${describe(source)}`);
  }
  checkText(source, "path");
  const descriptor = openDescriptor(source);
  try {
    const layout = readLayout(descriptor, fstatSync(descriptor).size, source);
    return new SyncWav(layout, frontendOf(layout), descriptor, source);
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
  /** A file descriptor, bytes in memory, or undefined once closed. */
  #source: number | Uint8Array | undefined;

  constructor(
    layout: WavLayout,
    frontend: Frontend<Format>,
    source: number | Uint8Array,
    name: string,
  ) {
    this.sampleRate = layout.fmt.sampleRate;
    this.channels = layout.fmt.channels;
    this.format = frontend.format;
    this.frames = frontend.frames.length;
    this.#frames = frontend.frames;
    this.#source = source;
    this.#name = name;
  }

  get descriptor(): number | undefined {
    return typeof this.#source === "number" ? this.#source : undefined;
  }

  read(target: Uint8Array, position: Frames, frames: Frames): Frames {
    const source = this.#source;
    if (source === undefined) {
      throw new AudioError("stream-closed", `${this.#name}: the file is closed.`);
    }
    try {
      return answerSync(this.#frames.read(target, position, frames), readerOf(source));
    } catch (error) {
      throw readFailure(error, this.#name);
    }
  }

  close(): void {
    const source = this.#source;
    this.#source = undefined;
    if (typeof source === "number") {
      closeSync(source);
    }
  }
}

function readerOf(source: number | Uint8Array): ReadBytes {
  return typeof source === "number"
    ? (target, position) => readFully(source, target, position)
    : (target, position) => copyBytes(source, target, position);
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

function readLayout(source: number | Uint8Array, size: number, name: string): WavLayout {
  try {
    return answerSync(parseWav({ size }), readerOf(source));
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
