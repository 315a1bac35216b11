import type { Recording } from "./recording/recording.js";

/**
 * What went wrong, as a stable word that tells what the caller can do.
 * docs/errors.md has one heading for each.
 */
export type AudioErrorCode =
  | "device-not-found"
  | "device-ambiguous"
  | "device-busy"
  | "device-lost"
  | "permission-denied"
  | "format-not-supported"
  | "host-not-available"
  | "library-not-found"
  | "stream-closed"
  | "stream-stopped"
  | "streams-open"
  | "input-overflowed"
  | "output-underflowed"
  | "stalled"
  | "processor-failed"
  | "disk-full"
  | "disk-stalled"
  | "file-exists"
  | "file-not-writable"
  | "file-not-readable"
  | "malformed-file"
  | "host-error"
  | "internal";

/** What the host itself said: PortAudio's code and text, and those of the host API below it where it told them. */
export interface HostErrorDetail {
  /** PortAudio's error code, for instance -9985; 0 for other hosts. */
  readonly code: number;
  /** PortAudio's text for the code. */
  readonly text: string;
  /** The host API that failed, for instance "ALSA", where PortAudio told it. */
  readonly hostApi?: string;
  /** The host API's own error number. */
  readonly hostApiCode?: number;
  /** The host API's own words. */
  readonly hostApiText?: string;
}

/** What can be said with an {@link AudioError} beyond its code and message. */
export interface AudioErrorDetails {
  /** The error that caused this one. */
  readonly cause?: unknown;
  /** What the host said. */
  readonly host?: HostErrorDetail;
  /** What was recorded before the fault, so that it is not lost. */
  readonly recording?: Recording;
}

/** The one error class of roomtone; wrong arguments are `TypeError` and `RangeError` instead. */
export class AudioError extends Error {
  override readonly name = "AudioError";
  /** A stable word: switch on this, not on the message. */
  readonly code: AudioErrorCode;
  /** What the host said, where a host was involved. */
  readonly host: HostErrorDetail | undefined;
  /** What was recorded before the fault and is in no file: set by `record()` and `Recorder`. */
  readonly recording: Recording | undefined;

  constructor(code: AudioErrorCode, message: string, details: AudioErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.host = details.host;
    this.recording = details.recording;
  }
}

/** An {@link AudioError} in the form in which it crosses from one thread to another. */
export interface ErrorMessage {
  readonly code: AudioErrorCode;
  readonly message: string;
  readonly host?: HostErrorDetail;
  /** The stack where it happened. */
  readonly stack?: string;
  /** The error that caused it. */
  readonly cause?: CauseMessage;
}

/** An error of foreign code as text: what else it carries may not be such that it can be posted. */
interface CauseMessage {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

/** Makes an error ready to be posted to another thread; anything that is not an `AudioError` becomes `internal`. */
export function toErrorMessage(error: unknown): ErrorMessage {
  if (error instanceof AudioError) {
    return {
      code: error.code,
      message: error.message,
      ...(error.host === undefined ? {} : { host: error.host }),
      ...(error.stack === undefined ? {} : { stack: error.stack }),
      ...(error.cause instanceof Error ? { cause: toCauseMessage(error.cause) } : {}),
    };
  }
  const { message, stack } = asError(error);
  return {
    code: "internal",
    message: `A fault inside roomtone: ${message}`,
    ...(stack === undefined ? {} : { stack }),
  };
}

/**
 * The error that another thread posted. Its cause is the original one, with its name, message and stack, or has at least
 * the stack of that thread.
 */
export function fromErrorMessage(message: ErrorMessage): AudioError {
  const cause =
    message.cause === undefined ? new Error(message.message) : fromCauseMessage(message.cause);
  if (message.cause === undefined && message.stack !== undefined) {
    cause.stack = message.stack;
  }
  return new AudioError(message.code, message.message, {
    cause,
    ...(message.host === undefined ? {} : { host: message.host }),
  });
}

function toCauseMessage({ name, message, stack }: Error): CauseMessage {
  return { name: String(name), message: String(message), stack: String(stack) };
}

const LANGUAGE_ERRORS: readonly ErrorConstructor[] = [
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
];

/** Of its own class where that is one of the language's. */
function fromCauseMessage({ name, message, stack }: CauseMessage): Error {
  const Kind = LANGUAGE_ERRORS.find((kind) => kind.name === name) ?? Error;
  const error = new Kind(message);
  if (error.name !== name) {
    error.name = name;
  }
  error.stack = stack;
  return error;
}

/** What was thrown, as an Error: foreign code may throw anything, also what has no text. */
export function asError(thrown: unknown): Error {
  try {
    return thrown instanceof Error ? thrown : new Error(String(thrown));
  } catch {
    return new Error("something was thrown that has no text");
  }
}
