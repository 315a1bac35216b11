import { AudioError } from "../errors.js";
import { bytesPerFrame, type Frames, type Hertz, type Seconds } from "../format.js";
import { checkNumber, checkText, describe } from "../options.js";
import { toAudioError, WavFault } from "./fault.js";
import { openFileSource } from "./file-source.js";
import type { WavFormat } from "./header.js";
import { parseWav, type WavLayout } from "./parse.js";
import { type ByteSource, bytesSource } from "./source.js";
import { Turns } from "./turns.js";

/**
 * About how many bytes a block of the iteration has: large enough that the calls between do not
 * count.
 */
const BLOCK_BYTES = 64 * 1024;

/** A run of frames of a WAV file. Its memory belongs to whoever received it. */
export interface WavBlock {
  /** Position of the first frame in the file. */
  readonly position: Frames;
  /** Number of frames, never 0. */
  readonly length: Frames;
  /** The frames as they are in the file: interleaved, little-endian. */
  readonly bytes: Uint8Array;
}

/**
 * Reads a WAV file in pieces: PCM of 8, 16, 24 and 32 bits and 32-bit floats, plain or extensible.
 * It keeps no frames in memory. Sizes in the header are not believed: `length` counts the whole
 * frames that are really there, so files of crashed recorders can be read as far as they go.
 *
 * ```ts
 * await using reader = await WavReader.open("take.wav");
 * for await (const block of reader) {
 *   block.bytes;
 * }
 * ```
 */
export class WavReader implements AsyncIterable<WavBlock>, AsyncDisposable {
  /** Frames a second. */
  readonly sampleRate: Hertz;
  readonly numberOfChannels: number;
  /** How the samples are stored. */
  readonly format: WavFormat;
  /** Number of frames. */
  readonly length: Frames;
  /** Length in seconds. */
  readonly duration: Seconds;
  readonly #source: ByteSource;
  readonly #dataPosition: number;
  readonly #frameBytes: number;
  readonly #turns = new Turns();
  #position: Frames = 0;
  #closed: Promise<void> | undefined;

  private constructor(source: ByteSource, layout: WavLayout) {
    this.#source = source;
    this.#dataPosition = layout.dataPosition;
    this.#frameBytes = bytesPerFrame(layout.format, layout.channels);
    this.sampleRate = layout.sampleRate;
    this.numberOfChannels = layout.channels;
    this.format = layout.format;
    this.length = layout.frames;
    this.duration = layout.frames / layout.sampleRate;
  }

  /**
   * Opens a file by its path, or the bytes of one (a `Buffer` is fine), which must then not change.
   *
   * @throws AudioError `file-not-readable` when it is not there or may not be read.
   * @throws AudioError `malformed-file` when it is no WAV file or too broken to be read.
   * @throws AudioError `format-not-supported` for other codecs and containers; the message names
   *   them.
   * @throws TypeError, RangeError when it is neither path nor bytes.
   */
  static async open(pathOrBytes: string | Uint8Array): Promise<WavReader> {
    const source = await openSource(pathOrBytes);
    try {
      return new WavReader(source, await readLayout(source));
    } catch (error) {
      await source.close();
      throw error;
    }
  }

  /** The frame that the next read starts at: from 0 to `length`. */
  get position(): Frames {
    return this.#position;
  }

  /**
   * Goes to a frame; `length` is the end. Let reads that are under way end before.
   *
   * @throws RangeError, TypeError when it is not a whole number from 0 to `length`.
   */
  seek(frame: Frames): void {
    this.#position = checkNumber(frame, "frame", { min: 0, max: this.length, integer: true });
  }

