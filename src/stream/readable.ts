import type { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { bytesPerFrame, type Frames, silenceByte } from "../format.js";
import { checkOptions, describe } from "../options.js";
import type { Gap } from "../recording/recording.js";
import type { Block } from "./block.js";
import {
  PACK_OPTIONS,
  type PackFormat,
  type PackOptions,
  packedReadable,
  packedWebReadable,
  settlePacking,
} from "./packed-bytes.js";

/** Options of `toReadable` and `toWebReadable`. */
export interface InputReadableOptions extends PackOptions {
  /** Called for each loss, before the silence that stands in for it is handed on. */
  readonly onGap?: (gap: Gap) => void;
}

/** What of a stream is read: its blocks, and its end. */
export interface BlockSource extends PackFormat, AsyncIterable<Block> {
  close(): Promise<void>;
}

/** The most silence in one piece: a long gap takes no more memory than a short one. */
const SILENT_PIECE: Frames = 16_384;

/** See `InputStream.toReadable`. */
export function readableOf(source: BlockSource, options: InputReadableOptions): Readable {
  const onGap = checkReadable(options);
  const packing = settlePacking(options, source);
  return packedReadable(bytesOf(source, onGap), packing, () => source.close());
}

/** See `InputStream.toWebReadable`. */
export function webReadableOf(
  source: BlockSource,
  options: InputReadableOptions,
): ReadableStream<Uint8Array> {
  const onGap = checkReadable(options);
  const packing = settlePacking(options, source);
  return packedWebReadable(bytesOf(source, onGap), packing, () => source.close());
}

function checkReadable(options: InputReadableOptions): InputReadableOptions["onGap"] {
  checkOptions(options, ["onGap", ...PACK_OPTIONS], "toReadable()");
  const { onGap } = options;
  if (onGap !== undefined && typeof onGap !== "function") {
    throw new TypeError(`Expected \`onGap\` to be a function, got ${describe(onGap)}`);
  }
  return onGap;
}

/** The bytes of the blocks, with silence for what was lost before each. */
async function* bytesOf(
  source: BlockSource,
  onGap: InputReadableOptions["onGap"],
): AsyncGenerator<Uint8Array, void, undefined> {
  const frameBytes = bytesPerFrame(source.format, source.numberOfChannels);
  for await (const block of source) {
    const { droppedBefore: lost, position, dropCause: cause } = block;
    if (lost > 0 && cause !== undefined) {
      onGap?.({ position: position - lost, frames: lost, cause });
    }
    for (let left = lost; left > 0; left -= SILENT_PIECE) {
      yield new Uint8Array(Math.min(left, SILENT_PIECE) * frameBytes).fill(
        silenceByte(source.format),
      );
    }
    if (block.length > 0) {
      yield block.bytes;
    }
  }
}
