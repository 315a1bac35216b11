import type { ByteReader } from "./requests.js";

/** As many bytes are read ahead at once. */
const PIECE_BYTES = 512 * 1024;
/** Pieces that are kept or under way: one is being used while the others are read. */
const PIECES = 3;
/** So many bytes one behind the other are taken for the beginning of more; a header has fewer. */
const RUN_BYTES = 4096;
/** Reads of so many bytes go straight into their target: waiting for them once costs little. */
const STRAIGHT_BYTES = 1024 * 1024;

/** A part of the file in memory, or on its way there. */
interface Piece {
  readonly position: number;
  readonly memory: Uint8Array;
  /** Bytes that there are; undefined while they are being read. */
  count: number | undefined;
  /** Why they could not be read. */
  failure: Error | undefined;
  /** Ends when they are read, well or badly. */
  readonly ended: Promise<void>;
}

/**
 * Reads a file that is read from one end to the other before it is asked: what comes next is on its
 * way while its reader works on what it has, and small reads find their bytes in memory. Reads that
 * jump about are made just as they are asked for.
 */
export class ReadAhead implements ByteReader {
  readonly #size: number;
  readonly #read: (target: Uint8Array, position: number) => Promise<number>;
  /** In the order of the file, one right behind the other. */
  #pieces: Piece[] = [];
  /** Memory of pieces that are not needed any more. */
  readonly #spare: Uint8Array[] = [];
  readonly #underWay = new Set<Promise<void>>();
  /** Bytes that are lent where they stand in no piece, or in two. */
  #scratch: Uint8Array = new Uint8Array(0);
  /** Where the last read ended: one that begins here goes on with it. */
  #end = -1;
  /** Bytes that were read up to there, one behind the other. */
  #run = 0;

  /** `read` reads a file of `size` bytes, without regard to others under way. */
  constructor(size: number, read: (target: Uint8Array, position: number) => Promise<number>) {
    this.#size = size;
    this.#read = read;
  }

  read(target: Uint8Array, position: number): number | Promise<number> {
    const isNext = this.#isNext(position, target.byteLength);
    return isNext ? this.#copy(target, position, 0) : this.#read(target, position);
  }

  lend(position: number, length: number): Uint8Array | Promise<Uint8Array> {
    const isNext = this.#isNext(position, length);
    const piece = isNext ? this.#pieceAt(position) : undefined;
    const from = position - (piece?.position ?? 0);
    if (piece?.count !== undefined && from + length <= piece.count) {
      return piece.memory.subarray(from, from + length);
    }
    if (this.#scratch.byteLength < length) {
      this.#scratch = new Uint8Array(length);
    }
    const target = this.#scratch.subarray(0, length);
    const count = isNext ? this.#copy(target, position, 0) : this.#read(target, position);
    return count instanceof Promise
      ? count.then((read) => target.subarray(0, read))
      : target.subarray(0, count);
  }

  /** Waits for what is under way; nothing may be read afterwards. */
  async end(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  /** Whether a read goes on where others ended, and is not so large that it needs no help. */
  #isNext(position: number, length: number): boolean {
    const run = position === this.#end ? this.#run : 0;
    this.#end = position + length;
    this.#run = run + length;
    return run >= RUN_BYTES && length < STRAIGHT_BYTES;
  }

  /** Fills the target from its byte `done` on; gives how many bytes are then in it. */
  #copy(target: Uint8Array, position: number, done: number): number | Promise<number> {
    let count = done;
    while (count < target.byteLength) {
      const piece = this.#pieceAt(position + count);
      if (piece === undefined) {
        break;
      }
      if (piece.count === undefined) {
        const from = count;
        return piece.ended.then(() => this.#copy(target, position, from));
      }
      if (piece.failure !== undefined) {
        // It is not kept: the next try reads anew.
        this.#dropAll();
        throw piece.failure;
      }
      const from = position + count - piece.position;
      const part = piece.memory.subarray(
        from,
        Math.min(piece.count, from + target.byteLength - count),
      );
      if (part.byteLength === 0) {
        break;
      }
      target.set(part, count);
      count += part.byteLength;
    }
    return count;
  }

  /** The piece with the byte at `position`, and what comes behind it on its way. */
  #pieceAt(position: number): Piece | undefined {
    for (let first = this.#pieces[0]; first !== undefined; first = this.#pieces[0]) {
      if (position >= first.position && position < first.position + PIECE_BYTES) {
        break;
      }
      this.#drop();
    }
    let next = (this.#pieces.at(-1)?.position ?? position - PIECE_BYTES) + PIECE_BYTES;
    while (this.#pieces.length < PIECES && next < this.#size) {
      this.#pieces.push(this.#start(next));
      next += PIECE_BYTES;
    }
    return this.#pieces[0];
  }

  #start(position: number): Piece {
    const length = Math.min(PIECE_BYTES, this.#size - position);
    const memory = this.#spare.pop() ?? new Uint8Array(length);
    const ended = this.#read(memory, position).then(
      (count) => {
        piece.count = count;
      },
      (error: unknown) => {
        piece.count = 0;
        piece.failure = error instanceof Error ? error : new Error(String(error));
      },
    );
    const piece: Piece = { position, memory, count: undefined, failure: undefined, ended };
    this.#underWay.add(ended);
    void ended.then(() => this.#underWay.delete(ended));
    return piece;
  }

  /** Gives the first piece up. */
  #drop(): void {
    const piece = this.#pieces.shift();
    // While it is being read, and at the end of the file, its memory is no good for another one.
    if (piece?.count !== undefined && piece.memory.byteLength === PIECE_BYTES) {
      this.#spare.push(piece.memory);
    }
  }

  #dropAll(): void {
    while (this.#pieces.length > 0) {
      this.#drop();
    }
  }
}
