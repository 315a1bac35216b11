import type { Frames } from "../../format.js";

/** The newest frames of what was pushed, up to a fixed number: what was heard right before a trigger. */
export class PreRoll {
  readonly #bytes: Uint8Array;
  /** Where the next byte goes. */
  #at = 0;
  #held = 0;

  /** Keeps at most `frames` frames of `frameBytes` bytes; the memory is taken at once and never grows. */
  constructor(frames: Frames, frameBytes: number) {
    this.#bytes = new Uint8Array(frames * frameBytes);
  }

  /** Bytes that are kept now. */
  get byteLength(): number {
    return this.#held;
  }

  /** Takes whole interleaved frames; they are copied, and the oldest are forgotten when there is no room. */
  push(bytes: Uint8Array): void {
    const room = this.#bytes.byteLength;
    const newest = bytes.subarray(Math.max(0, bytes.byteLength - room));
    const first = newest.subarray(0, room - this.#at);
    this.#bytes.set(first, this.#at);
    this.#bytes.set(newest.subarray(first.byteLength), 0);
    this.#at = room === 0 ? 0 : (this.#at + newest.byteLength) % room;
    this.#held = Math.min(room, this.#held + newest.byteLength);
  }

  /** Hands over what is kept, oldest first, in memory of its own, and keeps nothing of it. */
  take(): Uint8Array {
    const taken = new Uint8Array(this.#held);
    const start = this.#at - this.#held;
    const wrapped = Math.max(0, -start);
    taken.set(this.#bytes.subarray(this.#bytes.byteLength - wrapped));
    taken.set(this.#bytes.subarray(Math.max(0, start), this.#at), wrapped);
    this.#held = 0;
    return taken;
  }
}
