import { AudioError } from "../../errors.js";
import {
  bytesPerFrame,
  type Frames,
  type Hertz,
  SAMPLE_FORMATS,
  type SampleFormat,
  type Seconds,
  silenceByte,
} from "../../format.js";
import { convertFrames } from "../../samples.js";
import { FAST_CHUNK } from "./device.js";
import { frameAt } from "./faults.js";
import type { LoopbackSpec } from "./spec.js";

/** How far ahead of the device's time an output may write: the largest buffer of an output. */
const AHEAD: Seconds = 1;
/** How long a frame that was heard is kept for a reader that is late. */
const HOLD: Seconds = 2;
/** Between the two, so that a thread that is held up between two looks at the clock still finds what it was promised. */
const SLACK: Seconds = 1;
/** At rates of a few Hertz the times above would be no frames at all. */
const LEAST: Frames = 1024;
const MAX_BYTES = 2 ** 30;

/** How many frames a loopback device keeps for whom, at one sample rate. */
export interface BusShape {
  readonly channels: number;
  /** What the ring holds. */
  readonly frames: Frames;
  /** From being played to being heard. */
  readonly latency: Frames;
  /** The largest buffer of an output. */
  readonly ahead: Frames;
  /** How late a reader may be; `Infinity` where the output waits for it. */
  readonly hold: Frames;
}

/** The shape of a device's bus. Throws AudioError `format-not-supported` when that would need more than 1 GiB. */
export function busShape(spec: LoopbackSpec, id: string, sampleRate: Hertz): BusShape {
  const { channels } = spec;
  const latency = frameAt(spec.latency, sampleRate);
  const atLeast = (time: Seconds): Frames => Math.max(LEAST, frameAt(time, sampleRate));
  const shape =
    spec.pace === "fast"
      ? {
          // Four chunks, so that an output can go on for a while before it waits for the input.
          frames: latency + 4 * FAST_CHUNK,
          ahead: FAST_CHUNK,
          hold: Number.POSITIVE_INFINITY,
        }
      : {
          frames: latency + atLeast(AHEAD) + atLeast(HOLD) + atLeast(SLACK),
          ahead: atLeast(AHEAD),
          hold: atLeast(HOLD),
        };
  const bytes = busBytes(shape.frames, channels);
  if (bytes > MAX_BYTES) {
    throw new AudioError(
      "format-not-supported",
      `${id} at ${sampleRate} Hz would need ${Math.ceil(bytes / 2 ** 20)} MiB of memory, of which it may have 1024: ask for fewer \`channels\`, a lower rate or less \`latency\`.`,
    );
  }
  return { channels, latency, ...shape };
}

/** Memory for a bus. */
export function busMemory(shape: BusShape): SharedArrayBuffer {
  return new SharedArrayBuffer(busBytes(shape.frames, shape.channels));
}

/**
 * A ring of frames between the outputs and the inputs of a loopback device. Each frame stands at its own number in the
 * time of the device, with the lap of the ring in which it was written; what was not written in the lap that a reader
 * asks for is silence. Of several outputs the last one to write a frame wins; they are not mixed. Samples are kept as
 * they came, so that the same format comes back bit by bit.
 *
 * Any number of threads may write and read. A reader must stay behind the frames that are being written, and within
 * `hold` of them; the streams see to both by the clock.
 */
export class LoopbackBus {
  readonly shape: BusShape;
  /** For each frame its lap, from 1 up, and its format in the lowest three bits; 0 for a frame never written. */
  readonly #stamps: Int32Array;
  /** For each frame four bytes a channel, the samples packed at their start. */
  readonly #bytes: Uint8Array;
  /** The frames of one conversion. */
  #scratch: Uint8Array = new Uint8Array(0);

