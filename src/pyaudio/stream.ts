import { AudioError, fromErrorMessage } from "../errors.js";
import { bytesPerFrame, type Frames, type Milliseconds, type Seconds } from "../format.js";
import {
  paBadStreamPtr,
  paCanNotReadFromAnOutputOnlyStream,
  paCanNotWriteToAnInputOnlyStream,
  paInputOverflowed,
  paOutputUnderflowed,
  paStreamIsStopped,
} from "../hosts/portaudio/header.js";
import { checkBoolean, checkNumber, describe } from "../options.js";
import type { Gap } from "../recording/recording.js";
import { createRing, RingReader, RingWriter } from "../ring.js";
import { AudioThread } from "../stream/audio-thread.js";
import type { OpenedStream } from "../stream/protocol.js";
import { checkStreamOptions, type FindDevice, type StreamOptions } from "./stream-options.js";

/** How far a script may lag behind its reads before frames are lost, and then counted. */
const INPUT_SECONDS: Seconds = 10;
/** The least that is queued for the device before `write` waits. */
const OUTPUT_SECONDS: Seconds = 0.1;
const PATIENCE: Milliseconds = 30_000;
/** The audio thread gives a silent device up before this; beyond it the thread itself is gone. */
const READ_PATIENCE: Milliseconds = 15_000;
/** A wait looks at the audio thread at least this often. */
const LOOK_AGAIN: Milliseconds = 200;
/** A device that takes no frame for this long hangs. */
const WRITE_PATIENCE: Milliseconds = 10_000;

/**
 * PyAudio's stream in blocking mode. Its calls hold the caller; the device is served by an audio thread all the same,
 * so a script that is slow between two reads loses nothing for ten seconds.
 */
