import { AudioError } from "../errors.js";
import {
  bytesPerFrame,
  type Frames,
  type Hertz,
  type SampleArray,
  type Seconds,
} from "../format.js";
import { describe } from "../options.js";
import { writeFailure } from "./file-failure.js";
import { GrowingFile, LEAST_CHECKPOINT_MS } from "./growing-file.js";
import type { WavFormat, WavSpec } from "./header.js";
import type { CuePoint } from "./metadata/cues.js";
import type { WavMetadata } from "./metadata/metadata.js";
import { checkPlanar, encodePlanar, type PlanarSamples } from "./planar.js";
import { checkTarget, type WavTarget } from "./sinks/open-sink.js";
import type { WavSink } from "./sinks/sink.js";
import { Turns } from "./turns.js";
import {
  checkWriterOptions,
  type WavWriterOptions,
  type WriterSettings,
} from "./writer-options.js";

/** The typed arrays whose memory is what a file of the format holds. */
const TYPED_ARRAYS: Readonly<
  Partial<
    Record<
      WavFormat,
      | Int16ArrayConstructor
      | Int32ArrayConstructor
      | Float32ArrayConstructor
      | Float64ArrayConstructor
    >
  >
> = { int16: Int16Array, int32: Int32Array, float32: Float32Array, float64: Float64Array };

/** As many samples are converted at once: a few milliseconds of the event loop. */
const PLANAR_SAMPLES = 2 ** 18;

