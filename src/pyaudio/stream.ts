import { AudioError, asError } from "../errors.js";
import { bytesPerFrame, type Frames, type Milliseconds, type Seconds } from "../format.js";
import { checkBoolean, checkNumber, describe } from "../options.js";
import type { Gap } from "../recording/recording.js";
import type { RingReader, RingWriter } from "../ring.js";
import { CallbackDriver } from "./callback.js";
import { callbackQueueFrames } from "./callback-output.js";
import { GapList } from "./gap-list.js";
import { type Link, openLink, PATIENCE } from "./link.js";
import {
  callbackReads,
  callbackWrites,
  closed,
  ended,
  hangs,
  noInput,
  noOutput,
  overflowed,
  stopped,
  underflowed,
} from "./stream-faults.js";
import {
  checkStreamOptions,
  type FindDevice,
  type StreamOptions,
  type StreamPlan,
} from "./stream-options.js";
import { streamTime } from "./stream-time.js";

/** The least that is queued for the device before `write` waits. */
const OUTPUT_SECONDS: Seconds = 0.1;
/** The audio thread gives a silent device up before this; beyond it the thread itself is gone. */
const READ_PATIENCE: Milliseconds = 15_000;
/** A wait looks at the audio thread at least this often. */
const LOOK_AGAIN: Milliseconds = 200;
/** A device that takes no frame for this long hangs. */
const WRITE_PATIENCE: Milliseconds = 10_000;

/**
 * PyAudio's stream, in blocking or in callback mode. Its calls hold the caller; the device is served by an audio thread
 * all the same, so a script that is slow between two reads, or two turns of its event loop, loses nothing for ten
 * seconds.
 */
export class Stream implements Disposable {
  readonly #plan: StreamPlan;
  readonly #frameBytes: number;
  readonly #gaps = new GapList();
  /** Undefined in blocking mode. */
  readonly #driver: CallbackDriver | undefined;
  #link: Link;
  /** `complete`: the callback has had its last call. `over`: the device has ended by itself. */
  #state: "stopped" | "running" | "complete" | "over" | "closed" = "stopped";
  #failure: Error | undefined;
  /** Called once when the stream is closed, so that its manager lets go of it. */
  readonly #onClosed: (stream: Stream) => void;
  /** Bytes of a read that met a gap: the next read starts with them. */
  #held: Uint8Array = new Uint8Array(0);
  #underflowsTold = 0;

