import { constants, read as readDescriptor } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { AudioError } from "../errors.js";
import { readFailure } from "./file-failure.js";
import { ReadAhead } from "./read-ahead.js";
import type { ByteSource } from "./source.js";

/** Node takes no length above 2^31 - 1 in one call. */
const MOST_BYTES_AT_ONCE = 2 ** 30;

/**
 * Opens a file as a source.
 *
 * @throws AudioError `file-not-readable`; its `read` throws the same.
 */
export async function openFileSource(path: string): Promise<ByteSource> {
  let handle: FileHandle | undefined;
  try {
    // Without O_NONBLOCK, opening a named pipe would wait for a writer, perhaps for ever.
    handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const opened = handle;
    return await sourceOf(opened, path, readerOf(opened.fd), () => opened.close());
  } catch (error) {
    await handle?.close();
    throw readFailure(error, path);
  }
}

/**
 * An open file as a source. It stays its owner's: `close` does not close it, and its own position is
 * neither used nor changed.
 *
 * @throws AudioError `file-not-readable`; its `read` throws the same.
 */
export async function handleSource(handle: FileHandle): Promise<ByteSource> {
  const name = "the open file";
  try {
    // Through the handle, which knows when its owner closes it.
    const read: ReadPart = async (target, offset, length, position) =>
      (await handle.read(target, offset, length, position)).bytesRead;
    return await sourceOf(handle, name, read, () => Promise.resolve());
  } catch (error) {
    throw readFailure(error, name);
  }
}

/** Reads a part of a file into a part of the target; gives how many bytes, which may be fewer. */
type ReadPart = (
  target: Uint8Array,
  offset: number,
  length: number,
  position: number,
) => Promise<number>;

/** Of a descriptor that nobody else closes. It costs less than the method of a handle. */
function readerOf(descriptor: number): ReadPart {
  return (target, offset, length, position) =>
    new Promise((resolve, reject) => {
      readDescriptor(descriptor, target, offset, length, position, (error, count) => {
        if (error === null) {
          resolve(count);
        } else {
          reject(error);
        }
      });
    });
}

async function sourceOf(
  handle: FileHandle,
  name: string,
  readPart: ReadPart,
  close: () => Promise<void>,
): Promise<ByteSource> {
  const stat = await handle.stat();
  if (!stat.isFile()) {
    const kind = stat.isDirectory() ? "it is a directory" : "it is not a regular file";
    throw new AudioError("file-not-readable", `Cannot read ${name}: ${kind}.`);
  }
  const read = async (target: Uint8Array, position: number): Promise<number> => {
    let done = 0;
    try {
      while (done < target.byteLength) {
        const length = Math.min(target.byteLength - done, MOST_BYTES_AT_ONCE);
        const count = await readPart(target, done, length, position + done);
        if (count === 0) {
          break;
        }
        done += count;
      }
    } catch (error) {
      throw readFailure(error, name);
    }
    return done;
  };
  const ahead = new ReadAhead(stat.size, read);
  return {
    name,
    size: stat.size,
    read: (target, position) => ahead.read(target, position),
    lend: (position, length) => ahead.lend(position, length),
    close: async () => {
      await ahead.end();
      await close();
    },
  };
}
