// Runs in audio threads only: it waits, which the main thread must not.
import koffi from "koffi";
import { AudioError } from "../../errors.js";
import type { Milliseconds } from "../../format.js";
import { LOCK_WORD, words } from "../../process-words.js";

const FREE = 0;
const TAKEN = 1;

/** A driver may take seconds to open a device; far longer means that a thread died inside a call. */
const LONGEST_WAIT_MS: Milliseconds = 30_000;

/** How often a thread looks whether another one has let go of the C library's lock. */
const LOOK_AGAIN_MS: Milliseconds = 1;

/** A lock that every thread of the process has in common. */
interface ProcessLock {
  tryTake(): boolean;
  release(): void;
}

const processLock = cLibraryLock();

/**
 * Runs one of PortAudio's control calls (initialise, open, start, stop, close, terminate) while no other thread of
 * the process does: they are not thread-safe. Reads and writes need no lock, each stream has one owner.
 *
 * The word in shared memory wakes whoever waits. Threads of the user's that each import roomtone, when the main thread
 * does not, have no word in common: for them the C library's own lock of a stream that nothing uses here, stdin, is
 * taken inside.
 */
export function withControlLock<Result>(call: () => Result): Result {
  const deadline = performance.now() + LONGEST_WAIT_MS;
  while (Atomics.compareExchange(words, LOCK_WORD, FREE, TAKEN) !== FREE) {
    Atomics.wait(words, LOCK_WORD, TAKEN, timeLeft(deadline));
  }
  try {
    return withProcessLock(call, deadline);
  } finally {
    Atomics.store(words, LOCK_WORD, FREE);
    Atomics.notify(words, LOCK_WORD, 1);
  }
}

function withProcessLock<Result>(call: () => Result, deadline: Milliseconds): Result {
  if (processLock === undefined) {
    return call();
  }
  while (!processLock.tryTake()) {
    Atomics.wait(words, LOCK_WORD, TAKEN, Math.min(LOOK_AGAIN_MS, timeLeft(deadline)));
  }
  try {
    return call();
  } finally {
    processLock.release();
  }
}

function timeLeft(deadline: Milliseconds): Milliseconds {
  const left = deadline - performance.now();
  if (left <= 0) {
    throw new AudioError(
      "stalled",
      `PortAudio has not answered another thread for ${LONGEST_WAIT_MS / 1000} s: a driver hangs. Restart the process.`,
    );
  }
  return left;
}

/** flockfile(3): held by one thread at a time, which may take it again. Undefined where the C library has none. */
function cLibraryLock(): ProcessLock | undefined {
  try {
    const libc = koffi.load(null);
    const name = process.platform === "darwin" ? "__stdinp" : "stdin";
    const file: unknown = koffi.decode(libc.symbol(name), "void *");
    const tryLock = libc.func("int ftrylockfile(void *file)");
    const unlock = libc.func("void funlockfile(void *file)");
    return {
      tryTake: () => tryLock(file) === 0,
      release: () => {
        unlock(file);
      },
    };
  } catch {
    // Windows: there the word alone must do.
    return undefined;
  }
}
