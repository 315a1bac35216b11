/** What a reader found wrong and read nevertheless; docs/wav.md says for each what was done. */
export type WavWarningCode =
  | "junk-skipped"
  | "riff-size-wrong"
  | "ds64-missing"
  | "ds64-damaged"
  | "chunk-too-large"
  | "too-many-chunks"
  | "pad-byte-missing"
  | "trailing-bytes"
  | "fmt-repeated"
  | "fmt-after-data"
  | "data-repeated"
  | "data-size-unknown"
  | "data-size-too-large"
  | "last-frame-incomplete"
  | "block-align-wrong"
  | "bits-wrong"
  | "sample-padding"
  | "damaged-block";

/** One thing that is wrong in a file and was put up with. */
export interface WavWarning {
  /** A stable word: switch on this, not on the message. */
  readonly code: WavWarningCode;
  /** What was found and what was done. */
  readonly message: string;
  /** Where in the file, in bytes from its start. */
  readonly position: number;
  /** The chunk it is about, for instance `data`. */
  readonly chunk?: string;
}

/** Where the parser puts what it finds wrong. */
export type ReportWarning = (
  code: WavWarningCode,
  message: string,
  position: number,
  chunk?: string,
) => void;
