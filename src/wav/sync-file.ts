import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { AudioError } from "../errors.js";
import { bytesPerFrame, type Frames, type Hertz } from "../format.js";
import { checkText, describe } from "../options.js";
import { toAudioError, WavFault } from "./fault.js";
import { readFailure } from "./file-failure.js";
import type { WavFormat } from "./header.js";
import { parseWav, type WavLayout } from "./parse.js";

/**
 * A WAV file that is read synchronously: for `roomtone/wave`, and for threads that have nothing
 * else to do.
 */
export interface SyncWavFile {
  readonly sampleRate: Hertz;
  readonly channels: number;
  readonly format: WavFormat;
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

/**
 * Opens a WAV file, or the bytes of one, which must then not change.
 *
 * @throws AudioError `file-not-readable`, `malformed-file`, `format-not-supported`.
 * @throws TypeError, RangeError when it is neither path nor bytes.
 */
export function openWavSync(source: string | Uint8Array): SyncWavFile {
  if (source instanceof Uint8Array) {
    const name = "the bytes";
    const read: ReadBytes = (target, position) => copyBytes(source, target, position);
    return new SyncWav(readLayout(read, source.byteLength, name), source, name);
  }
  if (typeof source !== "string") {
    throw new TypeError(`Expected a path or a Uint8Array, got ${describe(source)}`);
  }
  checkText(source, "path");
  const descriptor = openDescriptor(source);
  try {
    const size = fstatSync(descriptor).size;
    const layout = readLayout(
      (target, position) => readFully(descriptor, target, position),
      size,
      source,
    );
    return new SyncWav(layout, descriptor, source);
  } catch (error) {
    closeSync(descriptor);
    throw readFailure(error, source);
  }
}

/** Node takes no length above 2^31 - 1 in one call. */
const MOST_BYTES_AT_ONCE = 2 ** 30;

class SyncWav implements SyncWavFile {
  readonly sampleRate: Hertz;
  readonly channels: number;
  readonly format: WavFormat;
  readonly frames: Frames;
  readonly #dataPosition: number;
  readonly #frameBytes: number;
  readonly #name: string;
  /** A file descriptor, bytes in memory, or undefined once closed. */
  #source: number | Uint8Array | undefined;

  constructor(layout: WavLayout, source: number | Uint8Array, name: string) {
    this.sampleRate = layout.sampleRate;
    this.channels = layout.channels;
    this.format = layout.format;
    this.frames = layout.frames;
    this.#dataPosition = layout.dataPosition;
    this.#frameBytes = bytesPerFrame(layout.format, layout.channels);
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
    const room = Math.floor(target.byteLength / this.#frameBytes);
    const wanted = Math.max(0, Math.min(frames, room, this.frames - position));
    const part = target.subarray(0, wanted * this.#frameBytes);
    const at = this.#dataPosition + position * this.#frameBytes;
    try {
      const bytes =
        typeof source === "number" ? readFully(source, part, at) : copyBytes(source, part, at);
      return Math.floor(bytes / this.#frameBytes);
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

/** Runs the parser to its end. */
function readLayout(read: ReadBytes, size: number, name: string): WavLayout {
  const parser = parseWav(size);
  try {
    let step = parser.next();
    while (step.done !== true) {
      const bytes = new Uint8Array(step.value.length);
      step = parser.next(bytes.subarray(0, read(bytes, step.value.position)));
    }
    return step.value;
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

function copyBytes(source: Uint8Array, target: Uint8Array, position: number): number {
  const part = source.subarray(position, position + target.byteLength);
  target.set(part);
  return part.byteLength;
}