/**
 * Writes a WAV file so that a crash costs little: the file is valid from the moment it exists, and
 * at checkpoints (each second of audio, at least each 8 MB, `flush()`, `close()`) its header is
 * brought up to what was written. A process that is killed loses at most what came after the last
 * checkpoint; after a power cut, what came after the last `flush()`. Past 4 GiB the file becomes
 * RF64.
 *
 * A stream (a pipe, a response) gets one header and cannot be corrected: that header says that the
 * length is not known, which readers take for "up to the end".
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
  /** Where the file is; undefined for one that was not given by its path. */
  readonly path: string | undefined;
  /** Frames a second. */
  readonly sampleRate: Hertz;
  readonly numberOfChannels: number;
  /** How the samples are stored. */
  readonly format: WavFormat;
  /** As an error message names the file. */
  readonly #name: string;
  readonly #correctable: boolean;
  readonly #spec: WavSpec;
  readonly #frameBytes: number;
  readonly #file: GrowingFile;
  readonly #turns = new Turns();
  #clipped = 0;
  #closed: Promise<void> | undefined;
  /** Makes a checkpoint that is due, if no more frames come. */
  #checkpointLater: ReturnType<typeof setTimeout> | undefined;

  private constructor(sink: WavSink, settings: WriterSettings) {
    const { spec } = settings;
    this.#name = sink.name;
    this.#correctable = sink.seekable;
    this.#spec = spec;
    this.#frameBytes = bytesPerFrame(spec.format, spec.channels);
    this.#file = new GrowingFile(sink, settings);
    this.path = sink.path;
    this.sampleRate = spec.sampleRate;
    this.numberOfChannels = spec.channels;
    this.format = spec.format;
  }

  /**
   * Creates the file, with a valid header and no frames. Nothing is touched when an argument is
   * wrong. Of a path the writer opens and closes the file; a `FileHandle` stays open when the writer
   * is closed; a stream is ended.
   *
   * @throws AudioError `file-exists` when it is there already and `overwrite` is not true.
   * @throws AudioError `file-not-writable` when it cannot be created there, `disk-full`.
   * @throws TypeError, RangeError for wrong arguments and unknown options.
   */
  static async create(target: WavTarget, options: WavWriterOptions): Promise<WavWriter> {
    const open = checkTarget(target);
    const settings = checkWriterOptions(options);
    const sink = await open(settings.overwrite);
    try {
      if (!sink.seekable && settings.container === "rf64") {
        throw new RangeError(
          'Expected `container` to be "auto" or "riff" for a stream, got "rf64"',
        );
      }
      const writer = new WavWriter(sink, settings);
      await writer.#file.start();
      return writer;
    } catch (error) {
      await sink.discard();
      throw writeFailure(error, sink.name);
    }
  }

  /** Frames in the file. */
  get length(): Frames {
    return this.#file.frames;
  }

  /** Their length in seconds. */
  get duration(): Seconds {
    return this.length / this.sampleRate;
  }

  /** How many samples `writeChannels()` had to clip. */
  get clippedSamples(): number {
    return this.#clipped;
  }

  /** What the file says beside its samples, or will say when it is closed. */
  get metadata(): WavMetadata {
    return this.#file.metadata;
  }

  /**
   * Appends interleaved frames: little-endian bytes, or a typed array of the file's format
   * (`Int16Array` for `int16`, and so on; `int24` has none). The array must not change until the
   * promise is fulfilled. Calls need not wait for each other, they are done in order.
   *
   * @throws TypeError for an array of another kind, RangeError when it does not end with a whole
   *   frame; then nothing is written.
   * @throws AudioError `disk-full`: `length` tells how many frames are in the file, which is
   *   readable up to there; the writer stays open. `file-not-writable` when the disk or the stream
   *   fails otherwise.
   * @throws AudioError `format-not-supported` when the file would pass 4 GiB and was told to stay
   *   RIFF; then nothing is written.
   * @throws AudioError `stream-closed` after `close()`.
   */
  async write(samples: SampleArray | Float64Array): Promise<void> {
    const bytes = this.#bytesOf(samples);
    if (bytes.byteLength % this.#frameBytes !== 0) {
      throw new RangeError(
        `Expected whole frames of ${this.#frameBytes} bytes (${this.numberOfChannels} channels, ` +
          `${this.format}), got ${bytes.byteLength} bytes`,
      );
    }
    this.#checkOpen();
    return this.#turns.take(async () => {
      this.#file.admit(bytes.byteLength / this.#frameBytes);
      await this.#append(bytes);
    });
  }

  /**
   * Appends one array of samples for each channel, with full scale 1, all of one length. They are
   * rounded to the file's format to the nearest, ties to even, and clipped: `clippedSamples` counts.
   * `Float64Array`s are taken by files of `float64`. Otherwise as `write()`.
   *
   * @throws TypeError, RangeError for arrays of another kind, number or length.
   * @throws AudioError as `write()`.
   */
  async writeChannels(channels: PlanarSamples): Promise<void> {
    const frames = checkPlanar(channels, this.#spec);
    this.#checkOpen();
    const step = Math.max(1, Math.floor(PLANAR_SAMPLES / this.numberOfChannels));
    return this.#turns.take(async () => {
      this.#file.admit(frames);
      for (let at = 0; at < frames; at += step) {
        const piece = encodePlanar(channels, at, Math.min(step, frames - at), this.#spec);
        await this.#append(piece.bytes);
        this.#clipped += piece.clipped;
      }
    });
  }

  /**
   * Replaces everything that the file says beside its samples, cue points too. INFO, `bext`, `iXML`
   * and `axml` are brought into the room before the samples at the next checkpoint, if they fit;
   * what does not fit, and all other chunks, are written behind the samples by `close()`.
   *
   * @throws TypeError, RangeError for what cannot be written; then all stays as it is.
   * @throws AudioError `format-not-supported` for a stream, whose metadata must be given to
   *   `create()`; `stream-closed` after `close()`.
   */
  setMetadata(metadata: WavMetadata): void {
    this.#checkOpen();
    this.#checkCorrectable();
    this.#file.changeMetadata((all) => all.replace(metadata));
  }

  /**
   * Adds a cue point: a marker, or a stretch of frames. It is in the file when it is closed.
   *
   * @throws TypeError, RangeError for a point that cannot be.
   * @throws AudioError as `setMetadata()`.
   */
  addCue(cue: CuePoint): void {
    this.#checkOpen();
    this.#checkCorrectable();
    this.#file.changeMetadata((all) => all.addCue(cue));
  }

  /**
   * Makes everything that was written so far durable: it survives a power cut after this. The data
   * come first, then the header, then the wait for the disk. For a stream it waits until the stream
   * has taken everything.
   *
   * @throws AudioError `disk-full`, `file-not-writable`, `stream-closed` after `close()`.
   */
  async flush(): Promise<void> {
    this.#checkOpen();
    return this.#turns.take(() => this.#file.flush());
  }

  /**
   * Writes the metadata that stand behind the samples, brings the header up to date and gives the
   * file back, after the writes under way. The file is given back in any case. A second call gives
   * the result of the first.
   *
   * @throws AudioError `disk-full`, `file-not-writable` when the end of the file could not be
   *   written; the samples are readable nevertheless.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #append(bytes: Uint8Array): Promise<void> {
    await this.#file.append(bytes);
    if (this.#file.isBehind) {
      this.#checkpointLater ??= setTimeout(() => {
        this.#checkpointLater = undefined;
        void this.#catchUp();
      }, LEAST_CHECKPOINT_MS);
    }
  }

  async #catchUp(): Promise<void> {
    try {
      await this.#turns.take(() => (this.#file.isBehind ? this.#file.checkpoint() : undefined));
    } catch {
      // Whoever writes, flushes or closes next tries again, and is told.
    }
  }

  async #close(): Promise<void> {
    clearTimeout(this.#checkpointLater);
    await this.#turns.take(() => this.#file.finish());
  }

  /** The raw bytes behind an array, if it is one that this file can take. */
  #bytesOf(samples: SampleArray | Float64Array): Uint8Array {
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
      throw new AudioError("stream-closed", `${this.#name}: the writer is closed.`);
    }
  }

  #checkCorrectable(): void {
    if (!this.#correctable) {
      throw new AudioError(
        "format-not-supported",
        `The metadata of ${this.#name} are written already: give them to WavWriter.create().`,
      );
    }
  }
}
