import type { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { hostOf } from "../device-query.js";
import type { Frames, SampleFormat, Seconds } from "../format.js";
import type { Device } from "../hosts/host.js";
import { AudioStream } from "./audio-stream.js";
import { Block } from "./block.js";
import {
  checkInputOptions,
  type InputChoice,
  type InputStreamOptions,
  settleInput,
} from "./input-settings.js";
import { InputSide } from "./input-side.js";
import { LifeCycle } from "./life-cycle.js";
import type { OneSideSettings } from "./one-side.js";
import { type OpenStream, openStream, ringOfSide, type StreamSettings } from "./open-stream.js";
import { pushBlocks } from "./push-blocks.js";
import { type InputReadableOptions, readableOf, webReadableOf } from "./readable.js";

type Settings = OneSideSettings & StreamSettings;

/**
 * Frames from an input device, in order, with every lost frame counted at its place.
 *
 * An audio thread of its own reads the device into a ring in shared memory, so nothing is lost while the main thread
 * is busy, for as long as the ring is deep (`bufferSeconds`). When the ring is full the newest frames are dropped, and
 * counted at their place.
 *
 * ```ts
 * await using stream = await InputStream.open({ channels: 1 });
 * for await (const block of stream) {
 *   console.log(block.position, block.getChannelData(0));
 *   if (block.position > 48_000) break; // gives the device back
 * }
 * ```
 */
export class InputStream extends AudioStream implements AsyncIterable<Block> {
  readonly device: Device;
  readonly numberOfChannels: number;
  /** Which channels of the device these are, counted from 0. */
  readonly channelNumbers: readonly number[];
  readonly format: SampleFormat;
  /** The latency that the host reports, which may differ from the one asked for. */
  readonly latency: Seconds;
  /** Frames of a block in `for await`. */
  readonly blockFrames: Frames;
  readonly #side: InputSide;
  readonly #life: LifeCycle;

  /**
   * Opens a device. The stream is stopped until `start()` or the first read; the device is held until `close()`.
   *
   * @throws TypeError, RangeError for wrong options, before anything is started.
   * @throws AudioError `device-not-found`, `device-ambiguous`, `device-busy`, `format-not-supported`,
   * `permission-denied`, `library-not-found`, `processor-failed`, `host-error`; the signal's reason if it has aborted
   * already.
   */
  static async open(options: InputStreamOptions = {}): Promise<InputStream> {
    const choice = checkInputOptions(options, "InputStream.open()");
    return openStream(
      hostOf(choice.device),
      choice,
      (candidates): Settings => {
        const settings = settleInput(choice, candidates);
        return { ...settings, input: settings, output: undefined };
      },
      (open) => new InputStream(open, choice),
    );
  }

  private constructor(open: OpenStream<Settings>, choice: InputChoice) {
    const { thread, settings, opened } = open;
    const life = new LifeCycle({
      thread,
      signal: choice.signal,
      changed: () => side.wake(),
      pushes: choice.onBlock !== undefined,
      processes: choice.processor !== undefined,
    });
    const { format } = settings;
    const side = new InputSide(
      ringOfSide(open, "input"),
      { sampleRate: opened.sampleRate, numberOfChannels: settings.channelNumbers.length, format },
      settings.blockFrames,
      life,
      () => thread.stats.get("timeUncertainty"),
    );
    super({
      open,
      life,
      inputFacts: () => ({
        latency: choice.latency,
        inRing: side.inRing,
        capacityFrames: side.capacityFrames,
        clipped: 0,
      }),
      outputFacts: () => undefined,
    });
    this.device = settings.device;
    this.numberOfChannels = settings.channelNumbers.length;
    this.channelNumbers = Object.freeze([...settings.channelNumbers]);
    this.format = format;
    this.latency = opened.inputLatency;
    this.blockFrames = settings.blockFrames;
    this.#side = side;
    this.#life = life;
    if (choice.onBlock !== undefined) {
      pushBlocks(life, () => this.#blocks(), choice.onBlock);
    }
  }

  /** Position of the next frame to be read: frames read and lost since the start. */
  get position(): Frames {
    return this.#side.position;
  }

  /** Frames that were lost right before the first frame of the last read. */
  get droppedBefore(): Frames {
    return this.#side.droppedBefore;
  }

  /** All frames lost so far, up to `position`. */
  get droppedFrames(): Frames {
    return this.#side.droppedFrames;
  }

  /** Frames that can be read now without waiting. */
  get readAvailable(): Frames {
    return this.#side.readAvailable;
  }

  /**
   * Stops the device; what came until now can still be read, and `start()` may follow.
   * Does nothing when the stream does not run.
   */
  stop(): Promise<void> {
    return this.#life.stop(false);
  }

  /**
   * Reads frames to the start of `target`, without waiting, and returns how many: 0 when none are there.
   * A read ends at a gap; the next one starts behind it and sets `droppedBefore`.
   *
   * @throws TypeError when `target` is not a typed array for this stream's format (or bytes).
   * @throws RangeError when it does not hold a whole number of frames, at least one.
   */
  tryReadInto(target: ArrayBufferView): Frames {
    return this.#side.tryReadInto(target);
  }

  /**
   * Fills `target` with frames, waits for them, and resolves with how many there are: fewer than fit only before a
   * gap and at the end, 0 when the stream is over. It starts a stream that was never started, and takes no memory.
   *
   * @throws as {@link tryReadInto}, and the fault that ended the stream once everything before it was read.
   */
  readInto(target: ArrayBufferView): Promise<Frames> {
    return this.#side.readInto(target);
  }

  /**
   * The blocks, from now on, until the stream is stopped, over or failed. It starts a stream that was never started.
   * However the loop is left, the stream is closed then and the device free.
   *
   * @throws the fault that ended the stream, once everything before it was read.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Block, void, undefined> {
    try {
      yield* this.#blocks();
    } catch (error) {
      // The fault that ended the stream is the one to tell; closing may fail for the same reason.
      await this.close().catch(() => {});
      throw error;
    } finally {
      await this.close();
    }
  }

  /**
   * A Node stream of the frames' bytes, with silence in place of lost frames, so that time stays true; `onGap` is told of
   * each loss. It reads only as fast as it is read; destroying it, also by an aborted pipeline, closes this stream.
   *
   * @throws TypeError for wrong options.
   */
  toReadable(options: InputReadableOptions = {}): Readable {
    return readableOf(this, options);
  }

  /** The same as a Web stream. Cancelling it closes this stream. */
  toWebReadable(options: InputReadableOptions = {}): ReadableStream<Uint8Array> {
    return webReadableOf(this, options);
  }

  async *#blocks(): AsyncGenerator<Block, void, undefined> {
    for await (const { bytes, place } of this.#side.rawBlocks()) {
      yield new Block(this.#side.format, bytes, place);
    }
  }
}
