import type { Frames } from "../format.js";
import type { CuePoint } from "../wav/metadata/cues.js";
import type { Gap } from "./recording.js";

/** A cue point holds no position above this. */
const MOST: Frames = 0xffff_ffff;

/**
 * Lost frames as cue points of a file, so that it tells of them wherever it goes. Gaps behind frame
 * 4,294,967,295, which is a day of sound, have no place in a `cue ` chunk.
 */
export function gapCues(gaps: readonly Gap[]): CuePoint[] {
  return gaps
    .filter(({ position }) => position <= MOST)
    .map(({ position, frames, cause }) => ({
      position,
      label: "gap",
      note: `${frames} frames lost (${cause})`,
    }));
}
