import type { Frames, Milliseconds } from "./format.js";
import type { GapCause } from "./hosts/host.js";

/**
 * Memory between two threads: interleaved frames with the gaps among them, lock-free, for one writer and one reader.
 *
 * Both ends are made from one {@link RingMemory}, the only thing that is posted to the other thread. Counters are
 * 32-bit and wrap; each end keeps the full count for itself and compares modulo 2^32, so a ring may run for ever.
 * The frames are published by the store of `WRITTEN`, and a gap by that of `GAPS_WRITTEN` before the frames behind it.
 */
export interface RingMemory {
  readonly shared: SharedArrayBuffer;
  readonly capacityFrames: Frames;
  readonly frameBytes: number;
}

/** Lost frames at their place among the frames of a ring. */
export interface RingGap {
  readonly frames: Frames;
  readonly cause: GapCause;
}

const WRITTEN = 0;
const READ = 1;
const ENDED = 2;
/** How many frames the reader waits for; 0 when it does not wait. */
const WANTED = 3;
const READER_WAKE = 4;
/** How much room the writer waits for; 0 when it does not wait. */
const ROOM_WANTED = 5;
const WRITER_WAKE = 6;
const GAPS_WRITTEN = 7;
const GAPS_READ = 8;
const WORDS = 16;

const GAP_CAPACITY = 1024;
const GAP_FIELDS = 3;
const CAUSES: readonly GapCause[] = ["overrun", "stall", "buffer-full", "device-lost"];

const ORIGIN_OFFSET = WORDS * 4;
const GAPS_OFFSET = ORIGIN_OFFSET + 8;
const DATA_OFFSET = GAPS_OFFSET + GAP_CAPACITY * GAP_FIELDS * 8;

/** The largest ring: counters are compared modulo 2^32, and a JavaScript buffer has its own limit below that. */
export const MAX_RING_BYTES: number = 2 ** 31 - 1 - DATA_OFFSET;

/** Reserves the memory of a ring. */
export function createRing(capacityFrames: Frames, frameBytes: number): RingMemory {
  const bytes = DATA_OFFSET + capacityFrames * frameBytes;
  // A buffer that may grow has pages of its own, which the system has back as soon as it is collected. Others come from
  // the C library's heap: glibc kept some 50 MB of closed rings for itself, and clearing them took milliseconds each.
  const shared = new SharedArrayBuffer(bytes, { maxByteLength: bytes });
  return { shared, capacityFrames, frameBytes };
}

/** The end that writes. It cannot read. One thread at a time may hold it. */
export class RingWriter {
  readonly capacityFrames: Frames;
  readonly #words: Int32Array;
  readonly #origin: Float64Array;
  readonly #gaps: Float64Array;
  readonly #data: Uint8Array;
  readonly #frameBytes: number;
  #written = 0;
  #gapsWritten = 0;

  constructor(memory: RingMemory) {
    this.capacityFrames = memory.capacityFrames;
    this.#frameBytes = memory.frameBytes;
    this.#words = new Int32Array(memory.shared, 0, WORDS);
    this.#origin = new Float64Array(memory.shared, ORIGIN_OFFSET, 1);
    this.#gaps = new Float64Array(memory.shared, GAPS_OFFSET, GAP_CAPACITY * GAP_FIELDS);
    this.#data = new Uint8Array(memory.shared, DATA_OFFSET);
  }

  /** Frames that fit now. The reader may be making more room at this moment. */
  get room(): Frames {
    return this.capacityFrames - this.#queued();
  }

  /** Frames written and not read yet. */
  get queued(): Frames {
    return this.#queued();
  }

