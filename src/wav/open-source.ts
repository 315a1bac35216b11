import type { FileHandle } from "node:fs/promises";
import { checkText, describe } from "../options.js";
import { type ByteSource, blobSource, bytesSource } from "./source.js";
import { type ByteStream, streamSource } from "./stream-source.js";

/**
 * Where a WAV file can be read from: a path, an open file (which stays open), the bytes of a file,
 * a Blob, or a stream of bytes: a Node `Readable`, a Web `ReadableStream`, or anything that can be
 * iterated over asynchronously. A stream is read forwards only.
 */
export type WavSource =
  | string
  | Uint8Array
  | Blob
  | FileHandle
  | AsyncIterable<Uint8Array>
  | ReadableStream<Uint8Array>;

/**
 * Opens a source. What touches files is loaded only for paths and handles, so that the rest works in
 * browsers.
 *
 * @throws AudioError `file-not-readable`.
 * @throws TypeError, RangeError when it is none of them.
 */
export async function openSource(source: unknown): Promise<ByteSource> {
  if (source instanceof Uint8Array) {
    return bytesSource(source);
  }
  if (typeof source === "string") {
    const { openFileSource } = await import("./file-source.js");
    return await openFileSource(checkText(source, "path"));
  }
  if (source instanceof Blob) {
    return blobSource(source);
  }
  if (isFileHandle(source)) {
    const { handleSource } = await import("./file-source.js");
    return await handleSource(source);
  }
  if (isStream(source)) {
    return streamSource(source);
  }
  throw new TypeError(
    `Expected a path, a FileHandle, a Uint8Array, a Blob or a stream of bytes, got ${describe(source)}`,
  );
}

function isFileHandle(value: unknown): value is FileHandle {
  return (
    typeof value === "object" &&
    value !== null &&
    "fd" in value &&
    typeof value.fd === "number" &&
    "stat" in value &&
    typeof value.stat === "function"
  );
}

function isStream(value: unknown): value is ByteStream {
  return (
    typeof value === "object" &&
    value !== null &&
    (Symbol.asyncIterator in value || "getReader" in value)
  );
}
