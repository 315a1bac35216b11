// Runs in the writer thread.
import { bytesPerFrame, type Frames } from "../../format.js";
import { SEGMENT } from "../frame-store.js";
import type { FrameFormat } from "./take-file.js";

/** Takes a segment's memory, of which the first `frames` frames are recorded. */
export type SegmentReceiver = (segment: Uint8Array<ArrayBuffer>, frames: Frames) => void;

/** Frames that go to the parent's memory, in segments as its store has them. */
export class MemorySink {
  readonly #frameBytes: number;
  readonly #receive: SegmentReceiver;
  #segment: Uint8Array<ArrayBuffer> | undefined;
  #filled = 0;

  constructor({ format, channels }: FrameFormat, receive: SegmentReceiver) {
    this.#frameBytes = bytesPerFrame(format, channels);
    this.#receive = receive;
  }

  /** Takes whole interleaved frames; they are copied. */
  write(bytes: Uint8Array): void {
    const size = SEGMENT * this.#frameBytes;
    for (let from = 0; from < bytes.byteLength; ) {
      this.#segment ??= new Uint8Array(size);
      const part = bytes.subarray(from, from + size - this.#filled);
      this.#segment.set(part, this.#filled);
      this.#filled += part.byteLength;
      from += part.byteLength;
      if (this.#filled === size) {
        this.flush();
      }
    }
  }

  /** Hands over what is there of the last segment. */
  flush(): void {
    if (this.#segment !== undefined) {
      this.#receive(this.#segment, this.#filled / this.#frameBytes);
      this.#segment = undefined;
      this.#filled = 0;
    }
  }
}
