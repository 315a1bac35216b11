import type { Frames, Hertz } from "../../src/format.js";
import { joined, tone } from "./signals.js";

/**
 * The test signals of EBU Tech 3341 (2023) and 3342 (2023) that can be synthesised: tones of 1 kHz, the same in both
 * channels. Left out are 7 and 8 of 3341, 5 and 6 of 3342, which are programmes.
 */

export const RATE: Hertz = 48_000;
const FREQUENCY: Hertz = 1000;

/** Tones one after the other: [seconds, dBFS]; -Infinity is silence. */
export function steps(
  parts: readonly (readonly [seconds: number, level: number])[],
  rate: Hertz = RATE,
): Float32Array {
  return joined(...parts.map(([seconds, level]) => tone(seconds, level, FREQUENCY, rate)));
}

/** Parts again and again. */
export function repeated<Part>(parts: readonly Part[], times: number): readonly Part[] {
  return Array.from({ length: times }, () => parts).flat();
}

/** Signals 15 to 19: a tone of a fraction of the rate, faded in and out, that misses its peaks by a phase. */
export function phased(divisor: number, amplitude: number, degrees: number): Float32Array {
  const frames = Math.round(3.2 * RATE);
  return Float32Array.from({ length: frames }, (_, frame) => {
    const phase = (2 * Math.PI * frame) / divisor + (degrees / 180) * Math.PI;
    return amplitude * fade(frame, frames) * Math.sin(phase);
  });
}

/**
 * Signals 20 to 23: at four times the rate, a tone of a sixth of the rate at 0.5 with one period of a quarter of the
 * rate at 1 in its middle; then low-passed and decimated, from another of the four samples on each time.
 */
export function decimated(offset: 0 | 1 | 2 | 3): Float32Array {
  const frames = Math.round(3.2 * RATE);
  const slow = 24;
  const fast = 16;
  const middle = Math.floor((frames * 2) / slow) * slow;
  const original = Float64Array.from({ length: frames * 4 }, (_, index) => {
    const inside = index >= middle && index < middle + fast;
    // Behind the loud period the tone goes on from phase 0.
    const phase = index < middle ? index / slow : (index - middle - fast) / slow;
    const value = inside
      ? Math.sin((2 * Math.PI * (index - middle)) / fast)
      : 0.5 * Math.sin(2 * Math.PI * phase);
    return value * fade(index / 4, frames);
  });
  const half = 64;
  const taps = Float64Array.from({ length: 2 * half + 1 }, (_, tap) => {
    const x = (Math.PI * (tap - half)) / 4;
    const sinc = x === 0 ? 1 : Math.sin(x) / x;
    return (sinc / 4) * (0.5 + 0.5 * Math.cos((Math.PI * (tap - half)) / (half + 1)));
  });
  return Float32Array.from({ length: frames - 1 }, (_, frame) => {
    const centre = 4 * frame + offset;
    let sum = 0;
    for (let tap = -half; tap <= half; tap++) {
      sum += (taps[tap + half] ?? 0) * (original[centre + tap] ?? 0);
    }
    return sum;
  });
}

/** 0.1 s in and out. */
function fade(frame: Frames, frames: Frames): number {
  const length = RATE / 10;
  return Math.min(1, frame / length, (frames - frame) / length);
}
