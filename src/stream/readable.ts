import { Readable } from "node:stream";
import { ReadableStream } from "node:stream/web";
import { callbackify } from "node:util";
import { asError } from "../errors.js";
import { bytesPerFrame, type Frames, type SampleFormat, silenceByte } from "../format.js";
import { checkOptions, describe } from "../options.js";
import type { Gap } from "../recording/recording.js";
import type { Block } from "./block.js";

/** Options of `toReadable` and `toWebReadable`. */
export interface InputReadableOptions {
  /** Called for each loss, before the silence that stands in for it is handed on. */
  readonly onGap?: (gap: Gap) => void;
}

/** What of a stream is read: its blocks, and its end. */
export interface BlockSource extends AsyncIterable<Block> {
  readonly format: SampleFormat;
  readonly numberOfChannels: number;
  close(): Promise<void>;
}

/** The most silence in one chunk: a long gap takes no more memory than a short one. */
const SILENT_CHUNK: Frames = 16_384;

/** See `InputStream.toReadable`. */
export function readableOf(source: BlockSource, options: InputReadableOptions): Readable {
  const chunks = bytesOf(source, options);
  return new Readable({
    async read() {
      try {
        const next = await chunks.next();
        this.push(next.done === true ? null : next.value);
      } catch (error) {
        this.destroy(asError(error));
      }
    },
    destroy(error, done) {
      // The first fault is the one to tell.
      callbackify(() => source.close())((fault) => done(error ?? fault));
    },
  });
}

/** See `InputStream.toWebReadable`. */
export function webReadableOf(
  source: BlockSource,
  options: InputReadableOptions,
): ReadableStream<Uint8Array> {
  const chunks = bytesOf(source, options);
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await chunks.next();
        if (next.done === true) {
          controller.close();
        } else {
          controller.enqueue(next.value);
        }
      },
      cancel: () => source.close(),
    },
    { highWaterMark: 1 },
  );
}

/** The bytes of the blocks, with silence for what was lost before each. */
function bytesOf(
  source: BlockSource,
  options: InputReadableOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  checkOptions(options, ["onGap"], "toReadable()");
  const onGap = options?.onGap;
  if (onGap !== undefined && typeof onGap !== "function") {
    throw new TypeError(`Expected \`onGap\` to be a function, got ${describe(onGap)}`);
  }
  const frameBytes = bytesPerFrame(source.format, source.numberOfChannels);
  return (async function* () {
    for await (const block of source) {
      const { droppedBefore: lost, position, dropCause: cause } = block;
      if (lost > 0 && cause !== undefined) {
        onGap?.({ position: position - lost, frames: lost, cause });
      }
      for (let left = lost; left > 0; left -= SILENT_CHUNK) {
        yield new Uint8Array(Math.min(left, SILENT_CHUNK) * frameBytes).fill(
          silenceByte(source.format),
        );
      }
      if (block.length > 0) {
        yield block.bytes;
      }
    }
  })();
}
