import {
  bytesPerFrame,
  type Frames,
  type Milliseconds,
  type Seconds,
  silenceByte,
} from "../format.js";
import type { RingWriter } from "../ring.js";
import type { StreamPlan } from "./stream-options.js";

/** The least that is queued beside the device's own buffer, so that a short pause of the script is not heard. */
const QUEUE_SECONDS: Seconds = 0.05;
/** How far the outputs of a late duplex stream may pile up: as far as its inputs. */
const DUPLEX_SECONDS: Seconds = 10;
/** Silence behind the last frame, beside two latencies. */
const TAIL_SECONDS: Seconds = 0.05;

/** How many frames the output ring of a stream in callback mode holds. */
export function callbackQueueFrames(plan: StreamPlan): Frames {
  if (plan.input === undefined || plan.output === undefined) {
    return shortQueue(plan);
  }
  const seconds = DUPLEX_SECONDS + 2 * plan.output.latency;
  return shortQueue(plan) + plan.framesPerBuffer + Math.ceil(seconds * plan.rate);
}

/** Queues what a callback returns: the queue's place for a block asks for the next one. */
export class CallbackOutput {
  readonly #plan: StreamPlan;
  readonly #frameBytes: number;
  #writer: RingWriter;
  /** The device's own, as it was opened. */
  #latency: Seconds;
  #primed = false;
  /** Silence that shall still follow the last frame. */
  #tail: Frames = 0;
  #written: Frames = 0;
  /** How many frames the device had taken when it was last seen to take some, and when that was. */
  #taken: Frames = 0;
  #takenAt: Milliseconds = 0;

  constructor(plan: StreamPlan, writer: RingWriter, latency: Seconds) {
    this.#plan = plan;
    this.#frameBytes = bytesPerFrame(plan.format, plan.channels);
    this.#writer = writer;
    this.#latency = latency;
  }

  /** The device was started. */
  start(writer: RingWriter, latency: Seconds): void {
    if (writer !== this.#writer) {
      this.#writer = writer;
      this.#written = 0;
    }
    this.#latency = latency;
    this.#primed = this.#plan.input === undefined;
    this.#tail = 0;
    this.#taken = this.#written - writer.queued;
    this.#takenAt = performance.now();
  }

  /** True when the next block has its place. */
  get hasRoom(): boolean {
    return this.#writer.room >= this.#plan.framesPerBuffer;
  }

  /** How long it takes until what is queued next is heard. */
  get delay(): Seconds {
    return (this.#writer.queued + this.#priming()) / this.#plan.rate + this.#latency;
  }

  /** Queues a block: what is missing of it is silence, what is too much is dropped. True when all of it was given. */
  play(outData: Uint8Array | null, frames: Frames): boolean {
    this.#write(this.#silence(this.#priming()));
    this.#primed = true;
    const block = this.#silence(frames);
    block.set(outData?.subarray(0, block.byteLength) ?? []);
    this.#write(block);
    return (outData?.byteLength ?? 0) >= block.byteLength;
  }

  /**
   * What was queued was the last. It is pushed out of the device by silence of more than the device holds, so that
   * stopping the device at once loses nothing; to have the device play out what it holds would hold this thread.
   */
  complete(): void {
    this.#tail = Math.ceil((2 * this.#latency + TAIL_SECONDS) * this.#plan.rate);
  }

  /** After `complete`, to be called until it gives true: everything has been played. */
  pushOut(): boolean {
    this.#tail -= this.#write(this.#silence(Math.min(this.#tail, this.#writer.room)));
    return this.#tail === 0 && this.#writer.queued === 0;
  }

  /** For how long the device has taken no frame of those that are queued for it. */
  hungFor(now: Milliseconds): Milliseconds {
    const taken = this.#written - this.#writer.queued;
    if (taken !== this.#taken || this.#writer.queued === 0) {
      this.#taken = taken;
      this.#takenAt = now;
    }
    return now - this.#takenAt;
  }

  /**
   * Silence before the first block of a duplex stream, which is made when its input is there and so would come late in
   * a device that has run dry by then. As much as the device holds and a short queue: later blocks are in time.
   */
  #priming(): Frames {
    if (this.#primed) {
      return 0;
    }
    const frames = Math.ceil(this.#latency * this.#plan.rate) + shortQueue(this.#plan);
    return Math.max(0, Math.min(frames, this.#writer.room - this.#plan.framesPerBuffer));
  }

  #silence(frames: Frames): Uint8Array {
    return new Uint8Array(frames * this.#frameBytes).fill(silenceByte(this.#plan.format));
  }

  #write(bytes: Uint8Array): Frames {
    const frames = this.#writer.tryWrite(bytes, bytes.byteLength / this.#frameBytes);
    this.#written += frames;
    return frames;
  }
}

/** Two blocks, but no less than {@link QUEUE_SECONDS}. */
function shortQueue({ rate, framesPerBuffer }: StreamPlan): Frames {
  return Math.max(2 * framesPerBuffer, Math.ceil(QUEUE_SECONDS * rate));
}
