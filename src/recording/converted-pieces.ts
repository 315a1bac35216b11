import { bytesPerFrame, type SampleFormat } from "../format.js";
import { convertFrames } from "../samples.js";
import type { Recording } from "./recording.js";

/** Samples that are converted at once: about a millisecond, so that the event loop is never held for long. */
const PIECE_SAMPLES = 2 ** 16;

/**
 * The frames of a recording in a format, piece by piece. In the recorded format the pieces are the recording's own
 * memory: for those who keep and change nothing.
 */
export function* convertedPieces(
  recording: Recording,
  format: SampleFormat,
): Generator<Uint8Array, void, undefined> {
  const { numberOfChannels: channels, format: recorded } = recording;
  const frameBytes = bytesPerFrame(recorded, channels);
  const pieceBytes = Math.max(1, Math.floor(PIECE_SAMPLES / channels)) * frameBytes;
  for (const run of recording.interleavedRuns()) {
    for (let at = 0; at < run.byteLength; at += pieceBytes) {
      const bytes = run.subarray(at, at + pieceBytes);
      if (format === recorded) {
        yield bytes;
        continue;
      }
      const frames = bytes.byteLength / frameBytes;
      const target = new Uint8Array(frames * bytesPerFrame(format, channels));
      convertFrames({ bytes, format: recorded, channels }, undefined, frames, target, format);
      yield target;
    }
  }
}
