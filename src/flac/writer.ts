import { AudioError } from "../errors.js";
import {
  bytesPerFrame,
  type Frames,
  type Hertz,
  type SampleArray,
  type Seconds,
} from "../format.js";
import { describe } from "../options.js";
import type { Gap } from "../recording/recording.js";
import { writeFailure } from "../wav/file-failure.js";
import type { CuePoint } from "../wav/metadata/cues.js";
import type { WavMetadata } from "../wav/metadata/metadata.js";
import { checkTarget, type WavTarget } from "../wav/sinks/open-sink.js";
import type { WavSink } from "../wav/sinks/sink.js";
import { Turns } from "../wav/turns.js";
import { FlacEncoder } from "./encoder.js";
import type { FlacSampleFormat } from "./format.js";
import { GrowingFlac } from "./growing-file.js";
import {
  checkFlacWriterOptions,
  type FlacWriterOptions,
  type FlacWriterSettings,
} from "./writer-options.js";

/**
 * Writes a FLAC file so that a crash costs little: each block of frames (at most 4096, and half a second) is in the file as
 * soon as it is complete, and at checkpoints (each half second of audio, `flush()`, `close()`) the header is brought up to what
 * was written. The file of a process that was killed decodes up to its last whole block.
 *
 * It takes the targets of a `WavWriter`. A stream gets one header, which says that length and checksum are not known.
 *
 * The work is done by libFLAC, in WebAssembly, on the thread that writes.
 *
 * ```ts
 * await using writer = await FlacWriter.create("take.flac", {
 *   sampleRate: 48000,
 *   channels: 1,
 *   format: "int16",
 * });
 * await writer.write(new Int16Array(48000));
 * ```
 */
export class FlacWriter implements AsyncDisposable {
  /** Where the file is; undefined for one that was not given by its path. */
  readonly path: string | undefined;
  /** Frames a second. */
  readonly sampleRate: Hertz;
  readonly numberOfChannels: number;
  /** How the samples are given, and stored. */
  readonly format: FlacSampleFormat;
  /** As an error message names the file. */
  readonly #name: string;
  readonly #correctable: boolean;
  readonly #frameBytes: number;
  readonly #file: GrowingFlac;
  readonly #turns = new Turns();
  #closed: Promise<void> | undefined;

  private constructor(sink: WavSink, encoder: FlacEncoder, settings: FlacWriterSettings) {
    const { spec } = settings;
    this.#name = sink.name;
    this.#correctable = sink.seekable;
    this.#frameBytes = bytesPerFrame(spec.format, spec.channels);
    this.#file = new GrowingFlac(sink, encoder, settings);
    this.path = sink.path;
    this.sampleRate = spec.sampleRate;
    this.numberOfChannels = spec.channels;
    this.format = spec.format;
  }

  /**
   * Creates the file, with a valid header and no frames. Nothing is touched when an argument is wrong. Of a path the
   * writer opens and closes the file; a `FileHandle` stays open when the writer is closed; a stream is ended.
   *
   * @throws AudioError `format-not-supported` for a format, rate or number of channels that a FLAC file cannot have.
   * @throws AudioError `file-exists` when it is there already and `overwrite` is not true.
   * @throws AudioError `file-not-writable` when it cannot be created there, `disk-full`.
   * @throws AudioError `library-not-found` when the FLAC library cannot be loaded.
   * @throws TypeError, RangeError for wrong arguments and unknown options.
   */
  static async create(target: WavTarget, options: FlacWriterOptions): Promise<FlacWriter> {
    const open = checkTarget(target);
    const settings = checkFlacWriterOptions(options);
    const encoder = await FlacEncoder.create(settings.spec);
    let sink: WavSink;
    try {
      sink = await open(settings.overwrite);
    } catch (error) {
      encoder.close();
      throw error;
    }
    try {
      const writer = new FlacWriter(sink, encoder, settings);
      await writer.#file.start();
      return writer;
    } catch (error) {
      encoder.close();
      await sink.discard();
      throw writeFailure(error, sink.name);
    }
  }

