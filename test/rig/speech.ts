import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * Speaks a text into a file at 44.1 kHz, mono, 16 bits: a WAV, or raw s16le frames if the name ends
 * in ".raw". The same text gives the same bytes each time.
 */
export async function speak(text: string, file: string): Promise<void> {
  const spoken = `${file}.espeak.wav`;
  try {
    await run("espeak-ng", ["-v", "en", "-w", spoken, text]);
    // "-D": no dither, which is random noise.
    const encoding = ["-e", "signed-integer", "-b", "16", "-L"];
    const type = file.endsWith(".raw") ? ["-t", "raw"] : ["-t", "wav"];
    await run("sox", [
      "-D",
      spoken,
      ...type,
      ...encoding,
      "-c",
      "1",
      file,
      "rate",
      "44100",
      "norm",
      "-3",
    ]);
  } finally {
    await rm(spoken, { force: true });
  }
}
