import type { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import {
  bytesPerFrame,
  type Frames,
  type Hertz,
  type SampleArray,
  type SampleFormat,
  type Seconds,
  samplesOf,
} from "../format.js";
import type { Device, GapCause } from "../hosts/host.js";
import { checkNumber, describe } from "../options.js";
import { readChannel } from "../samples.js";
import type { FrameStore } from "./frame-store.js";
import {
  type RecordingReadableOptions,
  recordingReadable,
  recordingWebReadable,
} from "./recording-readable.js";
import { type SaveOptions, saveRecording } from "./save.js";

/** Lost frames at their place in a recording. */
export interface Gap {
  /** Where the frames are missing, counted from the start of the recording. */
  readonly position: Frames;
  /** How many frames were lost. */
  readonly frames: Frames;
  /** Why they were lost. */
  readonly cause: GapCause;
}

/** What is known about a recording beside its frames. */
export interface RecordingDetails {
  readonly sampleRate: Hertz;
  /** The device it came from; undefined for one that was read from a file. */
  readonly device?: Device;
  /** When the first frame was heard. */
  readonly startedAt?: Date;
  readonly gaps?: readonly Gap[];
}

/**
 * Recorded frames, in the format in which they were recorded. It has the reading half of Web Audio's `AudioBuffer`
 * (`sampleRate`, `length`, `duration`, `numberOfChannels`, `getChannelData`, `copyFromChannel`), so libraries that
 * read one take a recording as it is.
 */
export class Recording {
  /** Frames a second. */
  readonly sampleRate: Hertz;
  /** Number of frames. */
  readonly length: Frames;
  /** Length in seconds. */
  readonly duration: Seconds;
  readonly numberOfChannels: number;
  /** How the samples were recorded. */
  readonly format: SampleFormat;
  /** The device it came from; undefined for one that was read from a file. */
  readonly device: Device | undefined;
  /** When the first frame was heard; undefined where nothing told. */
  readonly startedAt: Date | undefined;
  /** The frames that were lost, in order; silence stands in for them unless the recording was told otherwise. */
  readonly gaps: readonly Gap[];
  readonly #store: FrameStore;
  readonly #first: Frames;
  readonly #channelData = new Map<number, Float32Array<ArrayBuffer>>();

  /** Made by `record()` and `readWav()`. `first` and `end` choose a part of the store. */
  constructor(
    store: FrameStore,
    details: RecordingDetails,
    first: Frames = 0,
    end: Frames = store.length,
  ) {
    this.#store = store;
    this.#first = first;
    this.sampleRate = details.sampleRate;
    this.length = end - first;
    this.duration = this.length / details.sampleRate;
    this.numberOfChannels = store.channels;
    this.format = store.format;
    this.device = details.device;
    this.startedAt = details.startedAt;
    this.gaps = Object.freeze([...(details.gaps ?? [])]);
  }

  /**
   * All samples of one channel, counted from 0, as floats with full scale 1. The same array at each call, as
   * `AudioBuffer` does it; writing to it changes neither what is saved nor the other channels.
   *
   * @throws RangeError for a channel that the recording has not.
   */
  getChannelData(channel: number): Float32Array<ArrayBuffer> {
    this.#checkChannel(channel, "channel");
    let data = this.#channelData.get(channel);
    if (data === undefined) {
      data = new Float32Array(this.length);
      this.#readChannel(data, channel, 0);
      this.#channelData.set(channel, data);
    }
    return data;
  }

  /**
   * Copies samples of one channel, from frame `bufferOffset` on, to the start of `destination`, as many as there are
   * and fit. Takes no memory of its own.
   */
  copyFromChannel(
    destination: Float32Array,
    channelNumber: number,
    bufferOffset: Frames = 0,
  ): void {
    if (!(destination instanceof Float32Array)) {
      throw new TypeError(
        `Expected \`destination\` to be a Float32Array, got ${describe(destination)}`,
      );
    }
    this.#checkChannel(channelNumber, "channelNumber");
    checkNumber(bufferOffset, "bufferOffset", { min: 0, max: this.length, integer: true });
    this.#readChannel(destination, channelNumber, bufferOffset);
  }

  /** All samples, interleaved, as they were recorded, in a new array; for `int24` the packed bytes. */
  toInterleaved(): SampleArray {
    const frameBytes = bytesPerFrame(this.format, this.numberOfChannels);
    const bytes = new Uint8Array(this.length * frameBytes);
    let at = 0;
    for (const run of this.interleavedRuns()) {
      bytes.set(run, at);
      at += run.byteLength;
    }
    return samplesOf(bytes, this.format);
  }

  /** The interleaved bytes in order, run by run, over the recording's own memory: for writers that keep nothing. */
  interleavedRuns(): Generator<Uint8Array, void, undefined> {
    return this.#store.runs(this.#first, this.#first + this.length);
  }

  /**
   * The part from frame `start` up to, not including, `end`, over the same memory. Negative numbers count from the
   * end, as in `Array.prototype.slice`; what is outside is cut off.
   */
  slice(start: Frames = 0, end: Frames = this.length): Recording {
    const first = this.#place(start, "start");
    const last = Math.max(first, this.#place(end, "end"));
    const details: RecordingDetails = {
      sampleRate: this.sampleRate,
      gaps: this.gaps.flatMap((gap) => {
        const from = Math.max(gap.position, first);
        const frames = Math.min(gap.position + gap.frames, last) - from;
        return frames > 0 ? [{ position: from - first, frames, cause: gap.cause }] : [];
      }),
      ...(this.device === undefined ? {} : { device: this.device }),
      ...(this.startedAt === undefined
        ? {}
        : { startedAt: new Date(this.startedAt.getTime() + (first / this.sampleRate) * 1000) }),
    };
    return new Recording(this.#store, details, this.#first + first, this.#first + last);
  }

  /**
   * Saves a WAV file, in the recorded format (`int8`, which WAV has not, as `uint8`) or another one; or, where the path
   * ends in `.flac` or `container` says so, a FLAC file, for which `int32` and `float32` are rounded to `int24`. The file
   * appears whole or not at all: it is written beside its place, made durable, then put there. An existing file is replaced.
   *
   * @throws TypeError, RangeError for wrong arguments.
   * @throws AudioError `format-not-supported` for a format, rate or number of channels that a FLAC file cannot have.
   * @throws AudioError `file-not-writable`, `file-exists` (with `overwrite: false`), `disk-full`.
   */
  save(path: string, options?: SaveOptions): Promise<void> {
    return saveRecording(this, path, options);
  }

  /**
   * A Node stream of the frames' bytes, raw or as a WAV file, in the recorded format or another one: for anything that
   * takes a stream, such as a socket, stdout, or the body of an upload. It can be asked for again and again.
   *
   * @throws TypeError, RangeError for wrong options.
   */
  toReadable(options: RecordingReadableOptions = {}): Readable {
    return recordingReadable(this, options);
  }

  /** The same as a Web stream. */
  toWebReadable(options: RecordingReadableOptions = {}): ReadableStream<Uint8Array> {
    return recordingWebReadable(this, options);
  }

  #readChannel(target: Float32Array, channel: number, from: Frames): void {
    const { format, numberOfChannels: channels } = this;
    const frameBytes = bytesPerFrame(format, channels);
    const count = Math.min(target.length, this.length - from);
    let at = 0;
    for (const bytes of this.#store.runs(this.#first + from, this.#first + from + count)) {
      const frames = bytes.byteLength / frameBytes;
      readChannel({ bytes, format, channels }, channel, frames, target, at);
      at += frames;
    }
  }

  #checkChannel(channel: number, name: string): void {
    checkNumber(channel, name, { min: 0, max: this.numberOfChannels - 1, integer: true });
  }

  #place(frame: Frames, name: string): Frames {
    if (typeof frame !== "number" || Number.isNaN(frame)) {
      throw new TypeError(`Expected \`${name}\` to be a number of frames, got ${describe(frame)}`);
    }
    const whole = Math.trunc(frame);
    return Math.min(this.length, Math.max(0, whole < 0 ? this.length + whole : whole));
  }
}
