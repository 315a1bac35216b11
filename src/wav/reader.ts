import { AudioError } from "../errors.js";
import type { Frames, Hertz, Seconds } from "../format.js";
import { checkNumber, checkOptions, checkWord } from "../options.js";
import { ChunkReader } from "./chunk-reader.js";
import { type PlanarTargets, takeApart, takeIntegers } from "./codecs/planar.js";
import type { WavEncoding } from "./encoding.js";
import { toAudioError, WavFault } from "./fault.js";
import { FrameCursor } from "./frame-cursor.js";
import { FrameReader } from "./frame-reader.js";
import type { WavFormat } from "./header.js";
import type { ParsedMetadata } from "./metadata/metadata.js";
import { openSource, type WavSource } from "./open-source.js";
import { parseWav, type WavChunk, type WavLayout } from "./parse.js";
import { checkRoom, checkTargets } from "./read-targets.js";
import type {
  ReadChannelsOptions,
  ReadChunkOptions,
  ReadMetadataOptions,
  WavBlock,
} from "./read-types.js";
import { answer } from "./requests.js";
import type { ByteSource } from "./source.js";
import { Turns } from "./turns.js";
import type { WavWarning } from "./warning.js";

/**
 * About how many bytes a block of the iteration has: large enough that the calls between do not
 * count.
 */
const BLOCK_BYTES = 64 * 1024;
/** As many bytes of chunks are read at once where nothing else is said. */
const CHUNK_BYTES = 16 * 2 ** 20;
const PRECISIONS = ["float32", "float64"] as const;

