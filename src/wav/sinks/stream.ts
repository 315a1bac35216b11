import type { Writable } from "node:stream";
import type { WritableStream, WritableStreamDefaultWriter } from "node:stream/web";
import { streamFailure } from "../file-failure.js";
import type { StreamSink } from "./sink.js";

// Of Node these are types alone: what is written to is an object of the caller's.

/** What stream errors name it by. */
const NAME = "the stream";

/** Writes to a Node stream, one piece at a time, each when the stream has done with the one before. */
export function nodeStream(stream: Writable): StreamSink {
  let failed: Error | undefined;
  // An error that nobody listens for would end the process. The next call tells.
  stream.on("error", (error) => {
    failed ??= error;
  });
  const settled = (start: (done: (error?: Error | null) => void) => void): Promise<void> =>
    new Promise((resolve, reject) => {
      const fail = (error: unknown): void => {
        reject(streamFailure(error, NAME));
      };
      if (failed !== undefined) {
        fail(failed);
        return;
      }
      // A stream that is destroyed may never call back.
      const closed = (): void => fail(failed ?? new Error("it was closed"));
      stream.once("close", closed);
      start((error) => {
        stream.off("close", closed);
        if (error === undefined || error === null) {
          resolve();
        } else {
          fail(error);
        }
      });
    });
  return {
    ...STREAM,
    write: async (bytes) => {
      // A copy: the stream may keep the bytes, and the caller's memory is soon used anew.
      await settled((done) => stream.write(Uint8Array.from(bytes), done));
      return bytes.byteLength;
    },
    close: () => settled((done) => stream.end(done)),
    discard: () => Promise.resolve(),
  };
}

/**
 * Writes to a Web stream.
 *
 * @throws TypeError when the stream is locked.
 */
export function webStream(stream: WritableStream<Uint8Array>): StreamSink {
  const writer: WritableStreamDefaultWriter<Uint8Array> = stream.getWriter();
  const told = async (job: Promise<void>): Promise<void> => {
    try {
      await job;
    } catch (error) {
      throw streamFailure(error, NAME);
    }
  };
  return {
    ...STREAM,
    write: async (bytes) => {
      await told(writer.ready);
      await told(writer.write(Uint8Array.from(bytes)));
      return bytes.byteLength;
    },
    close: () => told(writer.close()),
    discard: () => {
      writer.releaseLock();
      return Promise.resolve();
    },
  };
}

const STREAM = {
  name: NAME,
  path: undefined,
  seekable: false,
  sync: () => Promise.resolve(),
} as const;
