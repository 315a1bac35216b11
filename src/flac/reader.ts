import { AudioError } from "../errors.js";
import type { Frames, Hertz, SampleFormat, Seconds } from "../format.js";
import type { Gap } from "../recording/recording.js";
import type { CuePoint } from "../wav/metadata/cues.js";
import { openSource, type WavSource } from "../wav/open-source.js";
import type { ByteSource } from "../wav/source.js";
import type { FlacComment } from "./comments.js";
import { formatOf } from "./decoder.js";
import { measure } from "./frame-stream.js";
import { type FlacLayout, parseFlac } from "./parse.js";
import { decodeSound, type FlacBlock } from "./sound.js";
import { parseCueComments, parseGapComments } from "./tags.js";
import type { FlacWarning } from "./warning.js";

/** More are of no use to anybody. */
const MOST_WARNINGS = 100;

/**
 * Reads a FLAC file block by block: 4 to 24 bits, 1 to 8 channels. It keeps a few FLAC frames in memory. The header is not
 * believed: a file of a crashed recorder is read up to its last whole FLAC frame, silence stands in for damaged ones, and
 * `warnings` says what was wrong.
 *
 * ```ts
 * await using reader = await FlacReader.open("take.flac");
 * for await (const block of reader) {
 *   block.bytes;
 * }
 * ```
 */
export class FlacReader implements AsyncIterable<FlacBlock>, AsyncDisposable {
  /** Frames a second. */
  readonly sampleRate: Hertz;
  readonly numberOfChannels: number;
  /** Bits of a sample in the file. */
  readonly bitsPerSample: number;
  /**
   * The format in which blocks are given: the narrowest of `int8`, `int16` and `int24` that holds the file's samples, with
   * full scale where it was.
   */
  readonly format: SampleFormat;
  /** Every comment, in order, its name in upper case. */
  readonly comments: readonly FlacComment[];
  /** Who wrote the file. */
  readonly vendor: string;
  readonly #source: ByteSource;
  readonly #layout: FlacLayout;
  readonly #warnings: FlacWarning[] = [];
  #length: Frames;
  #iterations = 0;
  #closed: Promise<void> | undefined;

  private constructor(source: ByteSource, layout: FlacLayout, length: Frames) {
    const { info } = layout;
    this.#source = source;
    this.#layout = layout;
    this.#length = length;
    this.sampleRate = info.sampleRate;
    this.numberOfChannels = info.channels;
    this.bitsPerSample = info.bits;
    this.format = formatOf(info.bits);
    this.comments = layout.comments;
    this.vendor = layout.vendor;
  }

  /**
   * Opens a file by its path, an open file (which is not closed), the bytes of a file, a Blob, or a stream of bytes, which
   * can be gone through once.
   *
   * @throws AudioError `file-not-readable` when it is not there or may not be read.
   * @throws AudioError `malformed-file` when it is no FLAC file or too broken to be read.
   * @throws AudioError `format-not-supported` for FLAC in Ogg and for more than 24 bits; `library-not-found`.
   * @throws TypeError, RangeError when it is none of these.
   */
  static async open(source: WavSource): Promise<FlacReader> {
    const opened = await openSource(source);
    try {
      const layout = await parseFlac(opened);
      const { info, soundPosition } = layout;
      const length = Number.isFinite(opened.size)
        ? await measure(opened, soundPosition, info)
        : info.frames || Number.POSITIVE_INFINITY;
      return new FlacReader(opened, layout, length);
    } catch (error) {
      await opened.close();
      throw error;
    }
  }

  /** Number of frames. Of a stream: what its header tells, or Infinity, until reading has come to its end. */
  get length(): Frames {
    return this.#length;
  }

  /** Length in seconds. */
  get duration(): Seconds {
    return this.length / this.sampleRate;
  }

  /** The cue points that a `FlacWriter` put among the comments. */
  get cues(): readonly CuePoint[] {
    return parseCueComments(this.comments);
  }

  /** The gaps that a `FlacWriter` put among the comments. */
  get gaps(): readonly Gap[] {
    return parseGapComments(this.comments);
  }

  /** What was wrong with the file and was put up with, as far as it was read; the first hundred. */
  get warnings(): readonly FlacWarning[] {
    return this.#warnings;
  }

  /**
   * Blocks from the start to the end. Leaving the loop early does not close the reader.
   *
   * @throws AudioError `file-not-readable` when the disk fails, or when a stream is gone through again.
   * @throws AudioError `malformed-file`, `stream-closed` after `close()`.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<FlacBlock, void, undefined> {
    const { info, soundPosition } = this.#layout;
    const { name, size } = this.#source;
    const isStream = !Number.isFinite(size);
    this.#iterations += 1;
    if (isStream && this.#iterations > 1) {
      throw new AudioError("file-not-readable", `Cannot read ${name} again: it cannot go back.`);
    }
    this.#warnings.length = 0;
    let length: Frames = 0;
    const read = async (target: Uint8Array, position: number): Promise<number> => {
      this.#checkOpen();
      return await this.#source.read(target, position);
    };
    const blocks = decodeSound({ read }, soundPosition, info, (code, message, position) => {
      if (this.#warnings.length < MOST_WARNINGS) {
        this.#warnings.push({ code, message, position });
      }
    });
    for await (const block of blocks) {
      length = block.position + block.length;
      yield block;
    }
    this.#length = length;
  }

  /** Gives the file back. A second call does nothing more. */
  close(): Promise<void> {
    this.#closed ??= this.#source.close();
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
}