  /** Throws AudioError `internal` for memory of another shape. */
  constructor(shape: BusShape, memory: SharedArrayBuffer) {
    const { frames, channels } = shape;
    if (memory.byteLength !== busBytes(frames, channels)) {
      throw new AudioError(
        "internal",
        `A loopback bus of ${frames} frames and ${channels} channels was given ${memory.byteLength} bytes`,
      );
    }
    this.shape = shape;
    this.#stamps = new Int32Array(memory, 0, frames);
    this.#bytes = new Uint8Array(memory, frames * 4);
  }

  /** Writes interleaved frames of no more channels than the bus has; the others are silent. `at` is the first. */
  write(
    source: Uint8Array,
    format: SampleFormat,
    channels: number,
    at: Frames,
    count: Frames,
  ): void {
    const used = bytesPerFrame(format, channels);
    const all = bytesPerFrame(format, this.shape.channels);
    const silence = silenceByte(format);
    for (let frame = 0; frame < count; frame++) {
      const slot = (at + frame) % this.shape.frames;
      let from = frame * used;
      let to = slot * this.shape.channels * 4;
      const usedEnd = to + used;
      const end = to + all;
      while (to < usedEnd) {
        this.#bytes[to++] = source[from++] ?? 0;
      }
      while (to < end) {
        this.#bytes[to++] = silence;
      }
      Atomics.store(this.#stamps, slot, this.#stamp(at + frame, format));
    }
  }

  /** Makes frames silent again. */
  erase(at: Frames, count: Frames): void {
    for (let frame = at; frame < at + count; frame++) {
      Atomics.store(this.#stamps, frame % this.shape.frames, 0);
    }
  }

  /** Reads frames in no more channels than the bus has. `at` is the first; below 0 there is silence. */
  read(
    target: Uint8Array,
    format: SampleFormat,
    channels: number,
    at: Frames,
    count: Frames,
  ): void {
    const frameBytes = bytesPerFrame(format, channels);
    for (let done = 0; done < count; ) {
      const found = this.#formatAt(at + done);
      const frames = this.#runOf(found, at + done, count - done);
      const part = target.subarray(done * frameBytes, (done + frames) * frameBytes);
      if (found === undefined) {
        part.fill(silenceByte(format));
      } else {
        const bytes = this.#gather(found, channels, at + done, frames);
        convertFrames({ bytes, format: found, channels }, undefined, frames, part, format);
      }
      done += frames;
    }
  }

  /** The first channels of frames of one format, as they were written. */
  #gather(format: SampleFormat, channels: number, at: Frames, count: Frames): Uint8Array {
    const frameBytes = bytesPerFrame(format, channels);
    if (this.#scratch.byteLength < count * frameBytes) {
      this.#scratch = new Uint8Array(count * frameBytes);
    }
    let to = 0;
    for (let frame = 0; frame < count; frame++) {
      let from = ((at + frame) % this.shape.frames) * this.shape.channels * 4;
      for (const end = to + frameBytes; to < end; ) {
        this.#scratch[to++] = this.#bytes[from++] ?? 0;
      }
    }
    return this.#scratch;
  }

  /** How many frames from `at` on, up to `most`, are of the same format, or silent for `undefined`. */
  #runOf(format: SampleFormat | undefined, at: Frames, most: Frames): Frames {
    let frames = 1;
    while (frames < most && this.#formatAt(at + frames) === format) {
      frames += 1;
    }
    return frames;
  }

  /** In which format a frame was written; `undefined` for silence. */
  #formatAt(at: Frames): SampleFormat | undefined {
    if (at < 0) {
      return undefined;
    }
    const stamp = Atomics.load(this.#stamps, at % this.shape.frames);
    const format = SAMPLE_FORMATS[stamp & 7];
    return format !== undefined && stamp === this.#stamp(at, format) ? format : undefined;
  }

  /** Below 2^31 for a machine that has been up for 30 years: a lap takes four seconds or more. */
  #stamp(at: Frames, format: SampleFormat): number {
    return (Math.floor(at / this.shape.frames) + 1) * 8 + SAMPLE_FORMATS.indexOf(format);
  }
}

function busBytes(frames: Frames, channels: number): number {
  return frames * 4 * (1 + channels);
}
