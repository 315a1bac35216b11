import { AudioError } from "../errors.js";
import {
  bytesPerFrame,
  type Frames,
  type Hertz,
  type Milliseconds,
  type SampleFormat,
} from "../format.js";
import { describe } from "../options.js";
import { framesInRing, type RingMemory, RingWriter } from "../ring.js";
import { createDither } from "../samples/dither.js";
import { type ConvertOptions, interleaveFrames } from "../samples.js";
import type { AudioThread } from "./audio-thread.js";
import { frameBytesOf } from "./frame-bytes.js";
import type { LifeCycle } from "./life-cycle.js";
import type { Underflow } from "./protocol.js";

/** A writer looks again at least this often, so that no lost wake can hold it for ever. */
const LOOK_AGAIN: Milliseconds = 1_000;
/** How many underflows are kept with their places. */
const KEPT_UNDERFLOWS = 1_000;

/** Frames to play: interleaved in the stream's format (or its bytes), or one array of floats for each channel. */
export type PlayableFrames = ArrayBufferView | readonly Float32Array[];

/** How the writing half of a stream is set up. */
export interface OutputSideSetup {
  readonly ring: RingMemory;
  readonly format: SampleFormat;
  readonly channels: number;
  readonly sampleRate: Hertz;
  readonly dither: boolean;
  readonly life: LifeCycle;
  readonly thread: AudioThread;
  readonly fedByProcessor: boolean;
  /** Whether the first write starts the stream. */
  readonly startsByWriting: boolean;
}

/** The writing half of a stream: puts frames into the ring, waits for room, and waits until all was played. */
export class OutputSide {
  /** Where silence was heard among the frames: the last thousand of them. */
  readonly underflows: Underflow[] = [];
  readonly #ring: RingMemory;
  readonly #writer: RingWriter;
  readonly #format: SampleFormat;
  readonly #channels: number;
  readonly #frameBytes: number;
  readonly #sampleRate: Hertz;
  readonly #convertOptions: ConvertOptions;
  readonly #life: LifeCycle;
  readonly #thread: AudioThread;
  readonly #fedByProcessor: boolean;
  readonly #startsByWriting: boolean;
  /** Samples that were out of the range of the stream's format when they were written. */
  clipped = 0;
  #written: Frames = 0;
  /** Frames written when all of them had been played. */
  #playedOut: Frames = 0;
  /** Writes that wait for their turn or for room. */
  #waiting = 0;
  /** Writes come one after another, however they are called. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(setup: OutputSideSetup) {
    const { ring, format, channels, life, thread } = setup;
    this.#ring = ring;
    this.#writer = new RingWriter(ring);
    this.#format = format;
    this.#channels = channels;
    this.#frameBytes = bytesPerFrame(format, channels);
    this.#sampleRate = setup.sampleRate;
    this.#life = life;
    this.#thread = thread;
    this.#fedByProcessor = setup.fedByProcessor;
    this.#startsByWriting = setup.startsByWriting;
    this.#convertOptions = setup.dither ? { dither: createDither() } : {};
    thread.onUnderflow = (underflow) => {
      this.underflows.push(underflow);
      if (this.underflows.length > KEPT_UNDERFLOWS) {
        this.underflows.shift();
      }
    };
  }

  /** Frames written so far. */
  get position(): Frames {
    return this.#written;
  }

  /** Frames that can be written now without waiting. */
  get writeAvailable(): Frames {
    return this.#fedByProcessor || this.#isBusy ? 0 : this.#writer.room;
  }

