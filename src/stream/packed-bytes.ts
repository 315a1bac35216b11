import { Readable } from "node:stream";
import { ReadableStream } from "node:stream/web";
import { callbackify } from "node:util";
import { asError } from "../errors.js";
import { bytesPerFrame, type Hertz, type SampleFormat, type Seconds } from "../format.js";
import { checkNumber, checkWord } from "../options.js";
import { padBytes, wavHeader } from "../wav/header.js";

/** How frames are packed for whoever takes them as bytes. */
export interface PackOptions {
  /**
   * `"raw"` (default): the frames alone, interleaved and little-endian. `"wav"`: a WAV header before them; where nobody
   * knows yet how many will come, its sizes are 0xFFFFFFFF, as programs that write WAV to a pipe do it.
   */
  readonly container?: "raw" | "wav";
  /**
   * Length of a chunk, above 0 and up to 60 s, rounded to whole frames: each chunk has exactly so many, only the last
   * may be shorter. A WAV header is a chunk of its own. Default: chunks as they come.
   */
  readonly chunkSeconds?: Seconds;
}

/** The names of {@link PackOptions}. */
export const PACK_OPTIONS: readonly string[] = ["container", "chunkSeconds"];

/** What the frames are. */
export interface PackFormat {
  readonly sampleRate: Hertz;
  readonly numberOfChannels: number;
  readonly format: SampleFormat;
}

/** More than this may not fit into a RIFF file beside its header. */
const LARGE_BYTES = 0xffff_ff00;

/** How a stream of bytes is made. */
export interface Packing {
  /** The header before the frames; undefined for none. */
  readonly header: Uint8Array | undefined;
  /** What a file has behind an odd number of bytes: the pad byte of its chunk. */
  readonly pad: Uint8Array | undefined;
  /** Bytes of a chunk; undefined for chunks as they come. */
  readonly chunkBytes: number | undefined;
}

/**
 * Settles how frames are packed; `bytes` is how many bytes of them will come, where that is known. Throws TypeError or
 * RangeError for wrong options, and for a format that WAV has not.
 */
export function settlePacking(
  options: PackOptions,
  { sampleRate, numberOfChannels: channels, format }: PackFormat,
  bytes?: number,
): Packing {
  const { container = "raw", chunkSeconds } = options;
  const isWav = checkWord(container, "container", ["raw", "wav"]) === "wav";
  if (isWav && format === "int8") {
    throw new RangeError('Expected `container` to be "raw" for int8 samples, which WAV has not');
  }
  if (chunkSeconds !== undefined) {
    checkNumber(chunkSeconds, "chunkSeconds", { min: 0, above: true, max: 60 });
  }
  const chunkFrames =
    chunkSeconds === undefined ? undefined : Math.max(1, Math.round(chunkSeconds * sampleRate));
  const chunkBytes =
    chunkFrames === undefined ? undefined : chunkFrames * bytesPerFrame(format, channels);
  if (!isWav || format === "int8") {
    return { header: undefined, pad: undefined, chunkBytes };
  }
  const spec = { sampleRate: Math.round(sampleRate), channels, format };
  if (bytes === undefined) {
    return { header: wavHeader(spec, 0, { streaming: true }), pad: undefined, chunkBytes };
  }
  const isLarge = bytes > LARGE_BYTES;
  return {
    header: wavHeader(spec, bytes, { container: isLarge ? "rf64" : "riff" }),
    pad: padBytes(bytes) > 0 ? new Uint8Array(padBytes(bytes)) : undefined,
    chunkBytes,
  };
}

/** A Node stream of the packed frames. When it is destroyed or at its end, `close` gives the source back. */
export function packedReadable(
  frames: AsyncIterable<Uint8Array>,
  packing: Packing,
  close: () => Promise<void>,
): Readable {
  const chunks = packed(frames, packing);
  return new Readable({
    // A stream of bytes would join chunks; one of objects keeps them as they are.
    ...(packing.chunkBytes === undefined ? {} : { objectMode: true, highWaterMark: 1 }),
    async read() {
      try {
        const next = await chunks.next();
        this.push(next.done === true ? null : asBuffer(next.value));
      } catch (error) {
        this.destroy(asError(error));
      }
    },
    destroy(error, done) {
      // The first fault is the one to tell.
      callbackify(close)((fault) => done(error ?? fault));
    },
  });
}

/** The same as a Web stream. */
export function packedWebReadable(
  frames: AsyncIterable<Uint8Array>,
  packing: Packing,
  close: () => Promise<void>,
): ReadableStream<Uint8Array> {
  const chunks = packed(frames, packing);
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
      cancel: close,
    },
    { highWaterMark: 1 },
  );
}

async function* packed(
  frames: AsyncIterable<Uint8Array>,
  { header, pad, chunkBytes }: Packing,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (header !== undefined) {
    yield header;
  }
  yield* chunkBytes === undefined ? frames : regrouped(frames, chunkBytes);
  if (pad !== undefined) {
    yield pad;
  }
}

/** The same bytes in chunks of a length; the last may be shorter. Each is memory of its own. */
async function* regrouped(
  pieces: AsyncIterable<Uint8Array>,
  length: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let chunk = new Uint8Array(length);
  let filled = 0;
  for await (const piece of pieces) {
    for (let from = 0; from < piece.byteLength; ) {
      const part = piece.subarray(from, from + length - filled);
      chunk.set(part, filled);
      from += part.byteLength;
      filled += part.byteLength;
      if (filled === length) {
        yield chunk;
        chunk = new Uint8Array(length);
        filled = 0;
      }
    }
  }
  if (filled > 0) {
    yield chunk.subarray(0, filled);
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
