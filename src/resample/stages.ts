import type { Frames, Hertz } from "../format.js";

/** A conversion by one filter: `from` input frames last as long as `to` output frames, in lowest terms. */
export interface Stage {
  readonly from: number;
  readonly to: number;
}

/** The greatest ratio that one filter brings down: its length, its memory and its start grow with the ratio. */
const LARGEST_STEP = 16;
/** By how much each filter before the last one brings the rate down. */
const STEP = 8;

/**
 * The filters between two rates, in the order in which they work; none for equal rates. All but the last bring the rate
 * down by eight, so that 768,000 Hz become 1 Hz with filters of a few thousand taps instead of 200 million.
 */
export function planStages(fromRate: Hertz, toRate: Hertz): readonly Stage[] {
  const stages: Stage[] = [];
  let { from, to } = lowestTerms(fromRate, toRate);
  while (from > LARGEST_STEP * to) {
    stages.push({ from: STEP, to: 1 });
    ({ from, to } = lowestTerms(from, to * STEP));
  }
  if (from !== to) {
    stages.push({ from, to });
  }
  return stages;
}

/**
 * How many frames at `toRate` begin within the time of `frames` at `fromRate`: frames × toRate / fromRate, rounded up.
 * Exact for any count up to 2^53 and rates up to 768,000 Hz.
 */
export function resampledFrames(frames: Frames, fromRate: Hertz, toRate: Hertz): Frames {
  // The whole periods apart: the product of a large count and a rate would not be exact.
  const { from, to } = lowestTerms(fromRate, toRate);
  return Math.floor(frames / from) * to + Math.ceil(((frames % from) * to) / from);
}

function lowestTerms(from: number, to: number): Stage {
  let divisor = from;
  let rest = to;
  while (rest !== 0) {
    [divisor, rest] = [rest, divisor % rest];
  }
  return { from: from / divisor, to: to / divisor };
}