  /** Writes as many of the first `frames` frames of `source` as fit, never waits, and returns how many. */
  tryWrite(source: Uint8Array, frames: Frames): Frames {
    const count = Math.min(frames, this.room);
    if (count <= 0) {
      return 0;
    }
    const start = this.#written % this.capacityFrames;
    const first = Math.min(count, this.capacityFrames - start);
    const split = first * this.#frameBytes;
    this.#data.set(source.subarray(0, split), start * this.#frameBytes);
    if (count > first) {
      this.#data.set(source.subarray(split, count * this.#frameBytes), 0);
    }
    this.#written += count;
    Atomics.store(this.#words, WRITTEN, this.#written | 0);
    const wanted = Atomics.load(this.#words, WANTED);
    if (wanted > 0 && this.#queued() >= wanted) {
      this.#wakeReader();
    }
    return count;
  }

  /** Notes that `frames` frames were lost behind the last one written. False when too many gaps are unread. */
  tryLose(frames: Frames, cause: GapCause): boolean {
    const unread = (this.#gapsWritten - Atomics.load(this.#words, GAPS_READ)) | 0;
    if (unread >= GAP_CAPACITY) {
      return false;
    }
    const at = (this.#gapsWritten % GAP_CAPACITY) * GAP_FIELDS;
    this.#gaps[at] = this.#written;
    this.#gaps[at + 1] = frames;
    this.#gaps[at + 2] = CAUSES.indexOf(cause);
    this.#gapsWritten += 1;
    Atomics.store(this.#words, GAPS_WRITTEN, this.#gapsWritten | 0);
    this.#wakeReader();
    return true;
  }

  /** Tells when position 0 was heard, on the reader's clock. One aligned 64-bit store: a reader sees old or new. */
  setOrigin(time: Milliseconds): void {
    this.#origin[0] = time;
  }

  /** Nothing more will come. */
  end(): void {
    Atomics.store(this.#words, ENDED, 1);
    this.#wakeReader();
  }

  /** Waits on this thread until `frames` frames fit or the time is over. Returns whether they fit. */
  waitForRoom(frames: Frames, timeout: Milliseconds): boolean {
    const deadline = performance.now() + timeout;
    for (;;) {
      const wake = Atomics.load(this.#words, WRITER_WAKE);
      Atomics.store(this.#words, ROOM_WANTED, frames);
      const left = deadline - performance.now();
      if (this.room >= frames || left <= 0) {
        Atomics.store(this.#words, ROOM_WANTED, 0);
        return this.room >= frames;
      }
      Atomics.wait(this.#words, WRITER_WAKE, wake, left);
    }
  }

  /** Like {@link waitForRoom}, but does not hold this thread. It may resolve without room: look again. */
  async waitForRoomAsync(frames: Frames, timeout: Milliseconds): Promise<void> {
    const wake = Atomics.load(this.#words, WRITER_WAKE);
    Atomics.store(this.#words, ROOM_WANTED, frames);
    if (this.room < frames) {
      await Atomics.waitAsync(this.#words, WRITER_WAKE, wake, timeout).value;
    }
    Atomics.store(this.#words, ROOM_WANTED, 0);
  }

  /** Ends a wait for room that is under way. */
  wake(): void {
    Atomics.add(this.#words, WRITER_WAKE, 1);
    Atomics.notify(this.#words, WRITER_WAKE);
  }

  /** By the shared words alone, so that it is true also of an end that leaves the writing to another thread. */
  #queued(): Frames {
    return (Atomics.load(this.#words, WRITTEN) - Atomics.load(this.#words, READ)) | 0;
  }

  #wakeReader(): void {
    Atomics.add(this.#words, READER_WAKE, 1);
    Atomics.notify(this.#words, READER_WAKE);
  }
}

/** The end that reads. It cannot write. One thread at a time may hold it. */
export class RingReader {
  readonly capacityFrames: Frames;
  readonly #words: Int32Array;
  readonly #origin: Float64Array;
  readonly #gaps: Float64Array;
  readonly #data: Uint8Array;
  readonly #frameBytes: number;
  #read = 0;
  #gapsRead = 0;
  #lost = 0;

  constructor(memory: RingMemory) {
    this.capacityFrames = memory.capacityFrames;
    this.#frameBytes = memory.frameBytes;
    this.#words = new Int32Array(memory.shared, 0, WORDS);
    this.#origin = new Float64Array(memory.shared, ORIGIN_OFFSET, 1);
    this.#gaps = new Float64Array(memory.shared, GAPS_OFFSET, GAP_CAPACITY * GAP_FIELDS);
    this.#data = new Uint8Array(memory.shared, DATA_OFFSET);
  }

  /** Frames that can be read now, on both sides of any gap. The writer may be adding more at this moment. */
  get available(): Frames {
    return (Atomics.load(this.#words, WRITTEN) - this.#read) | 0;
  }

  /** Frames that can be read before the next gap, which is all of them when there is none. */
  get availableBeforeGap(): Frames {
    // The count of frames first: a gap among them was published before them.
    const available = this.available;
    const gapAt = this.#nextGapAt();
    return gapAt === undefined ? available : Math.min(available, gapAt - this.#read);
  }

  /** True when a gap is known among or right behind the frames that can be read now. */
  get hasGap(): boolean {
    return this.#nextGapAt() !== undefined;
  }

  /** Position of the next frame: frames read and lost since the start. */
  get position(): Frames {
    return this.#read + this.#lost;
  }

  /** Frames lost so far, up to `position`. */
  get lost(): Frames {
    return this.#lost;
  }

  /** When the frame at a position was heard, on this thread's `performance.now()`; NaN before the first frame. */
  timeOf(position: Frames, sampleRate: number): Milliseconds {
    return (this.#origin[0] ?? Number.NaN) + (position / sampleRate) * 1000;
  }

  /** True when the writer will write no more; what it wrote can still be read. */
  get writerEnded(): boolean {
    return Atomics.load(this.#words, ENDED) === 1;
  }

  /** Takes the gap right before the next frame, if there is one: `position` moves behind it. */
  takeGap(): RingGap | undefined {
    if (this.#nextGapAt() !== this.#read) {
      return undefined;
    }
    const at = (this.#gapsRead % GAP_CAPACITY) * GAP_FIELDS;
    const frames = this.#gaps[at + 1] ?? 0;
    const cause = CAUSES[this.#gaps[at + 2] ?? 0] ?? "overrun";
    this.#gapsRead += 1;
    this.#lost += frames;
    Atomics.store(this.#words, GAPS_READ, this.#gapsRead | 0);
    return { frames, cause };
  }

  /** Copies up to `frames` frames, not across a gap, to the start of `target`, and returns how many. Never waits. */
  tryReadInto(target: Uint8Array, frames: Frames): Frames {
    const count = Math.min(frames, this.availableBeforeGap);
    if (count <= 0) {
      return 0;
    }
    const start = this.#read % this.capacityFrames;
    const first = Math.min(count, this.capacityFrames - start);
    const from = start * this.#frameBytes;
    target.set(this.#data.subarray(from, from + first * this.#frameBytes), 0);
    if (count > first) {
      target.set(
        this.#data.subarray(0, (count - first) * this.#frameBytes),
        first * this.#frameBytes,
      );
    }
    this.#read += count;
    Atomics.store(this.#words, READ, this.#read | 0);
    if (Atomics.load(this.#words, ROOM_WANTED) > 0) {
      Atomics.add(this.#words, WRITER_WAKE, 1);
      Atomics.notify(this.#words, WRITER_WAKE);
    }
    return count;
  }

  /** Drops all frames that can be read now. Gaps among them stay to be taken. */
  skip(): void {
    this.#read += this.available;
    Atomics.store(this.#words, READ, this.#read | 0);
    if (Atomics.load(this.#words, ROOM_WANTED) > 0) {
      Atomics.add(this.#words, WRITER_WAKE, 1);
      Atomics.notify(this.#words, WRITER_WAKE);
    }
  }

  /**
   * Resolves when `frames` frames can be read, a gap is known, the writer has ended, `wake` was called, or the time
   * is over. It may resolve without any of these: look again.
   */
  async wait(frames: Frames, timeout: Milliseconds): Promise<void> {
    const wake = this.#prepareWait(frames);
    if (!this.#satisfied(frames)) {
      await Atomics.waitAsync(this.#words, READER_WAKE, wake, timeout).value;
    }
    Atomics.store(this.#words, WANTED, 0);
  }

  /** Like {@link wait}, but holds this thread. */
  waitSync(frames: Frames, timeout: Milliseconds): void {
    const wake = this.#prepareWait(frames);
    if (!this.#satisfied(frames)) {
      Atomics.wait(this.#words, READER_WAKE, wake, timeout);
    }
    Atomics.store(this.#words, WANTED, 0);
  }

  /** Ends a `wait` that is under way. */
  wake(): void {
    Atomics.add(this.#words, READER_WAKE, 1);
    Atomics.notify(this.#words, READER_WAKE);
  }

  /** The wake word is taken before the last look at the ring, so that no wake between the two is missed. */
  #prepareWait(frames: Frames): number {
    const wake = Atomics.load(this.#words, READER_WAKE);
    Atomics.store(this.#words, WANTED, frames);
    return wake;
  }

  #satisfied(frames: Frames): boolean {
    return this.available >= frames || this.hasGap || Atomics.load(this.#words, ENDED) === 1;
  }

  /** How many frames come before the next gap since the start of the ring. */
  #nextGapAt(): Frames | undefined {
    if (Atomics.load(this.#words, GAPS_WRITTEN) === (this.#gapsRead | 0)) {
      return undefined;
    }
    return this.#gaps[(this.#gapsRead % GAP_CAPACITY) * GAP_FIELDS];
  }
}

/** Frames written and not read yet, for whoever has neither end. */
export function framesInRing(memory: RingMemory): Frames {
  const words = new Int32Array(memory.shared, 0, WORDS);
  // What was read first: it is behind what was written, also a moment later.
  const read = Atomics.load(words, READ);
  return (Atomics.load(words, WRITTEN) - read) | 0;
}

/** Wakes whoever waits for frames of this ring and tells it that none will come: for a writer that died. */
export function endRing(memory: RingMemory): void {
  Atomics.store(new Int32Array(memory.shared, 0, WORDS), ENDED, 1);
  wakeReader(memory);
}

/** Lets whoever waits for frames of this ring look again: for a thread that has neither end. */
export function wakeReader(memory: RingMemory): void {
  const words = new Int32Array(memory.shared, 0, WORDS);
  Atomics.add(words, READER_WAKE, 1);
  Atomics.notify(words, READER_WAKE);
}
