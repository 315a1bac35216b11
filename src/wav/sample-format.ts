import { AudioError } from "../errors.js";
import type { SampleFormat } from "../format.js";
import type { WavFormat } from "./header.js";

/**
 * The sample format of a file's frames, for those who keep or play frames as they are in the file.
 *
 * @throws AudioError `format-not-supported` for 64-bit floats, which only files have.
 */
export function sampleFormatOf(format: WavFormat): SampleFormat {
  if (format === "float64") {
    throw new AudioError("format-not-supported", "Files of 64-bit floats can only be written.");
  }
  return format;
}