export class Stream implements Disposable {
  readonly #thread: AudioThread;
  readonly #frameBytes: number;
  readonly #opened: OpenedStream;
  readonly #reader: RingReader | undefined;
  readonly #writer: RingWriter | undefined;
  readonly #gaps: Gap[] = [];
  #state: "stopped" | "running" | "over" | "closed" = "stopped";
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
    this.#frameBytes = bytesPerFrame(plan.format, plan.channels);
    const { channels, format, rate } = plan;
    const depth = Math.ceil(INPUT_SECONDS * rate);
    const room = Math.max(plan.framesPerBuffer * 2, Math.ceil(OUTPUT_SECONDS * rate));
    const inputRing =
      plan.input && createRing(Math.max(depth, plan.framesPerBuffer * 2), this.#frameBytes);
    const outputRing = plan.output && createRing(room, this.#frameBytes);
    this.#reader = inputRing && new RingReader(inputRing);
    this.#writer = outputRing && new RingWriter(outputRing);
    this.#thread = new AudioThread(plan.host, "sync", "hold");
    this.#thread.onEnded = (ended) => {
      this.#failure = ended.error && fromErrorMessage(ended.error);
      if (this.#state !== "closed") {
        this.#state = "over";
      }
    };
    try {
      const numbers = Array.from({ length: channels }, (_, index) => index);
      this.#opened = this.#thread.requestSync(
        {
          type: "open",
          request: {
            sampleRate: rate,
            framesPerBuffer: 0,
            ...(plan.input && { input: plan.input }),
            ...(plan.output && { output: plan.output }),
          },
          ...(inputRing && { input: { ring: inputRing, format, channels: numbers } }),
          ...(outputRing && { output: { ring: outputRing, format, channels: numbers } }),
        },
        "opened",
        PATIENCE,
      ).stream;
      if (plan.start) {
        this.startStream();
      }
    } catch (error) {
      this.#thread.closeSync(PATIENCE);
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
      const gap = this.#takeGap(reader);
      if (gap !== undefined && exceptionOnOverflow) {
        keep();
        throw overflow(gap);
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
      this.#thread.pollSync();
      if (this.#state !== "running") {
        throw this.#failure ?? stopped("write to");
      }
      const step = writer.tryWrite(frames.subarray(written * this.#frameBytes), count - written);
      written += step;
      if (step > 0) {
        deadline = performance.now() + WRITE_PATIENCE;
      } else if (performance.now() > deadline) {
        throw new AudioError(
          "stalled",
          `The device has taken no frame for ${WRITE_PATIENCE / 1000} s.`,
        );
      } else {
        writer.waitForRoom(
          Math.min(count - written, Math.ceil(writer.capacityFrames / 2)),
          LOOK_AGAIN,
        );
      }
    }
    const underflows = this.#thread.underflows;
    const fresh = underflows - this.#underflowsTold;
    this.#underflowsTold = underflows;
    if (fresh > 0 && exceptionOnUnderflow) {
      throw new AudioError(
        "output-underflowed",
        `The device ran dry ${fresh} time(s) before these frames.`,
        {
          host: { code: paOutputUnderflowed, text: "Output underflowed" },
        },
      );
    }
  }

  /** Every loss of frames that reads have come by, in order; PyAudio tells of none. Positions count lost frames too. */
  get gaps(): readonly Gap[] {
    return this.#gaps;
  }

  /** Starts the stream. Does nothing while it runs. */
  startStream(): void {
    this.#checkOpen();
    if (this.#state === "over") {
      throw (
        this.#failure ?? new AudioError("stream-closed", "The source of this stream has ended.")
      );
    }
    if (this.#state === "stopped") {
      this.#thread.requestSync({ type: "start" }, "started", PATIENCE);
      this.#state = "running";
      this.#thread.pollSync();
    }
  }

  /** Stops the stream, after what was written has been played. What was recorded until now can still be read. */
  stopStream(): void {
    this.#checkOpen();
    if (this.#state === "running") {
      this.#thread.requestSync({ type: "stop", drain: true }, "stopped", PATIENCE);
      // The stream may have ended by itself in the meantime; that stays.
      if (this.#isRunning()) {
        this.#state = "stopped";
      }
    }
  }

  /** Gives the device back, from any state. Calling it again does nothing. */
  close(): void {
    if (this.#state !== "closed") {
      this.#state = "closed";
      this.#onClosed(this);
      this.#thread.closeSync(PATIENCE);
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** True while the stream runs. @throws AudioError `stream-closed`. */
  isActive(): boolean {
    this.#checkOpen();
    this.#thread.pollSync();
    return this.#isRunning();
  }

  /** True before it is started and after it was stopped. @throws AudioError `stream-closed`. */
  isStopped(): boolean {
    this.#checkOpen();
    return this.#state === "stopped";
  }

  /** Seconds, as the host reports it; 0 for a stream without input. @throws AudioError `stream-closed`. */
  getInputLatency(): Seconds {
    this.#checkOpen();
    return this.#opened.inputLatency;
  }

  /** Seconds, as the host reports it; 0 for a stream without output. @throws AudioError `stream-closed`. */
  getOutputLatency(): Seconds {
    this.#checkOpen();
    return this.#opened.outputLatency;
  }

  /** Now, on the clock of stream times, in seconds: the system's monotonic clock. @throws AudioError `stream-closed`. */
  getTime(): Seconds {
    this.#checkOpen();
    return Number(process.hrtime.bigint()) / 1e9;
  }

  /** 0, as PortAudio tells it of a stream without callback. @throws AudioError `stream-closed`. */
  getCpuLoad(): number {
    this.#checkOpen();
    return 0;
  }

  /** Frames that can be read without waiting. @throws AudioError `stream-closed`. */
  getReadAvailable(): Frames {
    return this.#input().available + this.#held.byteLength / this.#frameBytes;
  }

  /** Frames that can be written without waiting. @throws AudioError `stream-closed`. */
  getWriteAvailable(): Frames {
    return this.#output().room;
  }

  #takeGap(reader: RingReader): Gap | undefined {
    const position = reader.position;
    const first = reader.takeGap();
    if (first === undefined) {
      return undefined;
    }
    let { frames } = first;
    // Losses right behind one another are one gap to whoever reads.
    for (let next = reader.takeGap(); next !== undefined; next = reader.takeGap()) {
      frames += next.frames;
    }
    const gap: Gap = { position, frames, cause: first.cause };
    this.#gaps.push(gap);
    return gap;
  }

  /** Why a read that found nothing shall not wait; undefined when it shall. */
  #whyNoMore(reader: RingReader, deadline: Milliseconds): Error | undefined {
    this.#thread.pollSync();
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
    return this.#failure ?? new AudioError("stream-closed", "The source of this stream has ended.");
  }

  #isRunning(): boolean {
    return this.#state === "running";
  }

  #input(): RingReader {
    this.#checkOpen();
    if (this.#reader === undefined) {
      throw new AudioError(
        "stream-closed",
        "This stream has no input: open it with `input: true`.",
        {
          host: {
            code: paCanNotReadFromAnOutputOnlyStream,
            text: "Can't read from an output only stream",
          },
        },
      );
    }
    return this.#reader;
  }

  #output(): RingWriter {
    this.#checkOpen();
    if (this.#writer === undefined) {
      throw new AudioError(
        "stream-closed",
        "This stream has no output: open it with `output: true`.",
        {
          host: {
            code: paCanNotWriteToAnInputOnlyStream,
            text: "Can't write to an input only stream",
          },
        },
      );
    }
    return this.#writer;
  }

  #checkOpen(): void {
    if (this.#state === "closed") {
      throw new AudioError("stream-closed", "This stream is closed: open a new one.", {
        host: { code: paBadStreamPtr, text: "Stream closed" },
      });
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

function overflow(gap: Gap): AudioError {
  return new AudioError(
    "input-overflowed",
    `${gap.frames} frames were lost at position ${gap.position} (${gap.cause}). The stream is open and nothing that was read is dropped: read again to go on.`,
    { host: { code: paInputOverflowed, text: "Input overflowed" } },
  );
}

function stopped(doing: string): AudioError {
  return new AudioError("stream-stopped", `Cannot ${doing} a stopped stream: start it first.`, {
    host: { code: paStreamIsStopped, text: "Stream is stopped" },
  });
}
