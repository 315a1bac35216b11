/**
 * A wish for `length` bytes of a file from `position` on. With a `target` of as many bytes they are to
 * be put there; without, they are lent: they may stand anywhere, and are good until the next wish.
 * The answer is the bytes, fewer only where the file ends.
 */
export interface ReadRequest {
  /** In bytes from the start of the file. */
  readonly position: number;
  readonly length: number;
  readonly target?: Uint8Array;
}

/**
 * Work that needs bytes of a file but does no reading itself: so that one parser and one decoder
 * serve files that are read synchronously, files that are read asynchronously, and bytes in memory.
 */
export type Requests<Result> = Generator<ReadRequest, Result, Uint8Array>;

/** Reads bytes, at once or later. */
export interface ByteReader {
  /** Fills `target` with the bytes from `position` on; gives how many there were before the end. */
  read(target: Uint8Array, position: number): number | Promise<number>;
  /**
   * Up to `length` bytes from `position` on, fewer only where the file ends. They are not to be
   * changed, and good until the next call of either function.
   */
  lend(position: number, length: number): Uint8Array | Promise<Uint8Array>;
}

/** Reads bytes at once. */
export interface SyncByteReader extends ByteReader {
  read(target: Uint8Array, position: number): number;
  lend(position: number, length: number): Uint8Array;
}

/**
 * Does the work: at once where the bytes are there at once; else from the first that come later on,
 * it is a promise.
 */
export function answer<Result>(work: Requests<Result>, source: SyncByteReader): Result;
export function answer<Result>(
  work: Requests<Result>,
  source: ByteReader,
): Result | Promise<Result>;
export function answer<Result>(
  work: Requests<Result>,
  source: ByteReader,
): Result | Promise<Result> {
  let step = work.next();
  while (step.done !== true) {
    const bytes = fulfil(step.value, source);
    if (bytes instanceof Promise) {
      return answerFrom(work, bytes, source);
    }
    step = work.next(bytes);
  }
  return step.value;
}

/** Goes on with work whose last wish is fulfilled later. */
async function answerFrom<Result>(
  work: Requests<Result>,
  bytes: Promise<Uint8Array>,
  source: ByteReader,
): Promise<Result> {
  let step = work.next(await bytes);
  while (step.done !== true) {
    step = work.next(await fulfil(step.value, source));
  }
  return step.value;
}

function fulfil(
  { target, position, length }: ReadRequest,
  source: ByteReader,
): Uint8Array | Promise<Uint8Array> {
  if (target === undefined) {
    return source.lend(position, length);
  }
  const count = source.read(target, position);
  return count instanceof Promise
    ? count.then((read) => target.subarray(0, read))
    : target.subarray(0, count);
}

/** Up to so many bytes from `position` on, in memory of their own; fewer where the file ends. */
export function* readBytes(position: number, length: number): Requests<Uint8Array> {
  return yield { position, length, target: new Uint8Array(length) };
}
