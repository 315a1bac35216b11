// Runs in audio and writer threads, between two streams.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let collect: (() => void) | undefined;

/**
 * Collects garbage now. Shared memory is freed when the last thread has collected its last view of it, and an audio
 * thread makes so little garbage that it would hold the rings of hundreds of closed streams, some megabytes each.
 */
export function collectGarbage(): void {
  collect ??= garbageCollector();
  collect?.();
}

/**
 * V8's own function, which the flag puts into contexts that are made after it. Undefined when another thread took the
 * flag, which belongs to the process, away at this moment: it is tried again the next time.
 */
function garbageCollector(): (() => void) | undefined {
  setFlagsFromString("--expose-gc");
  const found: unknown = runInNewContext("typeof gc === 'undefined' ? undefined : gc");
  setFlagsFromString("--no-expose-gc");
  return isFunction(found) ? found : undefined;
}

function isFunction(value: unknown): value is () => void {
  return typeof value === "function";
}
