import type { Frames } from "../format.js";
import type { FrameReader } from "./frame-reader.js";
import { answer, type Requests } from "./requests.js";
import type { ByteSource } from "./source.js";

/** Memory for a read of unknown length begins with about so many bytes. */
const FIRST_BYTES = 64 * 1024;

/** An array that takes samples in another form. */
export type SampleTarget =
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>;

/**
 * Reads frames of a source one after the other, from a position that moves. One read at a time: the
 * caller sees to that.
 */
export class FrameCursor {
  /** The frame that the next read starts at. */
  position: Frames = 0;
  readonly #source: ByteSource;
  readonly #frames: FrameReader;
  readonly #isStream: boolean;

  constructor(source: ByteSource, frames: FrameReader) {
    this.#source = source;
    this.#frames = frames;
    this.#isStream = !Number.isFinite(source.size);
  }

  /** Fills the target with as many frames as fit and are left; gives how many. */
  readInto(target: Uint8Array): Frames | Promise<Frames> {
    return answer(this.#fill(target), this.#source);
  }

  *#fill(target: Uint8Array): Requests<Frames> {
    const frames = yield* this.#frames.read(target, this.position, Number.MAX_SAFE_INTEGER);
    this.position += frames;
    return frames;
  }

  /**
   * Hands up to so many frames to `store`, piece by piece, with how many came before; gives how many
   * there were. What `store` is given is good until it returns.
   */
  forEachPiece(
    frames: Frames,
    store: (bytes: Uint8Array, done: Frames) => void,
  ): Frames | Promise<Frames> {
    return answer(this.#pieces(frames, store), this.#source);
  }

  *#pieces(frames: Frames, store: (bytes: Uint8Array, done: Frames) => void): Requests<Frames> {
    let done = 0;
    while (done < frames) {
      const bytes = yield* this.#frames.lend(this.position, frames - done);
      const count = bytes.byteLength / this.#frames.frameBytes;
      if (count === 0) {
        break;
      }
      store(bytes, done);
      this.position += count;
      done += count;
    }
    return done;
  }

  /** Up to so many frames, in memory of their own. */
  async read(frames: Frames): Promise<Uint8Array> {
    const wanted = Math.min(frames, this.#left());
    const { frameBytes } = this.#frames;
    return await this.#gather(
      wanted,
      frameBytes,
      async (target) => (await this.readInto(target)) * frameBytes,
    );
  }

  /**
   * The bytes of the file that hold up to so many frames, in whole units: `position` must be at the
   * start of one.
   */
  async readRaw(frames: Frames): Promise<Uint8Array> {
    const { unit } = this.#frames;
    const first = Math.ceil(this.position / unit.frames);
    const wanted = Math.ceil(Math.min(frames, this.#left()) / unit.frames);
    const bytes = await this.#gather(wanted, unit.bytes, async (target, done) =>
      answer(this.#frames.readUnits(target, first + done), this.#source),
    );
    this.position += this.#frames.framesIn(bytes.byteLength);
    return bytes;
  }

  /**
   * Up to `wanted` units of `unitBytes` bytes in memory of their own. `fill` fills its target, and
   * gives how many bytes there were; it is told how many units came before. For a stream, which may
   * announce more than comes, the memory grows with what came.
   */
  async #gather(
    wanted: number,
    unitBytes: number,
    fill: (target: Uint8Array, done: number) => Promise<number>,
  ): Promise<Uint8Array> {
    const first = Math.max(1, Math.floor(FIRST_BYTES / unitBytes));
    let room = this.#isStream ? Math.min(wanted, first) : wanted;
    let bytes = new Uint8Array(room * unitBytes);
    for (let done = 0; ; ) {
      const count = await fill(bytes.subarray(done * unitBytes), done);
      const end = done * unitBytes + count;
      done = room;
      if (end < bytes.byteLength) {
        return bytes.slice(0, end);
      }
      if (room === wanted) {
        return bytes;
      }
      room = Math.min(wanted, room * 2);
      const larger = new Uint8Array(room * unitBytes);
      larger.set(bytes);
      bytes = larger;
    }
  }

  /** Frames in another form: `make` makes arrays for so many, `store` fills them from `at` on. */
  async readAs<Targets extends readonly SampleTarget[]>(
    frames: Frames,
    make: (length: Frames) => Targets,
    store: (bytes: Uint8Array, targets: Targets, at: Frames) => void,
  ): Promise<Targets> {
    const { frameBytes } = this.#frames;
    if (this.#isStream) {
      const bytes = await this.read(frames);
      const targets = make(bytes.byteLength / frameBytes);
      store(bytes, targets, 0);
      return targets;
    }
    const wanted = Math.min(frames, this.#left());
    const targets = make(wanted);
    const done = await this.forEachPiece(wanted, (bytes, at) => store(bytes, targets, at));
    // The file may have become shorter while it was being read.
    return done < wanted ? shortened(targets, make(done)) : targets;
  }

  /** Frames from the position on: a stream that ended early may end before it. */
  #left(): Frames {
    return Math.max(0, this.#frames.length - this.position);
  }
}

function shortened<Targets extends readonly SampleTarget[]>(
  targets: Targets,
  shorter: Targets,
): Targets {
  for (const [index, target] of shorter.entries()) {
    target.set(targets[index]?.subarray(0, target.length) ?? []);
  }
  return shorter;
}
