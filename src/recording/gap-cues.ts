import type { GapCause } from "../hosts/host.js";
import { type CuePoint, MOST_POSITION } from "../wav/metadata/cues.js";
import type { Gap } from "./recording.js";

const LABEL = "gap";
const NOTE = /^(\d{1,15}) frames lost \(([a-z-]+)\)$/;
const CAUSES: readonly GapCause[] = ["overrun", "stall", "buffer-full", "device-lost"];

/**
 * Lost frames as cue points of a file, so that it tells of them wherever it goes. Gaps behind frame
 * 4,294,967,295, which is a day of sound, have no place in a `cue ` chunk.
 */
export function gapCues(gaps: readonly Gap[]): CuePoint[] {
  return gaps
    .filter(({ position }) => position <= MOST_POSITION)
    .map(({ position, frames, cause }) => ({
      position,
      label: LABEL,
      note: `${frames} frames lost (${cause})`,
    }));
}

/** The lost frames that the cue points of a file tell of, in order; other cue points are passed over. */
export function cueGaps(cues: readonly CuePoint[]): Gap[] {
  return cues
    .flatMap(({ position, label, note }) => {
      const [, frames, word] = NOTE.exec(label === LABEL ? (note ?? "") : "") ?? [];
      const cause = CAUSES.find((one) => one === word);
      return cause === undefined ? [] : [{ position, frames: Number(frames), cause }];
    })
    .sort((a, b) => a.position - b.position);
}
