import type { Frames } from "../format.js";

/** What a reader found wrong in a FLAC file and read nevertheless; docs/flac.md says for each what was done. */
export type FlacWarningCode =
  | "damaged-frames"
  | "frames-missing"
  | "length-wrong"
  | "checksum-wrong";

/** One thing that is wrong in a FLAC file and was put up with. */
export interface FlacWarning {
  /** A stable word: switch on this, not on the message. */
  readonly code: FlacWarningCode;
  /** What was found and what was done. */
  readonly message: string;
  /** Where in the sound. */
  readonly position: Frames;
}

/** Where a reader puts what it finds wrong. */
export type ReportFlacWarning = (code: FlacWarningCode, message: string, position: Frames) => void;
