import type { Frames, Milliseconds, SampleFormat, Seconds } from "../format.js";
import type { Device } from "../hosts/host.js";
import { AudioStream } from "./audio-stream.js";
import { DuplexBlock } from "./duplex-block.js";
import {
  checkDuplexOptions,
  type DuplexChoice,
  type DuplexSettings,
  type DuplexStreamOptions,
  settleDuplex,
} from "./duplex-settings.js";
import { InputSide } from "./input-side.js";
import { LifeCycle } from "./life-cycle.js";
import { type OpenStream, openStream, ringOfSide } from "./open-stream.js";
import { OutputSide, type PlayableFrames } from "./output-side.js";
import type { Underflow } from "./protocol.js";
import { pushBlocks } from "./push-blocks.js";

let makeDuplex: (open: OpenStream<DuplexSettings>, choice: DuplexChoice) => DuplexStream;

/**
 * Input and output of one host stream, so that they start together and keep their relation: output frame 0 begins with
 * the start, behind whatever silence the device needs to begin with, and `outputTime` tells when it is heard.
 *
 * For an effect that must answer within milliseconds, let a `processor` do it in the audio thread; blocks that are
 * answered on the main thread are as late as its event loop.
 *
 * ```ts
 * await using stream = await DuplexStream.open({ channels: 1 });
 * for await (const block of stream) {
 *   await stream.write(block.bytes); // an echo
 * }
 * ```
 */
export class DuplexStream extends AudioStream implements AsyncIterable<DuplexBlock> {
  readonly inputDevice: Device;
  readonly outputDevice: Device;
  readonly inputChannels: number;
  readonly outputChannels: number;
  readonly format: SampleFormat;
  /** The latencies that the host reports, which may differ from those asked for. */
  readonly inputLatency: Seconds;
  readonly outputLatency: Seconds;
  /** Frames of a block in `for await`. */
  readonly blockFrames: Frames;
  readonly #input: InputSide;
  readonly #output: OutputSide;
  readonly #life: LifeCycle;

  /**
   * Opens the devices. The stream is stopped until `start()` or the first read; frames that are written before that are
   * queued and played from the start on.
   *
   * @throws as `InputStream.open()`; also AudioError `format-not-supported` when the two devices do not go together.
   */
  static async open(options: DuplexStreamOptions = {}): Promise<DuplexStream> {
    return openDuplex(checkDuplexOptions(options, "DuplexStream.open()"));
  }

  static {
    makeDuplex = (open, choice) => new DuplexStream(open, choice);
  }

  private constructor(open: OpenStream<DuplexSettings>, choice: DuplexChoice) {
    const { thread, settings, opened } = open;
    const { format } = settings;
    const life = new LifeCycle({
      thread,
      signal: choice.signal,
      changed: () => {
        input.wake();
        output.wake();
      },
      pushes: choice.onBlock !== undefined,
      processes: choice.processor !== undefined,
    });
    const input = new InputSide(
      ringOfSide(open, "input"),
      {
        sampleRate: opened.sampleRate,
        numberOfChannels: settings.input.channelNumbers.length,
        format,
      },
      settings.blockFrames,
      life,
      () => thread.stats.get("timeUncertainty"),
    );
    const output = new OutputSide({
      ring: ringOfSide(open, "output"),
      format,
      channels: settings.output.channelNumbers.length,
      sampleRate: opened.sampleRate,
      dither: choice.dither,
      life,
      thread,
      fedByProcessor: choice.processor !== undefined,
      startsByWriting: false,
    });
    super({
      open,
      life,
      inputFacts: () => ({
        latency: choice.latency,
        inRing: input.inRing,
        capacityFrames: input.capacityFrames,
        clipped: 0,
      }),
      outputFacts: () => ({
        latency: choice.latency,
        inRing: output.inRing,
        capacityFrames: output.capacityFrames,
        clipped: output.clipped,
      }),
    });
    this.inputDevice = settings.inputDevice;
    this.outputDevice = settings.outputDevice;
    this.inputChannels = settings.input.channelNumbers.length;
    this.outputChannels = settings.output.channelNumbers.length;
    this.format = format;
    this.inputLatency = opened.inputLatency;
    this.outputLatency = opened.outputLatency;
    this.blockFrames = settings.blockFrames;
    this.#input = input;
    this.#output = output;
    this.#life = life;
    if (choice.onBlock !== undefined) {
      pushBlocks(life, () => this.#blocks(), choice.onBlock);
    }
  }

  /** Position of the next frame to be read: frames read and lost since the start. */
  get position(): Frames {
    return this.#input.position;
  }

  /** Frames that were lost right before the first frame of the last read. */
  get droppedBefore(): Frames {
    return this.#input.droppedBefore;
  }

  /** All frames lost so far, up to `position`. */
  get droppedFrames(): Frames {
    return this.#input.droppedFrames;
  }

  /** Frames that can be read now without waiting. */
  get readAvailable(): Frames {
    return this.#input.readAvailable;
  }

  /** Frames written so far. */
  get outputPosition(): Frames {
    return this.#output.position;
  }

  /** Frames that can be written now without waiting. */
  get writeAvailable(): Frames {
    return this.#output.writeAvailable;
  }

  /**
   * When a frame that is written now will be heard, in milliseconds of this thread's `performance.now()`. NaN before the
   * first start, and with a `processor`, which makes the frames.
   */
  get outputTime(): Milliseconds {
    return this.#output.outputTime;
  }

  /** Where silence was heard among the written frames, in order: the last thousand places. */
  get underflows(): readonly Underflow[] {
    return this.#output.underflows;
  }

  /** As `InputStream.tryReadInto`. */
  tryReadInto(target: ArrayBufferView): Frames {
    return this.#input.tryReadInto(target);
  }

  /** As `InputStream.readInto`. */
  readInto(target: ArrayBufferView): Promise<Frames> {
    return this.#input.readInto(target);
  }

  /** As `OutputStream.write`, but a stream that was never started stays so: `start()` or the first read starts it. */
  write(frames: PlayableFrames): Promise<void> {
    return this.#output.write(frames);
  }

  /** As `OutputStream.tryWrite`. */
  tryWrite(frames: PlayableFrames): Frames {
    return this.#output.tryWrite(frames);
  }

  /** As `OutputStream.drain`; the input goes on meanwhile. */
  drain(): Promise<void> {
    return this.#output.drain();
  }

  /**
   * Stops the devices after everything written was played; what came until then can still be read. `abort()` and `close()`
   * cut it short.
   *
   * @throws the fault that ended the stream meanwhile; AudioError `stalled` on a device without a clock that takes no more
   * because what it hears is not read.
   */
  stop(): Promise<void> {
    return this.#life.stop(true);
  }

  /** Stops the devices at once and drops what is queued for the output. */
  abort(): Promise<void> {
    return this.#life.stop(false);
  }

  /** As the iteration of `InputStream`: however the loop is left, the stream is closed then. */
  async *[Symbol.asyncIterator](): AsyncGenerator<DuplexBlock, void, undefined> {
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

  async *#blocks(): AsyncGenerator<DuplexBlock, void, undefined> {
    for await (const { bytes, place } of this.#input.rawBlocks()) {
      yield new DuplexBlock(this.#input.format, bytes, place, this.#output.outputTime);
    }
  }
}

/** Opens a stream by options that are checked already. Throws as `DuplexStream.open()`. */
export async function openDuplex(choice: DuplexChoice): Promise<DuplexStream> {
  return openStream(
    choice.host,
    choice,
    (candidates) => settleDuplex(choice, candidates),
    (open) => makeDuplex(open, choice),
  );
}
