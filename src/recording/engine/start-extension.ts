// Runs in the writer thread.
import type { BroadcastExtension } from "../../wav/metadata/bext.js";
import type { FileRequest, StartTime } from "./take-file.js";

/** Bytes for a line on the time in the coding history, so that it can be filled in when the time is known. */
const HISTORY_BYTES = 128;
const DAY_MS = 24 * 3600 * 1000;

/**
 * The broadcast extension of a file: local date and time of its first frame, its frames since local midnight, and, in
 * the coding history, the same in UTC with the uncertainty. Before the time is known the fields are empty, of the same
 * size. What the caller's own extension says stays.
 */
export function startExtension(
  request: FileRequest,
  start: StartTime | undefined,
): BroadcastExtension {
  const own = request.metadata.bext ?? {};
  if (start === undefined) {
    return { ...own, codingHistory: padded(own.codingHistory ?? "") };
  }
  const { date, uncertainty } = start;
  const midnight = new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  const sinceMidnight = (((date.getTime() - midnight) % DAY_MS) + DAY_MS) % DAY_MS;
  const line = `T=first frame ${date.toISOString()} +-${uncertainty.toFixed(1)} ms\r\n`;
  return {
    originationDate: [date.getFullYear(), date.getMonth() + 1, date.getDate()]
      .map(twoDigits)
      .join("-"),
    originationTime: [date.getHours(), date.getMinutes(), date.getSeconds()]
      .map(twoDigits)
      .join(":"),
    timeReference: Math.round((sinceMidnight / 1000) * request.sampleRate),
    ...own,
    codingHistory: padded(own.codingHistory ?? "", line),
  };
}

function padded(text: string, line = ""): string {
  return text + line.padEnd(HISTORY_BYTES, " ");
}

function twoDigits(part: number): string {
  return String(part).padStart(2, "0");
}
