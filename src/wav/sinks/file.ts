import { constants, type Stats, write as writeDescriptor } from "node:fs";
import { type FileHandle, open, rm, stat } from "node:fs/promises";
import { AudioError } from "../../errors.js";
import { writeFailure } from "../file-failure.js";
import type { SeekableSink, WavSink } from "./sink.js";

/** What a writer uses of a `FileHandle` of `node:fs/promises`; anything that does the same will do. */
export interface WavFileHandle {
  stat(): Promise<Pick<Stats, "size" | "isFIFO" | "isSocket" | "isCharacterDevice">>;
  /** Writes a part of `bytes` at a place of the file, or where it is with `null`. */
  write(
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number | null,
  ): Promise<{ readonly bytesWritten: number }>;
  truncate(bytes: number): Promise<void>;
  sync(): Promise<void>;
}

/** As an error message names a file whose path is not known. */
const HANDLE_NAME = "the file handle";

/**
 * Creates a file, or empties an existing one with `overwrite`.
 *
 * @throws AudioError `file-exists`, `file-not-writable`.
 */
export async function openPath(path: string, overwrite: boolean): Promise<SeekableSink> {
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
    // Opened so as not to wait, it would lose what its reader is too slow for.
    const way = "give a stream that writes to it";
    throw new AudioError("file-not-writable", `Cannot write ${path}: it is a pipe; ${way}.`);
  }
  const close = (): Promise<void> => handle.close();
  const discard = async (): Promise<void> => {
    await handle.close();
    if (!overwrite) {
      await rm(path, { force: true });
    }
  };
  return {
    ...seekable(handle),
    write: writerOf(handle.fd),
    name: path,
    path,
    close,
    discard,
  };
}

/** To a descriptor that nobody else closes. It costs less than the method of a handle. */
function writerOf(descriptor: number): SeekableSink["write"] {
  return (bytes, position) =>
    new Promise((resolve, reject) => {
      writeDescriptor(descriptor, bytes, 0, bytes.byteLength, position, (error, count) => {
        if (error === null) {
          resolve(count);
        } else {
          reject(error);
        }
      });
    });
}

/**
 * Takes an open file, which stays open: its owner closes it. It is written from its start,
 * whatever the position of its handle; pipes and terminals are written as they go.
 *
 * @throws AudioError `file-exists` when there is something in the file and `overwrite` is not true;
 *   `file-not-writable` when the handle is only for reading, or for appending, which would put each
 *   header behind the data.
 */
export async function openHandle(handle: WavFileHandle, overwrite: boolean): Promise<WavSink> {
  const left = (): Promise<void> => Promise.resolve();
  try {
    const stats = await handle.stat();
    if (stats.isFIFO() || stats.isSocket() || stats.isCharacterDevice()) {
      const write = async (bytes: Uint8Array): Promise<number> =>
        (await handle.write(bytes, 0, bytes.byteLength, null)).bytesWritten;
      const names = { name: HANDLE_NAME, path: undefined };
      return { ...names, seekable: false, write, sync: left, close: left, discard: left };
    }
    if (stats.size > 0 && !overwrite) {
      throw new AudioError(
        "file-exists",
        "The file of the handle is not empty; give another one, or `overwrite: true`.",
      );
    }
    await handle.truncate(0);
    await checkPlaces(handle);
  } catch (error) {
    throw writeFailure(error, HANDLE_NAME);
  }
  return {
    ...seekable(handle),
    name: HANDLE_NAME,
    path: undefined,
    close: left,
    discard: () => handle.truncate(0),
  };
}

/** A handle for appending puts everything at the end, whatever place it is told. */
async function checkPlaces(handle: WavFileHandle): Promise<void> {
  const byte = new Uint8Array(1);
  await handle.write(byte, 0, 1, 0);
  await handle.write(byte, 0, 1, 0);
  const { size } = await handle.stat();
  await handle.truncate(0);
  if (size !== 1) {
    const message = `Cannot write ${HANDLE_NAME}: it was opened for appending; open it with "w".`;
    throw new AudioError("file-not-writable", message);
  }
}

function seekable(
  handle: WavFileHandle,
): Pick<SeekableSink, "seekable" | "write" | "truncate" | "sync"> {
  return {
    seekable: true,
    write: async (bytes, position) =>
      (await handle.write(bytes, 0, bytes.byteLength, position)).bytesWritten,
    truncate: (bytes) => handle.truncate(bytes),
    sync: () => sync(handle),
  };
}

async function sync(handle: WavFileHandle): Promise<void> {
  try {
    await handle.sync();
  } catch (error) {
    // Devices such as /dev/null answer EINVAL: they have nothing to make durable.
    if (!(error instanceof Error && "code" in error && error.code === "EINVAL")) {
      throw error;
    }
  }
}
