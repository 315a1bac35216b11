import { type FileHandle, rm } from "node:fs/promises";
import { AudioError } from "../errors.js";
import {
  bytesPerFrame,
  bytesPerSample,
  type Frames,
  type Hertz,
  type SampleArray,
  type Seconds,
} from "../format.js";
import {
  checkBoolean,
  checkNumber,
  checkOptions,
  checkText,
  checkWord,
  describe,
} from "../options.js";
import { writeFailure } from "./file-failure.js";
import { openForWriting, syncFile } from "./file-sink.js";
import {
  MAX_FRAME_BYTES,
  MAX_SAMPLE_RATE,
  maxWavFrames,
  padBytes,
  WAV_FORMATS,
  type WavFormat,
  type WavSpec,
  wavHeader,
  wavHeaderBytes,
} from "./header.js";
import { Turns } from "./turns.js";

/** What a `WavWriter` must and can be told. */
export interface WavWriterOptions {
  /** Frames a second: a whole number from 1 to 4,294,967,295. */
  readonly sampleRate: Hertz;
  /** Number of channels: from 1 up, as many as a frame of 65,535 bytes holds. */
  readonly channels: number;
  /** How the samples are stored. */
  readonly format: WavFormat;
  /** Whether an existing file is replaced. Default `false`: it is an error. */
  readonly overwrite?: boolean;
}

/** The typed arrays whose memory is what a file of the format holds. */
const TYPED_ARRAYS: Readonly<
  Partial<
    Record<WavFormat, Int16ArrayConstructor | Int32ArrayConstructor | Float32ArrayConstructor>
  >
> = { int16: Int16Array, int32: Int32Array, float32: Float32Array };

/** The header is made valid at least each second of audio ... */
const CHECKPOINT_SECONDS: Seconds = 1;
/** ... and at least each 8 MB. */
const CHECKPOINT_BYTES = 8 * 1024 * 1024;

/**
 * Writes a WAV file so that a crash costs little: the file is valid from the moment it exists, and
 * at checkpoints (each second of audio, at least each 8 MB, `flush()`, `close()`) its header is
 * brought up to what was written. A process that is killed loses at most what came after the last
 * checkpoint; after a power cut, what came after the last `flush()`.
 *
 * ```ts
 * await using writer = await WavWriter.create("take.wav", {
 *   sampleRate: 48000,
 *   channels: 1,
 *   format: "int16",
 * });
 * await writer.write(new Int16Array(48000));
 * ```
 */
export class WavWriter implements AsyncDisposable {
  /** Where the file is. */
  readonly path: string;
  /** Frames a second. */
  readonly sampleRate: Hertz;
  readonly numberOfChannels: number;
  /** How the samples are stored. */
  readonly format: WavFormat;
  readonly #handle: FileHandle;
  readonly #spec: WavSpec;
  readonly #dataPosition: number;
  readonly #frameBytes: number;
  readonly #checkpointFrames: Frames;
  readonly #turns = new Turns();
  #frames: Frames = 0;
  /** What the header on the disk says. */
  #headerFrames: Frames = 0;
  #closed: Promise<void> | undefined;

  private constructor(handle: FileHandle, path: string, spec: WavSpec) {
    this.#handle = handle;
    this.#spec = spec;
    this.#dataPosition = wavHeaderBytes(spec);
    this.#frameBytes = bytesPerFrame(spec.format, spec.channels);
    this.#checkpointFrames = Math.min(
      spec.sampleRate * CHECKPOINT_SECONDS,
      Math.floor(CHECKPOINT_BYTES / this.#frameBytes),
    );
    this.path = path;
    this.sampleRate = spec.sampleRate;
    this.numberOfChannels = spec.channels;
    this.format = spec.format;
  }

  /**
   * Creates the file, with a valid header and no frames. Nothing is touched when an argument is
   * wrong.
   *
   * @throws AudioError `file-exists` when it is there already and `overwrite` is not true.
   * @throws AudioError `file-not-writable` when it cannot be created there, `disk-full`.
   * @throws TypeError, RangeError for wrong arguments and unknown options.
   */
  static async create(path: string, options: WavWriterOptions): Promise<WavWriter> {
    checkText(path, "path");
    const { spec, overwrite } = checkWriterOptions(options);
    const handle = await openForWriting(path, overwrite);
    try {
      const writer = new WavWriter(handle, path, spec);
      await writer.#put(wavHeader(spec, 0), 0);
      return writer;
    } catch (error) {
      await handle.close();
      if (!overwrite) {
        await rm(path, { force: true });
      }
      throw writeFailure(error, path);
    }
  }

  /** Frames in the file. */
  get length(): Frames {
    return this.#frames;
  }

  /** Their length in seconds. */
  get duration(): Seconds {
    return this.#frames / this.sampleRate;
  }

  /**
   * Appends interleaved frames: little-endian bytes, or a typed array of the file's format
   * (`Int16Array` for `int16`, and so on; `int24` has none). The array must not change until the
   * promise is fulfilled. Calls need not wait for each other, they are done in order.
   *
   * @throws TypeError for an array of another kind, RangeError when it does not end with a whole
   *   frame; then nothing is written.
   * @throws AudioError `disk-full`: `length` tells how many frames are in the file, which is
   *   readable up to there; the writer stays open. `file-not-writable` when the disk fails
   *   otherwise.
   * @throws AudioError `format-not-supported` when the file would pass 4 GiB, where WAV ends; then
   *   nothing is written.
   * @throws AudioError `stream-closed` after `close()`.
   */
  async write(samples: SampleArray): Promise<void> {
    const bytes = this.#bytesOf(samples);
    if (bytes.byteLength % this.#frameBytes !== 0) {
      throw new RangeError(
        `Expected whole frames of ${this.#frameBytes} bytes (${this.numberOfChannels} channels, ` +
          `${this.format}), got ${bytes.byteLength} bytes`,
      );
    }
    this.#checkOpen();
    return this.#turns.take(() => this.#append(bytes));
  }

