import { closeSync, constants, fstatSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { AudioError } from "../errors.js";
import { writeFailure } from "./file-failure.js";
import type { WavBytes } from "./sinks/memory.js";

/** Where a WAV file that is written synchronously goes. Its methods throw what the system throws. */
export interface SyncTarget {
  /** As an error message names it. */
  readonly name: string;
  /** Writes bytes at a place; gives how many, which may be fewer, but at least one. */
  write(bytes: Uint8Array, position: number): number;
  truncate(size: number): void;
  close(): void;
}

/** Node takes no length above 2^31 - 1 in one call. */
const MOST_BYTES_AT_ONCE = 2 ** 30;

/**
 * Creates a file, or empties an existing one.
 *
 * @throws AudioError `file-not-writable`, for a pipe too.
 */
export function fileTarget(path: string): SyncTarget {
  const descriptor = openForWriting(path);
  return {
    name: path,
    write: (bytes, position) =>
      writeSync(descriptor, bytes, 0, Math.min(bytes.byteLength, MOST_BYTES_AT_ONCE), position),
    truncate: (size) => ftruncateSync(descriptor, size),
    close: () => closeSync(descriptor),
  };
}

/** Takes a file in memory and empties it. */
export function memoryTarget(file: WavBytes): SyncTarget {
  file.truncate(0);
  return {
    name: "the bytes",
    write(bytes, position) {
      file.put(bytes, position);
      return bytes.byteLength;
    },
    truncate: (size) => file.truncate(size),
    close() {
      // The bytes stay with whoever gave them.
    },
  };
}

function openForWriting(path: string): number {
  // Without O_NONBLOCK, opening a named pipe would wait for a reader, perhaps for ever.
  const nonBlock = constants.O_NONBLOCK ?? 0;
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | nonBlock;
  let descriptor: number;
  try {
    descriptor = openSync(path, flags);
  } catch (error) {
    throw writeFailure(error, path);
  }
  const stats = fstatSync(descriptor);
  if (stats.isFIFO() || stats.isSocket()) {
    closeSync(descriptor);
    // A pipe cannot be gone back in, to bring the header up to date.
    throw new AudioError("file-not-writable", `Cannot write ${path}: it is a pipe.`);
  }
  return descriptor;
}