  /** Frames that came now would get before others, or be dropped with them. */
  get #isBusy(): boolean {
    return this.#waiting > 0 || this.#life.stopping !== undefined;
  }

  get inRing(): Frames {
    // A processor writes by an end of its own.
    return framesInRing(this.#ring);
  }

  get capacityFrames(): Frames {
    return this.#writer.capacityFrames;
  }

  /** When a frame is heard that is put into the ring now; NaN before the first start, and where nobody writes. */
  get outputTime(): Milliseconds {
    const origin = this.#fedByProcessor ? Number.NaN : this.#thread.stats.get("outputOrigin");
    return origin + (this.#written / this.#sampleRate) * 1000;
  }

  /** Ends a wait that is under way. */
  wake(): void {
    this.#writer.wake();
    this.#thread.wakeDrains();
  }

  tryWrite(frames: PlayableFrames): Frames {
    this.#checkWritable();
    const bytes = this.#bytesOf(frames, this.writeAvailable);
    return this.#isBusy ? 0 : this.#put(bytes);
  }

  async write(frames: PlayableFrames): Promise<void> {
    // Wrong arguments and a copy of the frames come before the turn: the caller may use its memory again at once.
    this.#checkWritable();
    const bytes = this.#bytesOf(frames).slice();
    const { drops, stopping } = this.#life;
    this.#waiting += 1;
    const turn = this.#turn.then(async () => {
      try {
        // Frames that come during a stop are for the time after it.
        await stopping;
        await this.#writeAll(bytes, stopping === undefined ? drops : this.#life.drops);
      } finally {
        this.#waiting -= 1;
      }
    });
    this.#turn = turn.catch(() => {});
    await turn;
  }

  /** `drops` tells when the write was called: if all that was queued is dropped since then, so is the rest of this. */
  async #writeAll(bytes: Uint8Array, drops: number): Promise<void> {
    const total = bytes.byteLength / this.#frameBytes;
    let done = 0;
    const checkGoesOn = (): void => {
      this.#checkWritable();
      if (this.#life.drops !== drops) {
        throw this.#stopped(`${total - done} of ${total} frames still to be written`);
      }
    };
    checkGoesOn();
    done = this.#put(bytes);
    // The first frames are queued before the device starts, so that it begins with them.
    if (this.#startsByWriting || done < total) {
      await this.#life.ready();
    }
    while (done < total) {
      checkGoesOn();
      if (this.#life.state !== "running") {
        throw this.#stopped(`${total - done} of ${total} frames still to be written`);
      }
      const left = Math.min(total - done, Math.ceil(this.#writer.capacityFrames / 2));
      await this.#writer.waitForRoomAsync(left, LOOK_AGAIN);
      // A stop that drops all makes room too.
      checkGoesOn();
      done += this.#put(bytes.subarray(done * this.#frameBytes));
    }
  }

  /** Waits until everything written was played. */
  async drain(): Promise<void> {
    if (this.#fedByProcessor) {
      throw new TypeError(
        "drain(): the processor of this stream makes its frames; `finished` resolves when it has ended them",
      );
    }
    const { drops } = this.#life;
    await this.#turn;
    this.#checkWritable();
    if (this.#written === this.#playedOut) {
      return;
    }
    await this.#life.ready();
    const written = this.#written;
    const asked = this.#life.state === "running" ? this.#thread.askForDrain() : undefined;
    for (let isPlayed = false; !isPlayed; ) {
      // A stop that plays all, or that drops all, ends the wait too.
      isPlayed = asked !== undefined && (await this.#thread.waitForDrain(asked, LOOK_AGAIN));
      this.#checkWritable();
      const { state } = this.#life;
      if (this.#life.drops !== drops || (state !== "running" && this.#writer.queued > 0)) {
        throw this.#stopped("frames that were not played");
      }
      isPlayed ||= state !== "running";
    }
    this.#playedOut = Math.max(this.#playedOut, written);
  }

  #stopped(left: string): AudioError {
    this.#life.throwIfAborted();
    return new AudioError("stream-stopped", `The stream was stopped with ${left}.`);
  }

  #put(bytes: Uint8Array): Frames {
    const wasEmpty = this.#writer.queued === 0;
    const count = this.#writer.tryWrite(bytes, bytes.byteLength / this.#frameBytes);
    this.#written += count;
    if (wasEmpty && count > 0) {
      this.#thread.poke();
    }
    return count;
  }

  #checkWritable(): void {
    if (this.#fedByProcessor) {
      throw new TypeError("write(): the processor of this stream makes its frames");
    }
    this.#life.throwFailure();
    const { state } = this.#life;
    if (state === "closed" || state === "ended") {
      throw new AudioError("stream-closed", `This stream is ${state}: open a new one.`);
    }
    if (state === "stopped") {
      this.#life.throwIfAborted();
    }
  }

  /** The frames, or the first `most` of them, as bytes of the stream's format; maybe over the caller's memory. */
  #bytesOf(frames: unknown, most = Number.POSITIVE_INFINITY): Uint8Array {
    if (!Array.isArray(frames)) {
      return frameBytesOf(frames, "frames", this.#format, this.#frameBytes);
    }
    const channels = Array.from(frames, (channel: unknown, index) => {
      if (!(channel instanceof Float32Array)) {
        throw new TypeError(
          `Expected \`frames[${index}]\` to be a Float32Array, got ${describe(channel)}`,
        );
      }
      return channel;
    });
    const [first] = channels;
    if (first === undefined || channels.length !== this.#channels) {
      throw new RangeError(
        `Expected \`frames\` to have ${this.#channels} channels, got ${describe(frames)}`,
      );
    }
    const uneven = channels.find((channel) => channel.length !== first.length);
    if (uneven !== undefined || first.length === 0) {
      throw new RangeError(
        `Expected all channels of \`frames\` to have the same length, at least one frame, got ${channels.map((channel) => channel.length).join(", ")}`,
      );
    }
    const count = Math.min(first.length, most);
    const bytes = new Uint8Array(count * this.#frameBytes);
    this.clipped += interleaveFrames(channels, 0, count, bytes, this.#format, this.#convertOptions);
    return bytes;
  }
}
