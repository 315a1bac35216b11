import type { Frames, Hertz, Seconds } from "../../format.js";
import type { GapCause } from "../host.js";
import type { VirtualTiming } from "./spec.js";

/** A run of frames that a device does not deliver, from `start` up to but not with `end`. */
export interface Loss {
  readonly start: Frames;
  readonly end: Frames;
  readonly cause: GapCause;
}

/** When a device is not there, in device time. */
export interface Absence {
  /** `Infinity` for never. */
  readonly unplug: Frames;
  /** From when on it can be opened anew; `Infinity` for never. */
  readonly replug: Frames;
}

/** The frame that is heard at a device time: the nearest one. */
export function frameAt(time: Seconds, sampleRate: Hertz): Frames {
  return Math.round(time * sampleRate);
}

/** When a device is not there. */
export function planAbsence(timing: VirtualTiming, sampleRate: Hertz): Absence {
  const at = (time: Seconds | undefined): Frames =>
    time === undefined ? Number.POSITIVE_INFINITY : frameAt(time, sampleRate);
  return { unplug: at(timing.unplugAt), replug: at(timing.replugAt) };
}

/** The part of a device's time in which losses are planned: faults that begin before or behind it do not count. */
export interface Span {
  readonly start: Frames;
  readonly end: Frames;
}

/**
 * The losses of a device in a span, in order, with at least one frame delivered between two of them. Faults that
 * overlap or touch are one loss with the cause of the earliest; a stall goes before an overrun at the same frame.
 */
export function planLosses(
  faults: Pick<VirtualTiming, "overruns" | "stalls">,
  sampleRate: Hertz,
  span: Span,
): readonly Loss[] {
  const stalls = faults.stalls.map(({ at, seconds }) =>
    lossOf(frameAt(at, sampleRate), frameAt(seconds, sampleRate), "stall", span),
  );
  const overruns = faults.overruns.map(({ at, frames }) =>
    lossOf(frameAt(at, sampleRate), frames, "overrun", span),
  );
  const planned = [...stalls, ...overruns]
    .filter((loss) => loss.start >= span.start && loss.end > loss.start)
    .sort((a, b) => a.start - b.start);
  const losses: Loss[] = [];
  for (const loss of planned) {
    const last = losses.at(-1);
    if (last !== undefined && loss.start <= last.end) {
      losses[losses.length - 1] = { ...last, end: Math.max(last.end, loss.end) };
    } else {
      losses.push(loss);
    }
  }
  return losses;
}

function lossOf(start: Frames, frames: Frames, cause: GapCause, span: Span): Loss {
  return { start, end: Math.min(start + frames, span.end), cause };
}