/**
 * Reads a WAV file in pieces: RIFF, RIFX, RF64, BW64 and Wave64 with integers of 1 to 32 bits,
 * floats of 32 and 64, A-law, mu-law, and the ADPCM of Microsoft and IMA. It keeps no more than
 * 1.5 MiB in memory. Sizes in the header are not believed: `length` counts the whole frames that are
 * really there, so files of crashed recorders can be read as far as they go; `warnings` says what
 * was wrong.
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
  /**
   * The format in which `read`, `readInto` and the iteration give frames: that of the file with its
   * bytes little-endian. Integers of odd depths are given as the wider format that holds them, with
   * full scale where it was; 24 bits in the lower three of four bytes as `int24`; A-law, mu-law and
   * ADPCM decoded to `int16`.
   */
  readonly format: WavFormat;
  /** How the file itself stores its frames. */
  readonly encoding: WavEncoding;
  /** The chunks of the file in their order; those of a stream only up to the data. */
  readonly chunks: readonly WavChunk[];
  /**
   * What was wrong with the file and was put up with, in the order in which it was found; empty for
   * a sound file. Reading may add to it.
   */
  readonly warnings: readonly WavWarning[];
  readonly #source: ByteSource;
  readonly #layout: WavLayout;
  readonly #frames: FrameReader;
  readonly #cursor: FrameCursor;
  readonly #chunks: ChunkReader;
  readonly #turns = new Turns();
  #closed: Promise<void> | undefined;

  private constructor(source: ByteSource, layout: WavLayout) {
    this.#source = source;
    this.#layout = layout;
    this.#frames = new FrameReader(layout);
    this.#cursor = new FrameCursor(source, this.#frames);
    this.#chunks = new ChunkReader(source, layout, (job) => this.#inTurn(job));
    this.sampleRate = layout.fmt.sampleRate;
    this.numberOfChannels = layout.fmt.channels;
    this.format = this.#frames.format;
    this.encoding = this.#frames.encoding;
    this.chunks = layout.chunks;
    this.warnings = this.#frames.warnings;
  }

  /**
   * Opens a file by its path, an open file (which is not closed), the bytes of a file (a `Buffer` is
   * fine; they must then not change), a Blob, or a stream of bytes.
   *
   * A stream is read forwards only: `seek` cannot go back, the length may be unknown until the end,
   * and chunks behind the data are not listed. Closing the reader ends the stream.
   *
   * @throws AudioError `file-not-readable` when it is not there or may not be read.
   * @throws AudioError `malformed-file` when it is no WAV file or too broken to be read.
   * @throws AudioError `format-not-supported` for other codecs and containers; the message names
   *   them.
   * @throws TypeError, RangeError when it is none of these.
   */
  static async open(source: WavSource): Promise<WavReader> {
    const opened = await openSource(source);
    try {
      return new WavReader(opened, await answer(parseWav(opened), opened));
    } catch (error) {
      await opened.close();
      throw error instanceof WavFault ? toAudioError(error, opened.name) : error;
    }
  }

  /**
   * Number of frames. Of a stream that does not tell its length: Infinity, until reading has come to
   * its end.
   */
  get length(): Frames {
    return this.#frames.length;
  }

  /** Length in seconds. */
  get duration(): Seconds {
    return this.length / this.sampleRate;
  }

  /** The frame that the next read starts at: from 0 to `length`. */
  get position(): Frames {
    return this.#cursor.position;
  }

  /**
   * Goes to a frame; `length` is the end. Let reads that are under way end before.
   *
   * @throws RangeError, TypeError when it is not a whole number from 0 (in a stream: from
   *   `position`) to `length`.
   */
  seek(frame: Frames): void {
    checkNumber(frame, "frame", { min: 0, max: this.length, integer: true });
    if (this.#layout.isStream && frame < this.position) {
      throw new RangeError(
        `Expected \`frame\` to be ${this.position} or more, because ${this.#source.name} cannot go back, got ${frame}`,
      );
    }
    this.#cursor.position = frame;
  }

  /**
   * Reads as many frames as are left and fit into `target`, as interleaved little-endian bytes in
   * `format`, and goes on by as many. Returns how many frames: 0 at the end. Allocates nothing.
   *
   * @throws TypeError when `target` is not a Uint8Array, RangeError when not one frame fits into
   *   it.
   * @throws AudioError `file-not-readable` when the disk fails, `stream-closed` after `close()`.
   */
  async readInto(target: Uint8Array): Promise<Frames> {
    checkRoom(target, this.#frames.frameBytes);
    return this.#inTurn(() => this.#cursor.readInto(target));
  }

  /**
   * Reads up to `frames` frames into a new array of interleaved little-endian bytes in `format`, and
   * goes on by as many. Shorter where the file ends, empty at the end.
   *
   * @throws TypeError, RangeError when `frames` is not a whole number from 0 up.
   * @throws AudioError `file-not-readable` when the disk fails, `stream-closed` after `close()`.
   */
  async read(frames: Frames): Promise<Uint8Array> {
    checkNumber(frames, "frames", { min: 0, integer: true });
    return await this.#inTurn(() => this.#cursor.read(frames));
  }

  /**
   * Reads up to `frames` frames as one array of samples for each channel, with full scale 1, and goes
   * on by as many. Shorter where the file ends, empty at the end.
   *
   * @throws TypeError, RangeError for wrong arguments.
   * @throws AudioError `file-not-readable` when the disk fails, `stream-closed` after `close()`.
   */
  async readChannels(
    frames: Frames,
    options: ReadChannelsOptions & { readonly precision: "float64" },
  ): Promise<Float64Array<ArrayBuffer>[]>;
  async readChannels(
    frames: Frames,
    options?: ReadChannelsOptions & { readonly precision?: "float32" },
  ): Promise<Float32Array<ArrayBuffer>[]>;
  async readChannels(
    frames: Frames,
    options: ReadChannelsOptions = {},
  ): Promise<(Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>)[]> {
    checkNumber(frames, "frames", { min: 0, integer: true });
    checkOptions(options, ["precision"], "readChannels()");
    const precision = checkWord(options.precision ?? "float32", "precision", PRECISIONS);
    const { numberOfChannels, format } = this;
    const each = { length: numberOfChannels };
    const store = (bytes: Uint8Array, targets: PlanarTargets, at: Frames): void =>
      takeApart(bytes, format, targets, at);
    if (precision === "float64") {
      const make = (length: Frames) => Array.from(each, () => new Float64Array(length));
      return await this.#inTurn(() => this.#cursor.readAs(frames, make, store));
    }
    const make = (length: Frames) => Array.from(each, () => new Float32Array(length));
    return await this.#inTurn(() => this.#cursor.readAs(frames, make, store));
  }

  /**
   * Fills the arrays, one for each channel and all of one length, with as many frames as fit and are
   * left, full scale 1, and goes on by as many. Returns how many frames: 0 at the end. 32-bit floats
   * round 32-bit integers and 64-bit floats; in 64-bit ones all is exact. Allocates nothing.
   *
   * @throws TypeError when `targets` are not all Float32Arrays or all Float64Arrays, RangeError when
   *   there is not one for each channel, or their lengths differ or are 0.
   * @throws AudioError `file-not-readable` when the disk fails, `stream-closed` after `close()`.
   */
  async readChannelsInto(targets: PlanarTargets): Promise<Frames> {
    const frames = checkTargets(targets, this.numberOfChannels);
    const { format } = this;
    return this.#inTurn(() =>
      this.#cursor.forEachPiece(frames, (bytes, at) => takeApart(bytes, format, targets, at)),
    );
  }

  /**
   * Reads up to `frames` frames as integers, interleaved, and goes on by as many: exactly the bits
   * that carry sound, so that full scale is 2^(encoding.validBits - 1) for PCM (20-bit samples go
   * from -2^19 to 2^19 - 1) and 2^15 for A-law, mu-law and ADPCM. Silence is 0 for 8 bits too.
   *
   * @throws TypeError, RangeError when `frames` is not a whole number from 0 up.
   * @throws AudioError `format-not-supported` when the file has floats, `file-not-readable` when the
   *   disk fails, `stream-closed` after `close()`.
   */
  async readIntegers(frames: Frames): Promise<Int32Array<ArrayBuffer>> {
    checkNumber(frames, "frames", { min: 0, integer: true });
    const { unusedBits } = this.#frames;
    const { numberOfChannels, format } = this;
    if (unusedBits === undefined) {
      const message = `${this.#source.name} has samples in ${format}, which integers cannot hold: use readChannels().`;
      throw new AudioError("format-not-supported", message);
    }
    const make = (length: Frames): [Int32Array<ArrayBuffer>] => [
      new Int32Array(length * numberOfChannels),
    ];
    const [samples] = await this.#inTurn(() =>
      this.#cursor.readAs(frames, make, (bytes, [target], at) =>
        takeIntegers(bytes, format, unusedBits, target, at * numberOfChannels),
      ),
    );
    return samples;
  }

  /**
   * Reads the bytes of up to `frames` frames as they stand in the file, whatever its codec and order
   * of bytes, and goes on by as many. Of ADPCM it reads whole blocks: those that hold the frames from
   * `position` on; it then goes on behind the last of them.
   *
   * @throws TypeError, RangeError when `frames` is not a whole number from 0 up, and when `position`
   *   is in the middle of a block of ADPCM.
   * @throws AudioError `file-not-readable` when the disk fails, `stream-closed` after `close()`.
   */
  async readRaw(frames: Frames): Promise<Uint8Array> {
    checkNumber(frames, "frames", { min: 0, integer: true });
    return await this.#inTurn(async () => {
      const { frames: block } = this.#frames.unit;
      if (this.position % block !== 0 && this.position < this.length) {
        const message = `Expected the position to be at a block of ${block} frames, got ${this.position}`;
        throw new RangeError(message);
      }
      return await this.#cursor.readRaw(frames);
    });
  }

  /**
   * The content of a chunk, by its index in `chunks` or by its id (the first of that id). Undefined
   * when there is none.
   *
   * @throws TypeError, RangeError for wrong arguments, and for a chunk that is larger than
   *   `maxBytes`.
   * @throws AudioError `file-not-readable` when the disk fails, and for chunks of a stream, of which
   *   only those before the data are kept, up to 1 MiB in all; `stream-closed` after `close()`.
   */
  async readChunk(
    which: number | string,
    options: ReadChunkOptions = {},
  ): Promise<Uint8Array | undefined> {
    const chunk = this.#chunks.find(which);
    checkOptions(options, ["maxBytes"], "readChunk()");
    const most = checkNumber(options.maxBytes ?? CHUNK_BYTES, "maxBytes", { min: 0 });
    return chunk && (await this.#chunks.read(chunk, most));
  }

  /**
   * Reads what the file says beside its samples: INFO, `bext`, cue points with their labels, `smpl`,
   * `iXML`, `axml`, `id3 `, `PEAK` and `fact`, wherever they stand in the file; what is broken in them
   * is left out, with a warning. Of a stream it is what was kept of them, before the data.
   *
   * @throws TypeError, RangeError for wrong arguments.
   * @throws AudioError `file-not-readable` when the disk fails, `stream-closed` after `close()`.
   */
  async readMetadata(options: ReadMetadataOptions = {}): Promise<ParsedMetadata> {
    checkOptions(options, ["maxBytes"], "readMetadata()");
    const most = checkNumber(options.maxBytes ?? CHUNK_BYTES, "maxBytes", { min: 0 });
    return await this.#chunks.readMetadata(this.encoding.bigEndian, most);
  }

  /** Blocks from `position` to the end. Leaving the loop early does not close the reader. */
  async *[Symbol.asyncIterator](): AsyncGenerator<WavBlock, void, undefined> {
    const { frameBytes } = this.#frames;
    const blockFrames = Math.max(1, Math.floor(BLOCK_BYTES / frameBytes));
    for (;;) {
      const position = this.position;
      const bytes = await this.read(blockFrames);
      if (bytes.byteLength === 0) {
        return;
      }
      yield { position, length: bytes.byteLength / frameBytes, bytes };
    }
  }

  /** Gives the file back, after the reads under way. A second call does nothing more. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await this.#turns.take(() => this.#source.close());
  }

  #inTurn<Result>(job: () => Result | Promise<Result>): Result | Promise<Result> {
    if (this.#closed !== undefined) {
      throw new AudioError("stream-closed", `${this.#source.name}: the reader is closed.`);
    }
    return this.#turns.take(job);
  }
}