  /**
   * Reads as many frames as are left and fit into `target`, as interleaved little-endian bytes, and
   * goes on by as many. Returns how many frames: 0 at the end. Allocates nothing.
   *
   * @throws TypeError when `target` is not a Uint8Array, RangeError when not one frame fits into
   *   it.
   * @throws AudioError `file-not-readable` when the disk fails, `stream-closed` after `close()`.
   */
  async readInto(target: Uint8Array): Promise<Frames> {
    if (!(target instanceof Uint8Array)) {
      throw new TypeError(`Expected \`target\` to be a Uint8Array, got ${describe(target)}`);
    }
    const room = Math.floor(target.byteLength / this.#frameBytes);
    if (room === 0) {
      throw new RangeError(
        `Expected \`target\` to have room for a frame of ${this.#frameBytes} bytes, ` +
          `got ${target.byteLength} bytes`,
      );
    }
    this.#checkOpen();
    return this.#turns.take(() => this.#readFrames(target, room));
  }

  /**
   * Reads up to `frames` frames into a new array of interleaved little-endian bytes, and goes on by
   * as many. Shorter where the file ends, empty at the end.
   *
   * @throws TypeError, RangeError when `frames` is not a whole number from 0 up.
   * @throws AudioError `file-not-readable` when the disk fails, `stream-closed` after `close()`.
   */
  async read(frames: Frames): Promise<Uint8Array> {
    checkNumber(frames, "frames", { min: 0, integer: true });
    this.#checkOpen();
    return this.#turns.take(async () => {
      const wanted = Math.min(frames, this.length - this.#position);
      const bytes = new Uint8Array(wanted * this.#frameBytes);
      const count = await this.#readFrames(bytes, wanted);
      return count === wanted ? bytes : bytes.slice(0, count * this.#frameBytes);
    });
  }

  /** Blocks from `position` to the end. Leaving the loop early does not close the reader. */
  async *[Symbol.asyncIterator](): AsyncGenerator<WavBlock, void, undefined> {
    const blockFrames = Math.max(1, Math.floor(BLOCK_BYTES / this.#frameBytes));
    for (;;) {
      const position = this.#position;
      const bytes = await this.read(blockFrames);
      if (bytes.byteLength === 0) {
        return;
      }
      yield { position, length: bytes.byteLength / this.#frameBytes, bytes };
    }
  }

  /** Gives the file back, after the reads under way. A second call does nothing more. */
  close(): Promise<void> {
    this.#closed ??= this.#turns.take(() => this.#source.close());
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #checkOpen(): void {
    if (this.#closed !== undefined) {
      throw new AudioError("stream-closed", `${this.#source.name}: the reader is closed.`);
    }
  }

  async #readFrames(target: Uint8Array, room: Frames): Promise<Frames> {
    const start = this.#position;
    const wanted = Math.min(room, this.length - start);
    const part = target.subarray(0, wanted * this.#frameBytes);
    const bytes = await this.#source.read(part, this.#dataPosition + start * this.#frameBytes);
    // Fewer than wanted only when the file was cut while it was being read.
    const frames = Math.floor(bytes / this.#frameBytes);
    this.#position = start + frames;
    return frames;
  }
}

function openSource(pathOrBytes: string | Uint8Array): Promise<ByteSource> {
  if (pathOrBytes instanceof Uint8Array) {
    return Promise.resolve(bytesSource(pathOrBytes));
  }
  if (typeof pathOrBytes !== "string") {
    throw new TypeError(`Expected a path or a Uint8Array, got ${describe(pathOrBytes)}`);
  }
  return openFileSource(checkText(pathOrBytes, "path"));
}

/** Runs the parser to its end. */
async function readLayout(source: ByteSource): Promise<WavLayout> {
  const parser = parseWav(source.size);
  try {
    let step = parser.next();
    while (step.done !== true) {
      const bytes = new Uint8Array(step.value.length);
      const count = await source.read(bytes, step.value.position);
      step = parser.next(bytes.subarray(0, count));
    }
    return step.value;
  } catch (error) {
    throw error instanceof WavFault ? toAudioError(error, source.name) : error;
  }
}
