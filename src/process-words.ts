import { getEnvironmentData, setEnvironmentData } from "node:worker_threads";

/**
 * A few words of memory that every thread of the process shares, also the threads that a user starts and that
 * import roomtone by themselves: environment data are handed on to each new thread, and shared memory stays shared.
 * They are handed on when a thread is made, so this file must be loaded before, in the thread that makes it.
 */
const KEY = "roomtone:process-words";

/** Word 0: the lock of PortAudio's control calls, 0 free and 1 taken. */
export const LOCK_WORD = 0;

/** Word 1: how many threads are inside a call for which the C library's stderr is turned away. */
export const MUTED_WORD = 1;

/** Word 2: how many threads have PortAudio initialised, which freezes its list of devices. */
export const INITIALISED_WORD = 2;

/** The shared words as 32-bit integers. */
export const words: Int32Array = new Int32Array(sharedWords());
/** The shared words as 64-bit integers: the second half, apart from the 32-bit ones. */
export const wideWords: BigInt64Array = new BigInt64Array(words.buffer, 32);

/** The memory itself: for a thread that is about to be made, so that this file is loaded before it is. */
export function sharedWords(): SharedArrayBuffer {
  const known: unknown = getEnvironmentData(KEY);
  if (known instanceof SharedArrayBuffer) {
    return known;
  }
  const made = new SharedArrayBuffer(64);
  setEnvironmentData(KEY, made);
  return made;
}