  /**
   * Frames that were written. The last of them, up to a block, wait in memory until their block is full or the writer is
   * closed. After a fault: frames in the file.
   */
  get length(): Frames {
    return this.#file.length;
  }

  /** Frames of whole blocks that are in the file. */
  get framesInFile(): Frames {
    return this.#file.frames;
  }

  /** Length of what was written in seconds. */
  get duration(): Seconds {
    return this.length / this.sampleRate;
  }

  /** What the file says beside its samples and its gaps, or will say when it is closed. */
  get metadata(): WavMetadata {
    return this.#file.metadata;
  }

  /**
   * The frames, as interleaved bytes in the file's format, that were given to `write()` and are not in the file: an
   * incomplete block while all is well, and what could not be written after a fault.
   */
  get unwritten(): Uint8Array {
    return this.#file.waiting;
  }

  /**
   * Appends interleaved frames: little-endian bytes, or an `Int16Array` for `int16`. The array must not change until the
   * promise is fulfilled. Calls need not wait for each other, they are done in order.
   *
   * @throws TypeError for an array of another kind, RangeError when it does not end with a whole frame; then nothing is
   *   written.
   * @throws AudioError `disk-full`, `file-not-writable`: the file is readable up to `length`, `unwritten` has the other
   *   frames, and every later `write()` is refused with the same error. Close the writer.
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
    return this.#turns.take(() => this.#file.append(bytes));
  }

  /**
   * Replaces everything that the file says beside its samples, but for gaps. It is brought into the room before the samples
   * at the next checkpoint, or by `close()` where that ends behind byte 4096. Cue points and gaps that find no room there
   * are left out, and the file says how many.
   *
   * @throws TypeError, RangeError for what cannot be written; then all stays as it is.
   * @throws AudioError `format-not-supported` when there is no room for its texts, and for a stream, whose metadata must be
   *   given to `create()`; `stream-closed` after `close()`.
   */
  setMetadata(metadata: WavMetadata): void {
    this.#checkChangeable();
    this.#file.setMetadata(metadata);
  }

  /** Adds a cue point: a marker, or a stretch of frames. Otherwise as {@link setMetadata}. */
  addCue(cue: CuePoint): void {
    this.#checkChangeable();
    this.#file.addCue(cue);
  }

  /** Tells of lost frames. Otherwise as {@link setMetadata}. */
  addGap(gap: Gap): void {
    this.#checkChangeable();
    this.#file.addGap(gap);
  }

  /**
   * Makes the whole blocks that were written so far durable: they survive a power cut after this. The last frames, less
   * than a block, wait for others. For a stream it waits until the stream has taken everything.
   *
   * @throws AudioError `disk-full`, `file-not-writable`, `stream-closed` after `close()`.
   */
  async flush(): Promise<void> {
    this.#checkOpen();
    return this.#turns.take(() => this.#file.flush());
  }

  /**
   * Writes the last block and the final header, with length and checksum, and gives the file back, after the writes under
   * way. The file is given back in any case. A second call gives the result of the first.
   *
   * @throws AudioError `disk-full`, `file-not-writable` when the end of the file could not be written; it is readable up to
   *   `length`, and `unwritten` has the other frames.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await this.#turns.take(() => this.#file.finish());
  }

  #bytesOf(samples: unknown): Uint8Array {
    if (samples instanceof Uint8Array) {
      return samples;
    }
    if (this.format === "int16" && samples instanceof Int16Array) {
      return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
    }
    const kind = this.format === "int16" ? "a Uint8Array of bytes or Int16Array" : "a Uint8Array";
    throw new TypeError(
      `Expected \`samples\` of format ${this.format} to be ${kind}, got ${describe(samples)}`,
    );
  }

  #checkOpen(): void {
    if (this.#closed !== undefined) {
      throw new AudioError("stream-closed", `${this.#name}: the writer is closed.`);
    }
  }

  #checkChangeable(): void {
    this.#checkOpen();
    if (!this.#correctable) {
      throw new AudioError(
        "format-not-supported",
        `The metadata of ${this.#name} are written already: give them to FlacWriter.create().`,
      );
    }
  }
}
