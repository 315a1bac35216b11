import { AudioError } from "../errors.js";
import type { Hertz } from "../format.js";

/** The rates that are tried when it is asked which ones a device can do: those that PyAudio's system_info tries. */
export const STANDARD_RATES: readonly Hertz[] = [
  8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000, 176400, 192000,
];

/** The error for a rate that a device cannot do, with those of {@link STANDARD_RATES} that it can. */
export function rateNotSupported(
  rate: Hertz,
  working: readonly Hertz[],
  error: AudioError,
): AudioError {
  const offer =
    working.length === 0
      ? "None of the standard rates works."
      : `These work: ${working.join(", ")} Hz.`;
  return new AudioError(
    "format-not-supported",
    `The device cannot be opened at ${rate} Hz. ${offer}`,
    { cause: error, ...(error.host === undefined ? {} : { host: error.host }) },
  );
}
