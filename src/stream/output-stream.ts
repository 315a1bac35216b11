import type { Writable } from "node:stream";
import type { WritableStream } from "node:stream/web";
import { hostOf } from "../device-query.js";
import type { Frames, SampleFormat, Seconds } from "../format.js";
import type { Device } from "../hosts/host.js";
import { AudioStream } from "./audio-stream.js";
import { LifeCycle } from "./life-cycle.js";
import type { OneSideSettings } from "./one-side.js";
import { type OpenStream, openStream, ringOfSide, type StreamSettings } from "./open-stream.js";
import {
  checkOutputOptions,
  type OutputChoice,
  type OutputStreamOptions,
  settleOutput,
} from "./output-settings.js";
import { OutputSide, type PlayableFrames } from "./output-side.js";
import type { Underflow } from "./protocol.js";
import { webWritableOf, writableOf } from "./writable.js";

type Settings = OneSideSettings & StreamSettings;

let makeOutput: (open: OpenStream<Settings>, choice: OutputChoice) => OutputStream;

/**
 * Frames to an output device, in order, with every silence between them counted at its place.
 *
 * Frames that are written are queued in shared memory (`bufferSeconds`), from where an audio thread of its own feeds the
 * device, so playback goes on while the main thread is busy.
 *
 * ```ts
 * await using stream = await OutputStream.open({ channels: 1, sampleRate: 48_000 });
 * await stream.write([samples]); // Float32Array; waits while the queue is full
 * await stream.drain(); // until all was played
 * ```
 */
export class OutputStream extends AudioStream {
  readonly device: Device;
  readonly numberOfChannels: number;
  /** Which channels of the device these are, counted from 0. */
  readonly channelNumbers: readonly number[];
  readonly format: SampleFormat;
  /** The latency that the host reports, which may differ from the one asked for. */
  readonly latency: Seconds;
  readonly #side: OutputSide;
  readonly #life: LifeCycle;

  /**
   * Opens a device. The stream is stopped until `start()` or the first `write`; the device is held until `close()`.
   *
   * @throws TypeError, RangeError for wrong options, before anything is started.
   * @throws AudioError `device-not-found`, `device-ambiguous`, `device-busy`, `format-not-supported`,
   * `library-not-found`, `processor-failed`, `host-error`; the signal's reason if it has aborted already.
   */
  static open(options: OutputStreamOptions = {}): Promise<OutputStream> {
    return openOutput(checkOutputOptions(options, "OutputStream.open()"));
  }

  static {
    makeOutput = (open, choice) => new OutputStream(open, choice);
  }

  private constructor(open: OpenStream<Settings>, choice: OutputChoice) {
    const { thread, settings, opened } = open;
    const life = new LifeCycle({
      thread,
      signal: choice.signal,
      changed: () => side.wake(),
      pushes: false,
      processes: choice.processor !== undefined,
    });
    const side = new OutputSide({
      ring: ringOfSide(open, "output"),
      format: settings.format,
      channels: settings.channelNumbers.length,
      sampleRate: opened.sampleRate,
      dither: choice.dither,
      life,
      thread,
      fedByProcessor: choice.processor !== undefined,
      startsByWriting: true,
    });
    super({
      open,
      life,
      inputFacts: () => undefined,
      outputFacts: () => ({
        latency: choice.latency,
        inRing: side.inRing,
        capacityFrames: side.capacityFrames,
        clipped: side.clipped,
      }),
    });
    this.device = settings.device;
    this.numberOfChannels = settings.channelNumbers.length;
    this.channelNumbers = Object.freeze([...settings.channelNumbers]);
    this.format = settings.format;
    this.latency = opened.outputLatency;
    this.#side = side;
    this.#life = life;
  }

  /** Frames written so far. */
  get position(): Frames {
    return this.#side.position;
  }

  /** Frames that can be written now without waiting. */
  get writeAvailable(): Frames {
    return this.#side.writeAvailable;
  }

  /** Where silence was heard among the frames, in order: the last thousand places. `stats` has the totals. */
  get underflows(): readonly Underflow[] {
    return this.#side.underflows;
  }

  /**
   * Queues frames, and waits while the queue is full. The frames are copied when it is called. The first write starts a
   * stream that was never started: what it queued is there when the device begins. Writes that are called before others
   * have resolved come one after another.
   *
   * @param frames interleaved, as a typed array of the stream's format or bytes, or one Float32Array for each channel.
   * While the stream is being stopped, what is written waits for the end of that, for the next start.
   *
   * @throws TypeError, RangeError for frames of another shape, TypeError for a stream whose processor makes its frames.
   * @throws AudioError `stream-closed`; `stream-stopped` when it does not run and the queue is full, and when `abort` drops
   * what is queued; the reason of the signal when it has aborted; the fault that ended the stream.
   */
  write(frames: PlayableFrames): Promise<void> {
    return this.#side.write(frames);
  }

  /**
   * Queues as many frames as fit, never waits, and returns how many: 0 also while a `write` waits, which came first.
   * It does not start the stream.
   *
   * @throws as {@link write}.
   */
  tryWrite(frames: PlayableFrames): Frames {
    return this.#side.tryWrite(frames);
  }

  /**
   * Waits until everything written was played. The silence after that is no underflow. It starts a stream that was never
   * started, if there is anything to play.
   *
   * @throws AudioError `stream-stopped` when frames were dropped or wait in a stream that does not run, `stream-closed`;
   * the reason of the signal when it has aborted; the fault that ended the stream.
   * @throws TypeError for a stream whose processor makes its frames: wait for `finished`.
   */
  drain(): Promise<void> {
    return this.#side.drain();
  }

  /**
   * Stops the device after everything written was played; `start()` may follow. `abort()` and `close()` cut it short.
   * Does nothing when it does not run.
   *
   * @throws the fault that ended the stream meanwhile.
   */
  stop(): Promise<void> {
    return this.#life.stop(true);
  }

  /** Stops the device at once and drops what is queued; `start()` may follow. Does nothing when it does not run. */
  abort(): Promise<void> {
    return this.#life.stop(false);
  }

  /**
   * A Node stream that takes the frames' bytes, in chunks of any size. Its end waits until all was played and closes this
   * stream; destroying it, also by an aborted pipeline, drops what is queued and closes.
   */
  toWritable(): Writable {
    return writableOf(this);
  }

  /** The same as a Web stream: closing it plays all, aborting it drops what is queued. */
  toWebWritable(): WritableStream<Uint8Array> {
    return webWritableOf(this);
  }
}

/** Opens a stream by options that are checked already. Throws as `OutputStream.open()`. */
export async function openOutput(choice: OutputChoice): Promise<OutputStream> {
  return openStream(
    hostOf(choice.device),
    choice,
    (candidates): Settings => {
      const settings = settleOutput(choice, candidates);
      return { ...settings, input: undefined, output: settings };
    },
    (open) => makeOutput(open, choice),
  );
}
