import { Writable } from "node:stream";
import { WritableStream } from "node:stream/web";
import { callbackify } from "node:util";
import { bytesPerFrame, type SampleFormat } from "../format.js";
import { describe } from "../options.js";

/** What of a stream is written to. */
export interface FrameTarget {
  readonly format: SampleFormat;
  readonly numberOfChannels: number;
  write(frames: Uint8Array): Promise<void>;
  drain(): Promise<void>;
  close(): Promise<void>;
}

/** See `OutputStream.toWritable`. */
export function writableOf(target: FrameTarget): Writable {
  const frames = new WholeFrames(target);
  return new Writable({
    // Text is no sound: it shall be refused, not played.
    decodeStrings: false,
    write(chunk: Uint8Array, _encoding, done) {
      callbackify(() => frames.write(chunk))(done);
    },
    final(done) {
      callbackify(() => frames.end())(done);
    },
    destroy(error, done) {
      // The first fault is the one to tell.
      callbackify(() => target.close())((fault) => done(error ?? fault));
    },
  });
}

/** See `OutputStream.toWebWritable`. */
export function webWritableOf(target: FrameTarget): WritableStream<Uint8Array> {
  const frames = new WholeFrames(target);
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= target.close();
    return closing;
  };
  /** A Web stream that has failed calls nothing any more: the device is given back before. */
  const closingOnFault = async (step: Promise<void>): Promise<void> => {
    try {
      await step;
    } catch (error) {
      await close().catch(() => {
        // The first fault is the one to tell.
      });
      throw error;
    }
  };
  return new WritableStream<Uint8Array>({
    start(controller: AbortableController) {
      // An abort waits for the write that is under way, which may wait for room: this ends it.
      controller.signal?.addEventListener("abort", () => {
        close().catch(() => {
          // `abort` below tells of it.
        });
      });
    },
    write: (chunk) => closingOnFault(frames.write(chunk)),
    close: () => closingOnFault(frames.end()),
    abort: close,
  });
}

/** The types of Node leave the signal out, which is there. */
interface AbortableController {
  readonly signal?: AbortSignal;
  error(reason?: unknown): void;
}

/** Cuts chunks of any size at the borders of frames. */
class WholeFrames {
  readonly #target: FrameTarget;
  readonly #frameBytes: number;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(target: FrameTarget) {
    this.#target = target;
    this.#frameBytes = bytesPerFrame(target.format, target.numberOfChannels);
  }

  async write(chunk: unknown): Promise<void> {
    if (!(chunk instanceof Uint8Array)) {
      throw new TypeError(
        `Expected chunks of bytes (Uint8Array or Buffer), got ${describe(chunk)}`,
      );
    }
    const bytes = this.#rest.byteLength === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const whole = bytes.byteLength - (bytes.byteLength % this.#frameBytes);
    // A copy: the chunk's memory is its owner's again after this.
    this.#rest = Uint8Array.from(bytes.subarray(whole));
    if (whole > 0) {
      await this.#target.write(bytes.subarray(0, whole));
    }
  }

  /** What is whole is played; then a rest that is no frame is told. */
  async end(): Promise<void> {
    await this.#target.drain();
    await this.#target.close();
    if (this.#rest.byteLength > 0) {
      throw new RangeError(
        `Expected the bytes to end with a whole frame of ${this.#frameBytes} bytes, ${this.#rest.byteLength} are left`,
      );
    }
  }
}
