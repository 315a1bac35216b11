import type { Envelope } from "../analysis/envelope.js";
import { niceStep } from "./ticks.js";

/** What the height of a waveform stands for. */
export const AMPLITUDES = ["fit", "full"] as const;
/** Up to the peak, rounded up, or up to full scale. */
export type AmplitudeRange = (typeof AMPLITUDES)[number];

/** What a scale ends at when all is quieter: -180 dBFS. */
const LEAST = 1e-9;

/**
 * The amplitude at the upper edge of a waveform, the same for all its channels: the next of 1, 2, 5 times a power of ten
 * above the peak, and of `"full"` not less than full scale.
 */
export function amplitudeScale(
  { minimum, maximum }: Envelope,
  channels: readonly number[],
  range: AmplitudeRange,
): number {
  let peak = 0;
  for (const channel of channels) {
    for (const edge of [minimum[channel], maximum[channel]]) {
      for (const sample of edge ?? []) {
        peak = Math.max(peak, Math.abs(sample));
      }
    }
  }
  const least = range === "full" ? Math.max(1, peak) : peak;
  return least === 0 ? 1 : niceStep(Math.max(LEAST, least));
}
