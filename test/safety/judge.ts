import { AudioError, type AudioErrorCode } from "../../src/index.js";
import { Mine } from "./nasty.js";

/** The words of docs/errors.md but `internal`, which is a fault of roomtone. */
const CODES: Readonly<Record<Exclude<AudioErrorCode, "internal">, true>> = {
  "device-not-found": true,
  "device-ambiguous": true,
  "device-busy": true,
  "device-lost": true,
  "permission-denied": true,
  "format-not-supported": true,
  "host-not-available": true,
  "library-not-found": true,
  "stream-closed": true,
  "stream-stopped": true,
  "streams-open": true,
  "input-overflowed": true,
  "output-underflowed": true,
  stalled: true,
  "processor-failed": true,
  "disk-full": true,
  "disk-stalled": true,
  "file-exists": true,
  "file-not-writable": true,
  "file-not-readable": true,
  "malformed-file": true,
  "host-error": true,
};

/** What the engine itself says when code looks at what is not there: nobody checked an argument. */
const UNCHECKED =
  /Cannot (?:read propert|set|destructure|access|mix)|is not (?:a function|iterable|a constructor|defined)|call stack|incompatible receiver|out of (?:bounds|range)|undefined or null/;

/** Whether a call may give this error: a documented one, or what the caller's own code threw. */
export function isAllowed(error: unknown): boolean {
  if (error instanceof Mine) {
    return true;
  }
  if (error instanceof AudioError) {
    return Object.hasOwn(CODES, error.code);
  }
  if (error instanceof TypeError || error instanceof RangeError) {
    return !UNCHECKED.test(error.message);
  }
  return error instanceof DOMException && ["DataCloneError", "AbortError"].includes(error.name);
}

/** Whether an exception that nobody can catch is one that callbacks are documented to cause. */
export function isAllowedUncaught(error: unknown): boolean {
  return (
    isAllowed(error) ||
    (error instanceof Error &&
      error.message.startsWith("streamCallback threw at frame") &&
      error.cause instanceof Mine)
  );
}

/** An error as a report shows it. */
export function tell(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : `thrown: ${String(error)}`;
}
