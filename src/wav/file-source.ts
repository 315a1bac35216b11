import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { AudioError } from "../errors.js";
import { readFailure } from "./file-failure.js";
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
    return await sourceOf(opened, path, () => opened.close());
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
    return await sourceOf(handle, name, () => Promise.resolve());
  } catch (error) {
    throw readFailure(error, name);
  }
}

async function sourceOf(
  handle: FileHandle,
  name: string,
  close: () => Promise<void>,
): Promise<ByteSource> {
  const stat = await handle.stat();
  if (!stat.isFile()) {
    const kind = stat.isDirectory() ? "it is a directory" : "it is not a regular file";
    throw new AudioError("file-not-readable", `Cannot read ${name}: ${kind}.`);
  }
  return {
    name,
    size: stat.size,
    read: async (target, position) => {
      let done = 0;
      try {
        while (done < target.byteLength) {
          const length = Math.min(target.byteLength - done, MOST_BYTES_AT_ONCE);
          const { bytesRead } = await handle.read(target, done, length, position + done);
          if (bytesRead === 0) {
            break;
          }
          done += bytesRead;
        }
      } catch (error) {
        throw readFailure(error, name);
      }
      return done;
    },
    close,
  };
}