  /**
   * Makes everything that was written so far durable: it survives a power cut after this. Waits for
   * the disk.
   *
   * @throws AudioError `disk-full`, `file-not-writable`, `stream-closed` after `close()`.
   */
  async flush(): Promise<void> {
    this.#checkOpen();
    return this.#turns.take(async () => {
      await this.#checkpoint();
      await syncFile(this.#handle, this.path);
    });
  }

  /**
   * Brings the header up to date and gives the file back, after the writes under way. The file is
   * given back in any case. A second call gives the result of the first.
   *
   * @throws AudioError `disk-full`, `file-not-writable` when the end of the file could not be
   *   written.
   */
  close(): Promise<void> {
    this.#closed ??= this.#turns.take(async () => {
      try {
        await this.#checkpoint();
      } finally {
        await this.#handle.close();
      }
    });
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The raw bytes behind an array, if it is one that this file can take. */
  #bytesOf(samples: SampleArray): Uint8Array {
    if (samples instanceof Uint8Array) {
      return samples;
    }
    const expected = TYPED_ARRAYS[this.format];
    if (expected !== undefined && samples instanceof expected) {
      return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
    }
    const kind =
      expected === undefined ? "a Uint8Array" : `a Uint8Array of bytes or ${expected.name}`;
    throw new TypeError(
      `Expected \`samples\` of format ${this.format} to be ${kind}, got ${describe(samples)}`,
    );
  }

  #checkOpen(): void {
    if (this.#closed !== undefined) {
      throw new AudioError("stream-closed", `${this.path}: the writer is closed.`);
    }
  }

  async #append(bytes: Uint8Array): Promise<void> {
    const most = maxWavFrames(this.#spec);
    if (this.#frames + bytes.byteLength / this.#frameBytes > most) {
      throw new AudioError(
        "format-not-supported",
        `Cannot write ${this.path}: a WAV file ends at 4 GiB, which is ${most} frames of this ` +
          `kind, and ${this.#frames} are written. Go on in another file.`,
      );
    }
    const pieceBytes = Math.floor(CHECKPOINT_BYTES / this.#frameBytes) * this.#frameBytes;
    for (let offset = 0; offset < bytes.byteLength; offset += pieceBytes) {
      await this.#appendPiece(bytes.subarray(offset, offset + pieceBytes));
      if (this.#frames - this.#headerFrames >= this.#checkpointFrames) {
        await this.#checkpoint();
      }
    }
  }

  async #appendPiece(bytes: Uint8Array): Promise<void> {
    const start = this.#dataPosition + this.#frames * this.#frameBytes;
    let done = 0;
    try {
      while (done < bytes.byteLength) {
        done += await this.#putSome(bytes.subarray(done), start + done);
      }
    } catch (error) {
      await this.#keepWhatWentIn(done);
      throw writeFailure(error, this.path);
    }
    this.#frames += bytes.byteLength / this.#frameBytes;
  }

  /**
   * After a failed write: counts the whole frames of the `done` bytes that reached the file, and
   * drops the rest.
   */
  async #keepWhatWentIn(done: number): Promise<void> {
    this.#frames += Math.floor(done / this.#frameBytes);
    try {
      if (done % this.#frameBytes > 0) {
        await this.#handle.truncate(this.#dataPosition + this.#frames * this.#frameBytes);
      }
      await this.#checkpoint();
    } catch {
      // The write's own error goes to the caller. A header that is behind is tried again by
      // `close()`, which tells.
    }
  }

  /**
   * Writes the header anew: one write of a few dozen bytes in the file's first sector, which no
   * crash can tear, costs less than one for each size field. It comes after its data, so that it
   * never promises frames that are not there.
   */
  async #checkpoint(): Promise<void> {
    const frames = this.#frames;
    if (frames === this.#headerFrames) {
      return;
    }
    const dataBytes = frames * this.#frameBytes;
    try {
      await this.#put(wavHeader(this.#spec, dataBytes), 0);
      this.#headerFrames = frames;
      if (padBytes(dataBytes) > 0) {
        // After the header, for there may be no room for it. The next frames are written over it.
        await this.#put(Uint8Array.of(0), this.#dataPosition + dataBytes);
      }
    } catch (error) {
      throw writeFailure(error, this.path);
    }
  }

  async #put(bytes: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < bytes.byteLength; ) {
      done += await this.#putSome(bytes.subarray(done), position + done);
    }
  }

  async #putSome(bytes: Uint8Array, position: number): Promise<number> {
    const { bytesWritten } = await this.#handle.write(bytes, 0, bytes.byteLength, position);
    return bytesWritten;
  }
}

function checkWriterOptions(options: WavWriterOptions): { spec: WavSpec; overwrite: boolean } {
  checkOptions(options, ["sampleRate", "channels", "format", "overwrite"], "WavWriter.create()");
  const format = checkWord(options?.format, "format", WAV_FORMATS);
  return {
    spec: {
      sampleRate: checkNumber(options?.sampleRate, "sampleRate", {
        min: 1,
        max: MAX_SAMPLE_RATE,
        integer: true,
      }),
      channels: checkNumber(options?.channels, "channels", {
        min: 1,
        max: Math.floor(MAX_FRAME_BYTES / bytesPerSample(format)),
        integer: true,
      }),
      format,
    },
    overwrite: options?.overwrite !== undefined && checkBoolean(options.overwrite, "overwrite"),
  };
}
