import type { Frames, Hertz } from "../../src/format.js";

/** A sine that starts at phase 0, computed in double precision and rounded once. */
export function sine(
  frames: Frames,
  rate: Hertz,
  frequency: Hertz,
  amplitude: number,
): Float32Array {
  const step = (2 * Math.PI * frequency) / rate;
  return Float32Array.from({ length: frames }, (_, frame) => amplitude * Math.sin(step * frame));
}

/** What is found of a tone among samples. */
export interface ToneFit {
  readonly amplitude: number;
  /** In radians: 0 for a sine that starts at frame 0 of the samples. */
  readonly phase: number;
  /** Root mean square of all that is not the tone: noise, aliases, images, an offset. */
  readonly residual: number;
}

/**
 * Fits a sine of known frequency to the samples by least squares, in double precision; `edge` frames at either end are
 * left out.
 */
export function fitTone(
  samples: Float32Array,
  rate: Hertz,
  frequency: Hertz,
  edge: Frames,
): ToneFit {
  const step = (2 * Math.PI * frequency) / rate;
  const end = samples.length - edge;
  let [ss, sc, cc, sx, cx] = [0, 0, 0, 0, 0];
  for (let frame = edge; frame < end; frame++) {
    const sin = Math.sin(step * frame);
    const cos = Math.cos(step * frame);
    const x = samples[frame] ?? 0;
    ss += sin * sin;
    sc += sin * cos;
    cc += cos * cos;
    sx += sin * x;
    cx += cos * x;
  }
  const determinant = ss * cc - sc * sc;
  const inSine = (sx * cc - cx * sc) / determinant;
  const inCosine = (cx * ss - sx * sc) / determinant;
  let energy = 0;
  for (let frame = edge; frame < end; frame++) {
    const tone = inSine * Math.sin(step * frame) + inCosine * Math.cos(step * frame);
    energy += ((samples[frame] ?? 0) - tone) ** 2;
  }
  return {
    amplitude: Math.hypot(inSine, inCosine),
    phase: Math.atan2(inCosine, inSine),
    residual: Math.sqrt(energy / (end - edge)),
  };
}

/** Root mean square of the samples without `edge` frames at either end. */
export function rms(samples: Float32Array, edge: Frames): number {
  const inner = samples.subarray(edge, samples.length - edge);
  return Math.sqrt(inner.reduce((sum, x) => sum + x * x, 0) / inner.length);
}

/** A ratio of amplitudes in decibels. */
export function decibels(ratio: number): number {
  return 20 * Math.log10(ratio);
}
