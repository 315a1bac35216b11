import { AudioError, type AudioErrorCode } from "../errors.js";

/** Why a file was refused, for callers that need more than the two error codes. */
export type WavFaultKind =
  | "not-riff"
  | "not-wave"
  | "fmt-or-data-missing"
  | "fmt-too-short"
  | "no-channels"
  | "no-sample-rate"
  | "bad-sample-width"
  | "bad-block-align"
  | "unknown-container"
  | "unknown-codec";

/** What the parser throws; it knows neither the file's name nor how its caller reports errors. */
export class WavFault extends Error {
  override readonly name = "WavFault";
  readonly kind: WavFaultKind;
  /** Where in the file, in bytes from its start. */
  readonly position: number;
  /** The chunk it happened in, for instance `fmt `. */
  readonly chunk: string;
  /** The codec's format tag, for `unknown-codec`. */
  readonly formatTag: number | undefined;

  constructor(
    kind: WavFaultKind,
    message: string,
    position: number,
    chunk: string,
    formatTag?: number,
  ) {
    super(message);
    this.kind = kind;
    this.position = position;
    this.chunk = chunk;
    this.formatTag = formatTag;
  }
}

/** The error for the caller of a reader; `name` is the file's path, or says that it was bytes. */
export function toAudioError(fault: WavFault, name: string): AudioError {
  const place = `at byte ${fault.position}, chunk "${fault.chunk}"`;
  return new AudioError(codeOf(fault.kind), `Cannot read ${name}: ${fault.message} (${place}).`, {
    cause: fault,
  });
}

function codeOf(kind: WavFaultKind): AudioErrorCode {
  return kind === "unknown-codec" || kind === "unknown-container"
    ? "format-not-supported"
    : "malformed-file";
}
