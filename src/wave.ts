/**
 * Python's `wave` module for TypeScript: the same names, the same results, synchronous.
 *
 * ```ts
 * import * as wave from "roomtone/wave";
 *
 * const file = wave.open("recorded_audio.wav", "wb");
 * file.setnchannels(1);
 * file.setsampwidth(2);
 * file.setframerate(44100);
 * file.writeframes(Buffer.concat(chunks));
 * file.close();
 * ```
 */

import { describe } from "./options.js";
import { WavBytes } from "./wav/sinks/memory.js";
import { WaveError } from "./wav/wave-error.js";
import { WaveRead } from "./wav/wave-read.js";
import { WaveWrite } from "./wav/wave-write.js";

export {
  WAVE_FORMAT_EXTENSIBLE,
  WAVE_FORMAT_IEEE_FLOAT,
  WAVE_FORMAT_PCM,
} from "./wav/format-tags.js";
export { WavBytes } from "./wav/sinks/memory.js";
export { WaveError as Error, WaveError } from "./wav/wave-error.js";
export type { WaveParams, WaveParamsTuple } from "./wav/wave-params.js";
export { WaveRead, WaveRead as Wave_read } from "./wav/wave-read.js";
export { WaveWrite, WaveWrite as Wave_write } from "./wav/wave-write.js";

/**
 * Opens a WAV file: `"r"`, `"rb"` (default) for reading by path or from bytes, `"w"`, `"wb"` for
 * writing to a path or a `WavBytes`, a file in memory; writing empties an existing file, as in
 * Python.
 *
 * @throws WaveError for other modes, and when what should be read is no WAV file.
 * @throws AudioError `file-not-readable`, `file-not-writable`.
 * @throws TypeError, RangeError when `file` is neither a path nor what the mode takes beside it.
 */
export function open(file: string | Uint8Array, mode?: "r" | "rb"): WaveRead;
export function open(file: string | WavBytes, mode: "w" | "wb"): WaveWrite;
export function open(
  file: string | Uint8Array | WavBytes,
  mode: "r" | "rb" | "w" | "wb" = "rb",
): WaveRead | WaveWrite {
  if (mode === "r" || mode === "rb") {
    if (file instanceof WavBytes) {
      throw new TypeError(
        "Expected `file` to be a path or a Uint8Array for reading, got a WavBytes",
      );
    }
    return new WaveRead(file);
  }
  if (mode !== "w" && mode !== "wb") {
    throw new WaveError("mode must be 'r', 'rb', 'w', or 'wb'");
  }
  if (typeof file !== "string" && !(file instanceof WavBytes)) {
    throw new TypeError(
      `Expected \`file\` to be a path or a WavBytes for writing, got ${describe(file)}`,
    );
  }
  return new WaveWrite(file);
}
