import type { Recorder } from "../recording/recorder.js";
import type { RecorderResult } from "../recording/recorder-result.js";

/** What ended a recording, where the caller may not know it already. */
const ENDS: Readonly<Record<string, string>> = {
  silence: "silence",
  voice: "the end of the voice",
  maxBytes: "its size",
  maxTakeSeconds: "its length",
  "source-ended": "the end of the source",
};

/** `48000 Hz, 1 channel, int16` */
export function soundText({ sampleRate, numberOfChannels, format }: Recorder): string {
  return `${sampleRate} Hz, ${plural(numberOfChannels, "channel")}, ${format}`;
}

/** What came of a recording, in words; `sound` says what it is where that is known. */
export function resultText(
  file: string,
  result: Omit<RecorderResult, "reason"> & { readonly reason: string },
  { sound, rescued }: { readonly sound?: string; readonly rescued?: string | undefined },
): string {
  const { files, frames, seconds, reason, marks, pauses, diskError } = result;
  if (frames === 0 && reason === "maxWait") {
    return `${file}: nothing came in time, and nothing is recorded\n`;
  }
  const name = files.length === 1 ? (files[0]?.path ?? file) : file === "-" ? "stdout" : file;
  const parts = [
    `${name}: ${seconds.toFixed(3)} s (${frames} frames)${sound === undefined ? "" : `, ${sound}`}`,
    ...(files.length > 1 ? [`${files.length} files`] : []),
    lossText(result),
    ...(marks.length > 0 ? [plural(marks.length, "mark")] : []),
    ...(pauses.length > 0 ? [plural(pauses.length, "pause")] : []),
    ...(reason in ENDS ? [`ended by ${ENDS[reason]}`] : []),
    ...(diskError === undefined
      ? []
      : [`the disk failed (${diskError.code}), and the rest is in ${rescued ?? "memory"}`]),
  ];
  return `${parts.join("; ")}\n`;
}

function lossText({ lostFrames, gaps }: Pick<RecorderResult, "lostFrames" | "gaps">): string {
  return lostFrames === 0
    ? "no frame lost"
    : `${lostFrames} frames lost in ${gaps.length} gap(s), filled with silence`;
}

function plural(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}
