// Runs in the writer thread.
import type { Frames } from "../../format.js";
import type { GapCause } from "../../hosts/host.js";
import type { Gap } from "../recording.js";

/** Lost frames before the next frame of a recording. */
export interface Loss {
  readonly frames: Frames;
  readonly cause: GapCause;
  /** Whether silence stands in for them, and is counted. */
  readonly filled: boolean;
}

/**
 * Notes a loss at a position, behind all others of the list. Silence that follows silence is one gap, and so are losses at
 * the same place; the first cause is kept. Returns whether it is a new gap.
 */
export function noteLoss(gaps: Gap[], position: Frames, loss: Loss): boolean {
  const last = gaps.at(-1);
  const end = last === undefined ? undefined : last.position + (loss.filled ? last.frames : 0);
  if (last !== undefined && end === position) {
    gaps[gaps.length - 1] = { ...last, frames: last.frames + loss.frames };
    return false;
  }
  gaps.push({ position, frames: loss.frames, cause: loss.cause });
  return true;
}
