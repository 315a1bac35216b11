import { bytesPerFrame, type Frames, type SampleFormat, silenceByte } from "../format.js";

/** Frames of a segment, so that a growing recording never copies what it has. */
export const SEGMENT: Frames = 2 ** 16;

/** Interleaved frames in memory that grow at the end. */
export class FrameStore {
  readonly format: SampleFormat;
  readonly channels: number;
  readonly #frameBytes: number;
  readonly #segments: Uint8Array[] = [];
  #length: Frames = 0;

  constructor(format: SampleFormat, channels: number) {
    this.format = format;
    this.channels = channels;
    this.#frameBytes = bytesPerFrame(format, channels);
  }

  /** Number of frames. */
  get length(): Frames {
    return this.#length;
  }

  /** Adds the first `frames` of interleaved frames; they are copied. */
  append(bytes: Uint8Array, frames: Frames): void {
    const end = frames * this.#frameBytes;
    for (let from = 0; from < end; ) {
      const free = this.#free();
      const part = bytes.subarray(from, Math.min(end, from + free.byteLength));
      free.set(part);
      from += part.byteLength;
      this.#length += part.byteLength / this.#frameBytes;
    }
  }

  /** Adds the first `frames` frames of a whole segment's memory, which is the store's own from now on. */
  adopt(segment: Uint8Array, frames: Frames): void {
    if (this.#length % SEGMENT === 0 && segment.byteLength === SEGMENT * this.#frameBytes) {
      this.#segments.push(segment);
      this.#length += frames;
    } else {
      this.append(segment, frames);
    }
  }

  /** Adds frames of silence. */
  appendSilence(frames: Frames): void {
    const silence = silenceByte(this.format);
    for (let left = frames; left > 0; ) {
      const free = this.#free();
      const count = Math.min(left, free.byteLength / this.#frameBytes);
      free.fill(silence, 0, count * this.#frameBytes);
      this.#length += count;
      left -= count;
    }
  }

  /** The frames from `start` up to, not including, `end`, as runs of bytes over the store's own memory. */
  *runs(start: Frames = 0, end: Frames = this.#length): Generator<Uint8Array, void, undefined> {
    for (let frame = start; frame < end; ) {
      const segment = this.#segments[Math.floor(frame / SEGMENT)];
      if (segment === undefined) {
        return;
      }
      const offset = frame % SEGMENT;
      const count = Math.min(end - frame, SEGMENT - offset);
      yield segment.subarray(offset * this.#frameBytes, (offset + count) * this.#frameBytes);
      frame += count;
    }
  }

  /** What is left of the last segment, or a new one. */
  #free(): Uint8Array {
    const offset = this.#length % SEGMENT;
    if (offset === 0) {
      this.#segments.push(new Uint8Array(SEGMENT * this.#frameBytes));
    }
    const last = this.#segments.at(-1) ?? new Uint8Array(0);
    return last.subarray(offset * this.#frameBytes);
  }
}