  /** Made by `PyAudio.open()`. */
  constructor(
    options: StreamOptions,
    find: FindDevice,
    onClosed: (stream: Stream) => void = () => {},
  ) {
    this.#onClosed = onClosed;
    const plan = checkStreamOptions(options, find);
    this.#plan = plan;
    this.#frameBytes = bytesPerFrame(plan.format, plan.channels);
    this.#driver =
      plan.callback && new CallbackDriver(plan, plan.callback, this.#gaps, () => this.#complete());
    this.#link = this.#openLink();
    try {
      if (plan.start) {
        this.startStream();
      }
    } catch (error) {
      this.#link.thread.closeSync(PATIENCE);
      throw error;
    }
  }

  /**
   * Reads just `numFrames` frames, and waits for them: `numFrames` times the bytes of a frame.
   *
   * When frames were lost before or among these, and `exceptionOnOverflow` is true, it throws; the stream stays open
   * and what was read is kept: the next read gives it. With false the read goes on behind the gap. `gaps` lists every
   * loss either way.
   *
   * @throws AudioError `input-overflowed`; `stream-closed`; `stream-stopped` when too few frames are left of a stopped
   * stream; `device-lost`, `stalled` when the device fails.
   */
  read(numFrames: number, exceptionOnOverflow = true): Buffer {
    checkNumber(numFrames, "numFrames", { min: 0, max: 2 ** 28, integer: true });
    checkBoolean(exceptionOnOverflow, "exceptionOnOverflow");
    const reader = this.#input();
    const bytes = Buffer.alloc(numFrames * this.#frameBytes);
    let filled = Math.min(this.#held.byteLength, bytes.byteLength);
    bytes.set(this.#held.subarray(0, filled));
    const held = this.#held.subarray(filled);
    this.#held = held;
    const keep = (): void => {
      // Nothing that was read is dropped: it comes first in the next read.
      this.#held = bytes.subarray(0, filled);
    };
    let deadline = performance.now() + READ_PATIENCE;
    while (filled < bytes.byteLength) {
      const gap = this.#gaps.take(reader);
      if (gap !== undefined && exceptionOnOverflow) {
        keep();
        throw overflowed(gap);
      }
      const target = bytes.subarray(filled);
      const frames = reader.tryReadInto(target, target.byteLength / this.#frameBytes);
      filled += frames * this.#frameBytes;
      if (frames > 0) {
        deadline = performance.now() + READ_PATIENCE;
      } else if (gap === undefined) {
        const missing = this.#whyNoMore(reader, deadline);
        if (missing !== undefined) {
          keep();
          throw missing;
        }
        const wanted = target.byteLength / this.#frameBytes;
        reader.waitSync(Math.min(wanted, Math.ceil(reader.capacityFrames / 2)), LOOK_AGAIN);
      }
    }
    return bytes;
  }

  /**
   * Queues frames to be played, and waits while the queue is full.
   *
   * @param frames bytes of whole interleaved frames.
   * @param numFrames how many of them; default all.
   * @param exceptionOnUnderflow whether to throw when the device ran dry since the last write; the frames are queued
   * all the same.
   * @throws AudioError `output-underflowed`, `stream-closed`, `stream-stopped`, `device-lost`, `stalled`.
   */
  write(frames: Uint8Array, numFrames?: number, exceptionOnUnderflow = false): void {
    const writer = this.#output();
    const count = this.#checkFrames(frames, numFrames);
    checkBoolean(exceptionOnUnderflow, "exceptionOnUnderflow");
    let written = 0;
    let deadline = performance.now() + WRITE_PATIENCE;
    while (written < count) {
      this.#link.thread.pollSync();
      if (this.#state !== "running") {
        throw this.#failure ?? stopped("write to");
      }
      const step = writer.tryWrite(frames.subarray(written * this.#frameBytes), count - written);
      written += step;
      if (step > 0) {
        deadline = performance.now() + WRITE_PATIENCE;
      } else if (performance.now() > deadline) {
        throw hangs(WRITE_PATIENCE);
      } else {
        writer.waitForRoom(
          Math.min(count - written, Math.ceil(writer.capacityFrames / 2)),
          LOOK_AGAIN,
        );
      }
    }
    const underflows = this.#link.thread.underflows;
    const fresh = underflows - this.#underflowsTold;
    this.#underflowsTold = underflows;
    if (fresh > 0 && exceptionOnUnderflow) {
      throw underflowed(fresh);
    }
  }

  /** Every loss of frames that reads or callbacks have come by, in order; PyAudio tells of none. Positions count lost frames too. */
  get gaps(): readonly Gap[] {
    return this.#gaps.gaps;
  }

  /**
   * Starts the stream. Does nothing while it runs. When a callback has ended the stream, it does nothing before
   * `stopStream`, as in PyAudio.
   */
  startStream(): void {
    this.#checkOpen();
    if (this.#state === "over") {
      throw this.#failure ?? ended();
    }
    if (this.#state === "stopped") {
      if (this.#driver?.done === true && (this.#link.writer?.queued ?? 0) > 0) {
        this.#replaceLink();
      }
      this.#link.thread.requestSync({ type: "start" }, "started", PATIENCE);
      this.#state = "running";
      this.#driver?.start(this.#link);
      this.#link.thread.pollSync();
    }
  }

  /**
   * Stops the stream, after what was written has been played. What was recorded until now can still be read; in callback
   * mode the callback is called for all whole blocks of it before this returns, unless it is the callback that stops.
   */
  stopStream(): void {
    this.#checkOpen();
    const driver = this.#driver?.calling === true ? undefined : this.#driver;
    if (this.#plan.output !== undefined) {
      // What the callback makes of the last blocks shall be played too.
      driver?.catchUp();
    }
    if (this.#isRunning()) {
      this.#link.thread.requestSync({ type: "stop", drain: true }, "stopped", PATIENCE);
    }
    driver?.catchUp();
    this.#driver?.halt();
    // The stream may have ended by itself in the meantime; that stays.
    if (this.#state === "running" || this.#state === "complete") {
      this.#state = "stopped";
    }
  }

  /** Gives the device back, from any state. Calling it again does nothing. */
  close(): void {
    if (this.#state !== "closed") {
      this.#state = "closed";
      this.#driver?.halt();
      this.#onClosed(this);
      this.#link.thread.closeSync(PATIENCE);
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * True while the stream runs; in callback mode until the callback has ended it and what it returned has been played.
   *
   * @throws AudioError `stream-closed`.
   */
  isActive(): boolean {
    this.#checkOpen();
    this.#link.thread.pollSync();
    return this.#driver?.active ?? this.#isRunning();
  }

  /** True before it is started and after it was stopped. @throws AudioError `stream-closed`. */
  isStopped(): boolean {
    this.#checkOpen();
    return this.#state === "stopped";
  }

  /** Seconds, as the host reports it; 0 for a stream without input. @throws AudioError `stream-closed`. */
  getInputLatency(): Seconds {
    this.#checkOpen();
    return this.#link.opened.inputLatency;
  }

  /** Seconds, as the host reports it; 0 for a stream without output. @throws AudioError `stream-closed`. */
  getOutputLatency(): Seconds {
    this.#checkOpen();
    return this.#link.opened.outputLatency;
  }

  /** Now, on the clock of stream times, in seconds: the system's monotonic clock. @throws AudioError `stream-closed`. */
  getTime(): Seconds {
    this.#checkOpen();
    return streamTime();
  }

  /**
   * The share of the time that an active callback takes, smoothed: 1 is all there is. 0 in blocking mode.
   *
   * @throws AudioError `stream-closed`.
   */
  getCpuLoad(): number {
    this.#checkOpen();
    return this.#driver?.load ?? 0;
  }

  /** Frames that can be read without waiting. @throws AudioError `stream-closed`. */
  getReadAvailable(): Frames {
    return this.#input().available + this.#held.byteLength / this.#frameBytes;
  }

  /** Frames that can be written without waiting. @throws AudioError `stream-closed`. */
  getWriteAvailable(): Frames {
    return this.#output().room;
  }

  /** Why a read that found nothing shall not wait; undefined when it shall. */
  #whyNoMore(reader: RingReader, deadline: Milliseconds): Error | undefined {
    this.#link.thread.pollSync();
    if (performance.now() > deadline) {
      return new AudioError(
        "stalled",
        `The audio thread gave no frame for ${READ_PATIENCE / 1000} s.`,
      );
    }
    if (this.#state === "running" || reader.available > 0 || reader.hasGap) {
      return undefined;
    }
    if (this.#state === "stopped") {
      return stopped("read from");
    }
    return this.#failure ?? ended();
  }

  #openLink(): Link {
    const { rate, framesPerBuffer } = this.#plan;
    const room = this.#driver
      ? callbackQueueFrames(this.#plan)
      : Math.max(framesPerBuffer * 2, Math.ceil(OUTPUT_SECONDS * rate));
    return openLink(this.#plan, room, (failure) => this.#end(failure));
  }

  /** Opens the device anew: what an abort left in its queue can only be dropped with the queue. */
  #replaceLink(): void {
    try {
      this.#link.thread.closeSync(PATIENCE);
      this.#link = this.#openLink();
    } catch (error) {
      this.#end(asError(error));
      throw error;
    }
  }

  /** The device has ended by itself. */
  #end(failure: Error | undefined): void {
    if (this.#state !== "closed") {
      this.#failure = failure;
      this.#state = "over";
      this.#driver?.deviceEnded(failure);
    }
  }

  /** The callback has had its last call. */
  #complete(): void {
    this.#state = "complete";
    this.#link.thread.requestSync({ type: "stop", drain: false }, "stopped", PATIENCE);
  }

  #isRunning(): boolean {
    return this.#state === "running";
  }

  #input(): RingReader {
    this.#checkOpen();
    const { reader } = this.#link;
    if (reader === undefined) {
      throw noInput();
    }
    if (this.#driver !== undefined) {
      throw callbackReads();
    }
    return reader;
  }

  #output(): RingWriter {
    this.#checkOpen();
    const { writer } = this.#link;
    if (writer === undefined) {
      throw noOutput();
    }
    if (this.#driver !== undefined) {
      throw callbackWrites();
    }
    return writer;
  }

  #checkOpen(): void {
    if (this.#state === "closed") {
      throw closed();
    }
  }

  #checkFrames(frames: unknown, numFrames: unknown): Frames {
    if (!(frames instanceof Uint8Array)) {
      throw new TypeError(
        `Expected \`frames\` to be a Uint8Array or Buffer of frames, got ${describe(frames)}`,
      );
    }
    const held = frames.byteLength / this.#frameBytes;
    if (numFrames !== undefined) {
      return checkNumber(numFrames, "numFrames", { min: 0, max: Math.floor(held), integer: true });
    }
    if (!Number.isInteger(held)) {
      throw new RangeError(
        `Expected \`frames\` to hold whole frames of ${this.#frameBytes} bytes, got ${frames.byteLength} bytes`,
      );
    }
    return held;
  }
}
