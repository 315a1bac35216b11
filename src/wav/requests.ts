import type { ByteSource } from "./source.js";

/**
 * A wish for bytes of a file: fill `target` with those from `position` on. The answer says how many
 * there were; it is less than the target's length only where the file ends.
 */
export interface ReadRequest {
  /** In bytes from the start of the file. */
  readonly position: number;
  readonly target: Uint8Array;
}

/**
 * Work that needs bytes of a file but does no reading itself: so that one parser and one decoder
 * serve files that are read synchronously, files that are read asynchronously, and bytes in memory.
 */
export type Requests<Result> = Generator<ReadRequest, Result, number>;

/** Does the work on a source. */
export async function answer<Result>(
  work: Requests<Result>,
  source: Pick<ByteSource, "read">,
): Promise<Result> {
  let step = work.next();
  while (step.done !== true) {
    step = work.next(await source.read(step.value.target, step.value.position));
  }
  return step.value;
}

/** Does the work with a function that reads at once. */
export function answerSync<Result>(
  work: Requests<Result>,
  read: (target: Uint8Array, position: number) => number,
): Result {
  let step = work.next();
  while (step.done !== true) {
    step = work.next(read(step.value.target, step.value.position));
  }
  return step.value;
}

/** Up to so many bytes from `position` on, in memory of their own; fewer where the file ends. */
export function* readBytes(position: number, length: number): Requests<Uint8Array> {
  const target = new Uint8Array(length);
  const count = yield { position, target };
  return target.subarray(0, count);
}
