import type { Frames } from "../format.js";
import type { FrameReader } from "./frame-reader.js";
import { answer } from "./requests.js";
import type { ByteSource } from "./source.js";

/** Memory for a read of unknown length begins with about so many bytes. */
const FIRST_BYTES = 64 * 1024;
/** As many bytes are converted at once. */
const PIECE_BYTES = 256 * 1024;

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
  #piece: Uint8Array | undefined;

  constructor(source: ByteSource, frames: FrameReader) {
    this.#source = source;
    this.#frames = frames;
    this.#isStream = !Number.isFinite(source.size);
  }

  /** Fills the target with as many frames as fit and are left; gives how many. */
  async readInto(target: Uint8Array): Promise<Frames> {
    const work = this.#frames.read(target, this.position, Number.MAX_SAFE_INTEGER);
    const frames = await answer(work, this.#source);
    this.position += frames;
    return frames;
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
    const bytes = await this.#gather(wanted, unit.bytes, (target, done) =>
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
    this.#piece ??= new Uint8Array(Math.max(1, Math.floor(PIECE_BYTES / frameBytes)) * frameBytes);
    let done = 0;
    while (done < wanted) {
      const part = this.#piece.subarray(0, (wanted - done) * frameBytes);
      const count = await this.readInto(part);
      if (count === 0) {
        // The file became shorter while it was being read.
        return shortened(targets, make(done));
      }
      store(part.subarray(0, count * frameBytes), targets, done);
      done += count;
    }
    return targets;
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
