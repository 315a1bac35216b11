import { hostOf } from "../device-query.js";
import { freezeListing } from "../devices.js";
import {
  bytesPerFrame,
  type Frames,
  type Hertz,
  type Milliseconds,
  type SampleFormat,
  type Seconds,
} from "../format.js";
import type { Device, GapCause } from "../hosts/host.js";
import { describe } from "../options.js";
import { createRing, RingReader } from "../ring.js";
import { AudioThread } from "./audio-thread.js";
import { Block, type BlockFormat } from "./block.js";
import { LifeCycle, type StreamState } from "./life-cycle.js";
import type { OpenedStream } from "./protocol.js";
import {
  checkInputOptions,
  type InputSettings,
  type InputStreamOptions,
  settleInput,
} from "./settings.js";

/** A reader looks again at least this often, so that no lost wake can hold it for ever. */
const LOOK_AGAIN: Milliseconds = 1_000;

/**
 * Frames from an input device, in order, with every lost frame counted at its place.
 *
 * An audio thread of its own reads the device into a ring in shared memory, so nothing is lost while the main thread
 * is busy, for as long as the ring is deep (`bufferSeconds`).
 *
 * ```ts
 * await using stream = await InputStream.open({ channels: 1 });
 * for await (const block of stream) {
 *   console.log(block.position, block.getChannelData(0));
 *   if (block.position > 48_000) break; // gives the device back
 * }
 * ```
 */
export class InputStream implements AsyncIterable<Block>, AsyncDisposable {
  readonly device: Device;
  /** The actual sample rate. */
  readonly sampleRate: Hertz;
  readonly numberOfChannels: number;
  /** Which channels of the device these are, counted from 0. */
  readonly channelNumbers: readonly number[];
  readonly format: SampleFormat;
  /** The latency that the host reports, which may differ from the one asked for. */
  readonly latency: Seconds;
  /** Frames of a block in `for await`. */
  readonly blockFrames: Frames;

  readonly #reader: RingReader;
  readonly #frameBytes: number;
  readonly #blockFormat: BlockFormat;
  readonly #life: LifeCycle;
  #droppedBefore: Frames = 0;
  /** Lost frames that no read has told of yet: they are right before the next frame. */
  #untold: Frames = 0;
  #untoldCause: GapCause | undefined;

  /**
   * Opens a device. The stream is stopped until `start()` or the first read; the device is held until `close()`.
   *
   * @throws TypeError, RangeError for wrong options, before anything is started.
   * @throws AudioError `device-not-found`, `device-ambiguous`, `device-busy`, `format-not-supported`,
   * `permission-denied`, `library-not-found`, `host-error`; the signal's reason if it has aborted already.
   */
  static async open(options: InputStreamOptions = {}): Promise<InputStream> {
    const choice = checkInputOptions(options, "InputStream.open()");
    const { signal } = choice;
    signal?.throwIfAborted();
    const host = hostOf(choice.device);
    const thread = new AudioThread(host, "async", "hold");
    try {
      // A virtual device is made from its description; real ones are those of this thread's own, newest listing.
      const candidates =
        host === "virtual"
          ? []
          : freezeListing((await thread.request({ type: "list" }, "listed")).listing).devices;
      const settings = settleInput(choice, candidates);
      const ring = createRing(
        settings.capacityFrames,
        bytesPerFrame(settings.format, settings.channelNumbers.length),
      );
      const { request, format, channelNumbers } = settings;
      const input = { ring, format, channels: channelNumbers };
      const { stream } = await thread.request({ type: "open", request, input }, "opened");
      return new InputStream(thread, new RingReader(ring), settings, stream, signal);
    } catch (error) {
      await thread.close().catch(() => {
        // The first error is the one that the caller can act on.
      });
      throw error;
    }
  }

