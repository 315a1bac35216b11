// Runs in the writer thread.
import { type FileOpener, openWavTake } from "./take-file.js";

/** Creates the file of a recording, of the kind that was asked for. */
export const openTakeFile: FileOpener = async (request) =>
  request.kind === "flac"
    ? // Loaded only when it is used.
      (await import("./flac-take.js")).openFlacTake(request)
    : openWavTake(request);
