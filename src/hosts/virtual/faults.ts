import type { Frames, Hertz, Seconds } from "../../format.js";
import type { GapCause } from "../host.js";
import type { VirtualTiming } from "./spec.js";

/** A run of frames that a device heard and does not deliver, from `start` up to but not with `end`. */
export interface Loss {
  readonly start: Frames;
  readonly end: Frames;
  readonly cause: GapCause;
}

/** The frame that is heard at a device time: the nearest one. */
export function frameAt(time: Seconds, sampleRate: Hertz): Frames {
  return Math.round(time * sampleRate);
}

/**
 * The losses of a device before the frame `end`, in order, with at least one frame delivered between two of them.
 * Faults that overlap or touch are one loss with the cause of the earliest; a stall goes before an overrun at the same
 * frame.
 */
export function planLosses(timing: VirtualTiming, sampleRate: Hertz, end: Frames): readonly Loss[] {
  const stalls = timing.stalls.map(({ at, seconds }) =>
    lossOf(frameAt(at, sampleRate), frameAt(seconds, sampleRate), "stall", end),
  );
  const overruns = timing.overruns.map(({ at, frames }) =>
    lossOf(frameAt(at, sampleRate), frames, "overrun", end),
  );
  const faults = [...stalls, ...overruns]
    .filter((loss) => loss.end > loss.start)
    .sort((a, b) => a.start - b.start);
  const losses: Loss[] = [];
  for (const fault of faults) {
    const last = losses.at(-1);
    if (last !== undefined && fault.start <= last.end) {
      losses[losses.length - 1] = { ...last, end: Math.max(last.end, fault.end) };
    } else {
      losses.push(fault);
    }
  }
  return losses;
}

function lossOf(start: Frames, frames: Frames, cause: GapCause, end: Frames): Loss {
  return { start, end: Math.min(start + frames, end), cause };
}
