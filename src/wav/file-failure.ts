import { AudioError } from "../errors.js";

/**
 * What the operating system's words for a full disk are: the disk, the quota, the size that a file
 * may have.
 */
const FULL: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

/**
 * The error for a file that could not be opened or read. Wrong arguments (a path with a zero byte)
 * come back as they are.
 */
export function readFailure(error: unknown, path: string): unknown {
  const code = systemCode(error);
  if (code === undefined) {
    return error;
  }
  const reason = code === "ENOENT" ? "there is no such file" : messageOf(error);
  return new AudioError("file-not-readable", `Cannot read ${path}: ${reason}.`, { cause: error });
}

/**
 * The error for a file that could not be created or written. Wrong arguments come back as they are.
 */
export function writeFailure(error: unknown, path: string): unknown {
  const code = systemCode(error);
  if (code === undefined) {
    return error;
  }
  if (FULL.has(code)) {
    const kept = "What was written before is kept and readable.";
    const message = `Cannot write ${path}: no room is left for it. ${kept}`;
    return new AudioError("disk-full", message, { cause: error });
  }
  if (code === "EEXIST") {
    const message = `${path} exists already; give another path, or \`overwrite: true\`.`;
    return new AudioError("file-exists", message, { cause: error });
  }
  const reason = code === "ENOENT" ? "its directory does not exist" : messageOf(error);
  return new AudioError("file-not-writable", `Cannot write ${path}: ${reason}.`, { cause: error });
}

/**
 * The error for a stream that did not take what was written to it: always an `AudioError`, for the
 * stream's own reasons mean nothing to the caller of a writer.
 */
export function streamFailure(error: unknown, name: string): AudioError {
  const failure = writeFailure(error, name);
  return failure instanceof AudioError
    ? failure
    : new AudioError("file-not-writable", `Cannot write ${name}: ${messageOf(error)}.`, {
        cause: error,
      });
}

/**
 * The system's name of an error, for instance `ENOENT`; undefined for errors that the system did
 * not cause.
 */
function systemCode(error: unknown): string | undefined {
  if (
    error instanceof Error &&
    "syscall" in error &&
    "code" in error &&
    typeof error.code === "string"
  ) {
    return error.code;
  }
  return undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
