import { AudioError } from "../errors.js";
import { describe } from "../options.js";
import type { ByteSource } from "./source.js";

/** What can be read piece by piece; not every browser's streams can be iterated over. */
export type ByteStream = AsyncIterable<unknown> | Pick<ReadableStream<unknown>, "getReader">;

/** Reads of up to so many bytes can be repeated. */
const REPEATABLE_BYTES = 64 * 1024;
const NAME = "the stream";

/**
 * A stream as a source. Reads must go forwards, but for one: a read of up to 64 KiB may be followed
 * by one from the same position on, so that the parser can look ahead. It keeps no more than that
 * and one piece of the stream.
 *
 * Its `read` throws AudioError `file-not-readable` when the stream fails, and TypeError when it
 * gives something else than bytes.
 */
export function streamSource(stream: ByteStream): ByteSource {
  const pieces = piecesOf(stream);
  let buffer: Uint8Array = new Uint8Array(0);
  /** Position of the buffer's first byte. */
  let start = 0;
  let ended = false;
  /** What is lent. */
  let scratch = new Uint8Array(0);

  const pull = async (): Promise<Uint8Array | undefined> => {
    const piece = ended ? undefined : await nextPiece(pieces);
    ended ||= piece === undefined;
    return piece;
  };

  /** Drops what is before `position`. */
  const goTo = async (position: number): Promise<void> => {
    if (position < start) {
      throw new Error(`a stream cannot go back from byte ${start} to byte ${position}`);
    }
    while (start + buffer.byteLength < position) {
      start += buffer.byteLength;
      const piece = await pull();
      buffer = piece ?? new Uint8Array(0);
      if (piece === undefined) {
        return;
      }
    }
    buffer = buffer.subarray(position - start);
    start = position;
  };

  const read = async (target: Uint8Array, position: number): Promise<number> => {
    await goTo(position);
    if (start !== position) {
      return 0;
    }
    let done = 0;
    while (target.byteLength <= REPEATABLE_BYTES && buffer.byteLength < target.byteLength) {
      const piece = await pull();
      if (piece === undefined) {
        break;
      }
      buffer = joined(buffer, piece);
    }
    while (done < target.byteLength) {
      const part = buffer.subarray(0, target.byteLength - done);
      target.set(part, done);
      done += part.byteLength;
      if (target.byteLength <= REPEATABLE_BYTES) {
        break;
      }
      buffer = buffer.subarray(part.byteLength);
      start += part.byteLength;
      if (done < target.byteLength) {
        const piece = await pull();
        if (piece === undefined) {
          break;
        }
        buffer = piece;
      }
    }
    return done;
  };
  return {
    name: NAME,
    size: Number.POSITIVE_INFINITY,
    read,
    lend: async (position, length) => {
      if (scratch.byteLength < length) {
        scratch = new Uint8Array(length);
      }
      const target = scratch.subarray(0, length);
      return target.subarray(0, await read(target, position));
    },
    close: async () => {
      ended = true;
      buffer = new Uint8Array(0);
      await pieces.return?.(undefined);
    },
  };
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.byteLength === 0) {
    return second;
  }
  const both = new Uint8Array(first.byteLength + second.byteLength);
  both.set(first);
  both.set(second, first.byteLength);
  return both;
}

async function nextPiece(pieces: AsyncIterator<unknown>): Promise<Uint8Array | undefined> {
  let step: IteratorResult<unknown>;
  try {
    step = await pieces.next();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AudioError("file-not-readable", `Cannot read ${NAME}: ${reason}.`, { cause: error });
  }
  if (step.done === true) {
    return undefined;
  }
  if (!(step.value instanceof Uint8Array)) {
    throw new TypeError(`Expected the stream to give Uint8Arrays, got ${describe(step.value)}`);
  }
  return step.value;
}

async function* piecesOf(stream: ByteStream): AsyncGenerator<unknown, void, undefined> {
  if (Symbol.asyncIterator in stream) {
    yield* stream;
    return;
  }
  const reader = stream.getReader();
  try {
    for (;;) {
      const step = await reader.read();
      if (step.done) {
        return;
      }
      yield step.value;
    }
  } finally {
    await reader.cancel();
  }
}
