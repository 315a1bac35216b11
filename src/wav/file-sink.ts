import { constants } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { AudioError } from "../errors.js";
import { writeFailure } from "./file-failure.js";

/**
 * Opens the file to be written, empty; an existing one only with `overwrite`.
 *
 * @throws AudioError `file-exists`, `file-not-writable`.
 */
export async function openForWriting(path: string, overwrite: boolean): Promise<FileHandle> {
  const replace = overwrite ? constants.O_TRUNC : constants.O_EXCL;
  // Without O_NONBLOCK, opening a named pipe would wait for a reader, perhaps for ever.
  const flags = constants.O_WRONLY | constants.O_CREAT | replace | (constants.O_NONBLOCK ?? 0);
  let handle: FileHandle;
  try {
    handle = await open(path, flags);
  } catch (error) {
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory() === true) {
      const message = `Cannot write ${path}: it is a directory.`;
      throw new AudioError("file-not-writable", message, { cause: error });
    }
    throw writeFailure(error, path);
  }
  const stats = await handle.stat();
  if (stats.isFIFO() || stats.isSocket()) {
    await handle.close();
    // A pipe cannot be gone back in, to bring the header up to date.
    throw new AudioError("file-not-writable", `Cannot write ${path}: it is a pipe.`);
  }
  return handle;
}

/**
 * Waits until what was written is on the disk.
 *
 * @throws AudioError `file-not-writable`, `disk-full`.
 */
export async function syncFile(handle: FileHandle, path: string): Promise<void> {
  try {
    await handle.sync();
  } catch (error) {
    // Devices such as /dev/null answer EINVAL: they have nothing to make durable.
    if (!(error instanceof Error && "code" in error && error.code === "EINVAL")) {
      throw writeFailure(error, path);
    }
  }
}
