import { AudioError } from "../errors.js";

/** A device, file or library failed. */
export const EXIT_FAULT = 1;
/** The arguments were wrong. */
export const EXIT_USAGE = 2;
/** Nothing was recorded, because what was waited for did not come. */
export const EXIT_NOTHING = 3;

/** Says on stderr what went wrong, without a stack unless it is a fault of ours, and sets the exit code. */
export function reportFault(error: unknown): void {
  if (error instanceof TypeError || error instanceof RangeError) {
    process.stderr.write(`roomtone: ${error.message}\n`);
    process.exitCode = EXIT_USAGE;
    return;
  }
  const text =
    error instanceof AudioError ? `${error.message} [${error.code}]` : String(stackOf(error));
  process.stderr.write(`roomtone: ${text}\n`);
  process.exitCode = EXIT_FAULT;
}

function stackOf(error: unknown): unknown {
  return error instanceof Error ? (error.stack ?? error.message) : error;
}