  private constructor(
    thread: AudioThread,
    reader: RingReader,
    settings: InputSettings,
    opened: OpenedStream,
    signal: AbortSignal | undefined,
  ) {
    this.device = settings.device;
    this.sampleRate = opened.sampleRate;
    this.numberOfChannels = settings.channelNumbers.length;
    this.channelNumbers = Object.freeze([...settings.channelNumbers]);
    this.format = settings.format;
    this.latency = opened.inputLatency;
    this.blockFrames = settings.blockFrames;
    this.#reader = reader;
    this.#frameBytes = bytesPerFrame(settings.format, this.numberOfChannels);
    this.#blockFormat = {
      sampleRate: this.sampleRate,
      numberOfChannels: this.numberOfChannels,
      format: this.format,
    };
    this.#life = new LifeCycle(thread, signal, () => reader.wake());
  }

  /** Where the stream is in its life. */
  get state(): StreamState {
    return this.#life.state;
  }

  /** Position of the next frame to be read: frames read and lost since the start. */
  get position(): Frames {
    return this.#reader.position;
  }

  /** Frames that were lost right before the first frame of the last read. */
  get droppedBefore(): Frames {
    return this.#droppedBefore;
  }

  /** All frames lost so far, up to `position`. */
  get droppedFrames(): Frames {
    return this.#reader.lost;
  }

  /** Frames that can be read now without waiting. */
  get readAvailable(): Frames {
    return this.#reader.availableBeforeGap;
  }

  /**
   * Starts the device. Does nothing while it runs.
   *
   * @throws AudioError `stream-closed` when the stream is closed or over; what the host says when it cannot start; the
   * signal's reason when it has aborted.
   */
  start(): Promise<void> {
    return this.#life.start();
  }

  /**
   * Stops the device; what came until now can still be read, and `start()` may follow.
   * Does nothing when the stream does not run.
   */
  stop(): Promise<void> {
    return this.#life.stop();
  }

  /**
   * Gives the device back, from any state. Frames that were not read are dropped. Calling it again does nothing.
   *
   * @throws AudioError with what the host said when closing failed; the stream is closed all the same.
   */
  close(): Promise<void> {
    return this.#life.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * Reads frames to the start of `target`, without waiting, and returns how many: 0 when none are there.
   * A read ends at a gap; the next one starts behind it and sets `droppedBefore`.
   *
   * @throws TypeError when `target` is not a typed array for this stream's format (or bytes).
   * @throws RangeError when it does not hold a whole number of frames, at least one.
   */
  tryReadInto(target: ArrayBufferView): Frames {
    const bytes = this.#checkTarget(target);
    this.#takeGaps();
    const frames = this.state === "closed" ? 0 : this.#copy(bytes);
    if (frames > 0) {
      this.#tellDropped();
    }
    return frames;
  }

  /**
   * Fills `target` with frames, waits for them, and resolves with how many there are: fewer than fit only before a
   * gap and at the end, 0 when the stream is over. It starts a stream that was never started, and takes no memory.
   *
   * @throws as {@link tryReadInto}, and the fault that ended the stream once everything before it was read.
   */
  async readInto(target: ArrayBufferView): Promise<Frames> {
    const bytes = this.#checkTarget(target);
    const wanted = bytes.byteLength / this.#frameBytes;
    let filled = 0;
    while (filled < wanted) {
      const ready = await this.#ready(wanted - filled);
      if (ready === 0 || (filled > 0 && this.#untold > 0)) {
        break;
      }
      const copied = this.#copy(bytes.subarray(filled * this.#frameBytes));
      if (filled === 0 && copied > 0) {
        this.#tellDropped();
      }
      filled += copied;
    }
    if (filled === 0) {
      // Frames that were lost behind the last one are told with the end.
      this.#tellDropped();
      this.#life.throwFailure();
    }
    return filled;
  }

  /**
   * The blocks, from now on, until the stream is stopped, over or failed. It starts a stream that was never started.
   * However the loop is left, the stream is closed then and the device free.
   *
   * @throws the fault that ended the stream, once everything before it was read.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Block, void, undefined> {
    try {
      for (;;) {
        const ready = await this.#ready(this.blockFrames);
        const block = this.#nextBlock(Math.min(ready, this.blockFrames));
        // Another reader of the same stream may have been quicker.
        if (block.length > 0 || block.droppedBefore > 0) {
          yield block;
        }
        if (ready === 0) {
          this.#life.throwFailure();
          return;
        }
      }
    } catch (error) {
      // The fault that ended the stream is the one to tell; closing may fail for the same reason.
      await this.close().catch(() => {});
      throw error;
    } finally {
      await this.close();
    }
  }

  /** Waits until `wanted` frames can be read, or fewer before a gap or the end. Resolves with 0 when it is over. */
  async #ready(wanted: Frames): Promise<Frames> {
    await this.#life.readyToRead();
    // A wait for more than the ring holds would never end.
    const enough = Math.min(wanted, Math.ceil(this.#reader.capacityFrames / 2));
    for (;;) {
      // Whether it is over is asked first: what is there after that is all that will ever be.
      const over = this.#reader.writerEnded || this.state !== "running";
      this.#takeGaps();
      const frames = this.state === "closed" ? 0 : this.#reader.availableBeforeGap;
      if (frames >= enough || (frames > 0 && (over || this.#reader.hasGap))) {
        return frames;
      }
      if (over) {
        if (this.state === "running") {
          await this.#life.over;
        }
        return 0;
      }
      await this.#reader.wait(enough, LOOK_AGAIN);
    }
  }

  #nextBlock(frames: Frames): Block {
    const position = this.#reader.position;
    const bytes = new Uint8Array(frames * this.#frameBytes);
    const read = this.#copy(bytes);
    const dropCause = this.#tellDropped();
    return new Block(this.#blockFormat, bytes.subarray(0, read * this.#frameBytes), {
      position,
      time: this.#reader.timeOf(position, this.sampleRate),
      droppedBefore: this.#droppedBefore,
      dropCause,
    });
  }

  #copy(bytes: Uint8Array): Frames {
    return this.#reader.tryReadInto(bytes, bytes.byteLength / this.#frameBytes);
  }

  /** The lost frames are told with the frames behind them. */
  #tellDropped(): GapCause | undefined {
    const cause = this.#untoldCause;
    this.#droppedBefore = this.#untold;
    this.#untold = 0;
    this.#untoldCause = undefined;
    return cause;
  }

  #takeGaps(): void {
    for (let gap = this.#reader.takeGap(); gap !== undefined; gap = this.#reader.takeGap()) {
      this.#untold += gap.frames;
      this.#untoldCause ??= gap.cause;
    }
  }

  #checkTarget(target: unknown): Uint8Array {
    const fits = target instanceof Uint8Array || target instanceof TARGETS[this.format];
    if (!fits) {
      throw new TypeError(
        `Expected \`target\` to be a ${TARGETS[this.format].name} or Uint8Array for ${this.format}, got ${describe(target)}`,
      );
    }
    if (target.byteLength === 0 || target.byteLength % this.#frameBytes !== 0) {
      throw new RangeError(
        `Expected \`target\` to hold whole frames of ${this.#frameBytes} bytes, at least one, got ${target.byteLength} bytes`,
      );
    }
    return new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
  }
}

const TARGETS: Readonly<
  Record<SampleFormat, { new (length: number): ArrayBufferView; readonly name: string }>
> = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  int24: Uint8Array,
  int32: Int32Array,
  float32: Float32Array,
};
