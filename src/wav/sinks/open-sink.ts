import type { Writable } from "node:stream";
import type { WritableStream } from "node:stream/web";
import { checkText, describe } from "../../options.js";
import type { WavFileHandle } from "./file.js";
import { memoryFile, WavBytes } from "./memory.js";
import type { WavSink } from "./sink.js";
import { nodeStream, webStream } from "./stream.js";

/**
 * What a `WavWriter` can write to: a path, an open file (a `FileHandle` of `node:fs/promises`), a
 * file in memory, a Node stream or a Web stream.
 */
export type WavTarget = string | WavFileHandle | WavBytes | Writable | WritableStream<Uint8Array>;

/** A target that was looked at, to be opened when everything else has been, too. */
export type OpenSink = (overwrite: boolean) => Promise<WavSink>;

/**
 * Tells what kind of target it is. The module for files is loaded when a file is opened, so that
 * there is nothing of Node in a page that writes to memory or streams.
 *
 * @throws TypeError, RangeError when it is none.
 */
export function checkTarget(target: WavTarget): OpenSink {
  if (typeof target === "string") {
    const path = checkText(target, "path");
    return async (overwrite) => (await import("./file.js")).openPath(path, overwrite);
  }
  if (target instanceof WavBytes) {
    return async (overwrite) => memoryFile(target, overwrite);
  }
  if (isWebStream(target)) {
    return async () => webStream(target);
  }
  if (isFileHandle(target)) {
    return async (overwrite) => (await import("./file.js")).openHandle(target, overwrite);
  }
  if (isNodeStream(target)) {
    return async () => nodeStream(target);
  }
  throw new TypeError(
    `Expected a path, a FileHandle, a WavBytes, a Writable or a WritableStream, got ${describe(target)}`,
  );
}

function isWebStream(target: unknown): target is WritableStream<Uint8Array> {
  return hasMethods(target, ["getWriter", "abort"]);
}

function isFileHandle(target: unknown): target is WavFileHandle {
  return hasMethods(target, ["stat", "write", "truncate", "sync"]);
}

function isNodeStream(target: unknown): target is Writable {
  return hasMethods(target, ["write", "end", "on", "once", "off"]);
}

function hasMethods(target: unknown, names: readonly string[]): boolean {
  return (
    typeof target === "object" &&
    target !== null &&
    names.every((name) => typeof Reflect.get(target, name) === "function")
  );
}
