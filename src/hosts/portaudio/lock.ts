// Runs in audio threads only: it waits, which the main thread must not.
import { AudioError } from "../../errors.js";
import { LOCK_WORD, words } from "../../process-words.js";

const FREE = 0;
const TAKEN = 1;

/** A driver may take seconds to open a device; far longer means that a thread died inside a call. */
const LONGEST_WAIT_MS = 30_000;

/**
 * Runs one of PortAudio's control calls (initialise, open, start, stop, close, terminate) while no other thread of
 * the process does: they are not thread-safe. Reads and writes need no lock, each stream has one owner.
 */
export function withControlLock<Result>(call: () => Result): Result {
  const deadline = performance.now() + LONGEST_WAIT_MS;
  while (Atomics.compareExchange(words, LOCK_WORD, FREE, TAKEN) !== FREE) {
    const left = deadline - performance.now();
    if (left <= 0) {
      throw new AudioError(
        "stalled",
        `PortAudio has not answered another thread for ${LONGEST_WAIT_MS / 1000} s: a driver hangs. Restart the process.`,
      );
    }
    Atomics.wait(words, LOCK_WORD, TAKEN, left);
  }
  try {
    return call();
  } finally {
    Atomics.store(words, LOCK_WORD, FREE);
    Atomics.notify(words, LOCK_WORD, 1);
  }
}
