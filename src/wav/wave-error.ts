import { WavFault, type WavFaultKind } from "./fault.js";
import { WAVE_FORMAT_PCM } from "./format-tags.js";

/**
 * Python's `wave.Error`: what `roomtone/wave` throws where Python does, with Python's words. What
 * Python leaves to the operating system (`OSError`) is an `AudioError`, wrong types are
 * `TypeError`.
 */
export class WaveError extends Error {
  override readonly name = "WaveError";
}

const MESSAGES: Readonly<Record<WavFaultKind, string>> = {
  "not-riff": "file does not start with RIFF id",
  "unknown-container": "file does not start with RIFF id",
  "not-wave": "not a WAVE file",
  "fmt-or-data-missing": "fmt chunk and/or data chunk missing",
  // Python has an EOFError without words here.
  "fmt-too-short": "fmt chunk is too short",
  "no-channels": "bad # of channels",
  "bad-sample-width": "bad sample width",
  // Python knows no codec with blocks.
  "bad-block-align": "bad block align",
  // Python lets a rate of 0 pass.
  "no-sample-rate": "bad frame rate",
  "unknown-codec": "unknown format",
};

/** The error of a file that could not be parsed in Python's words; any other error as it is. */
export function toWaveError(error: unknown): unknown {
  const fault = error instanceof Error ? error.cause : undefined;
  if (!(fault instanceof WavFault)) {
    return error;
  }
  if (fault.kind !== "unknown-codec") {
    return new WaveError(MESSAGES[fault.kind], { cause: error });
  }
  const message =
    fault.formatTag === WAVE_FORMAT_PCM
      ? MESSAGES["bad-sample-width"]
      : `${MESSAGES[fault.kind]}: ${fault.formatTag}`;
  return new WaveError(message, { cause: error });
}
