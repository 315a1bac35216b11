import type { Frames, Hertz } from "../../src/format.js";
import { resampleChannels } from "../../src/resample/resample-channels.js";
import type { ResampleQuality } from "../../src/resample/stream-resampler.js";
import { decibels, fitTone, rms, sine } from "./tone.js";

/** A conversion that is measured. */
export interface Conversion {
  readonly from: Hertz;
  readonly to: Hertz;
  readonly quality: ResampleQuality;
}

/** -1 dBFS. */
const LEVEL = 10 ** (-1 / 20);
/** Frames at each end of the result that the start and the end of the tone reach. */
const EDGE: Frames = 1000;

/** How far everything else is below a sine of 997 Hz at -1 dBFS, in decibels. */
export async function signalToNoise(conversion: Conversion): Promise<number> {
  const samples = await converted(conversion, 997);
  const { amplitude, residual } = fitTone(samples, conversion.to, 997, EDGE);
  return decibels(amplitude / Math.SQRT2 / residual);
}

/** The gain of a tone in decibels; its frequency is given as a part of the lower Nyquist frequency. */
export async function gain(conversion: Conversion, part: number): Promise<number> {
  const frequency = part * lowerNyquist(conversion);
  const samples = await converted(conversion, frequency);
  return decibels(fitTone(samples, conversion.to, frequency, EDGE).amplitude / LEVEL);
}

/** The largest departure from 0 dB, of tones from 0.05 to 0.9 of the lower Nyquist frequency. */
export async function ripple(conversion: Conversion): Promise<number> {
  const gains: number[] = [];
  for (let part = 0.05; part < 0.925; part += 0.05) {
    gains.push(Math.abs(await gain(conversion, part)));
  }
  return Math.max(...gains);
}

/**
 * The loudest thing that should not be there, below the tone that makes it, in decibels: aliases of tones from 1.01 of the
 * new Nyquist frequency up where the rate goes down, images of tones up to 0.9 of the old one where it goes up.
 */
export async function rejection(conversion: Conversion): Promise<number> {
  const { from, to } = conversion;
  const found: number[] = [];
  if (from > to) {
    const [low, high] = [(1.01 * to) / 2, (0.99 * from) / 2];
    for (let step = 0; step <= 8; step++) {
      const samples = await converted(conversion, low + ((high - low) * step) / 8);
      found.push(decibels(rms(samples, EDGE) / (LEVEL / Math.SQRT2)));
    }
  } else {
    for (let part = 0.1; part < 0.95; part += 0.1) {
      const frequency = (part * from) / 2;
      const samples = await converted(conversion, frequency);
      const { amplitude, residual } = fitTone(samples, to, frequency, EDGE);
      found.push(decibels(residual / (amplitude / Math.SQRT2)));
    }
  }
  return -Math.max(...found);
}

function lowerNyquist({ from, to }: Conversion): Hertz {
  return Math.min(from, to) / 2;
}

/** Half a second of a tone at -1 dBFS, at the new rate. */
async function converted(
  { from, to, quality }: Conversion,
  frequency: Hertz,
): Promise<Float32Array> {
  const tone = sine(Math.ceil(from / 2), from, frequency, LEVEL);
  const [samples] = await resampleChannels([tone], from, to, quality);
  return samples ?? new Float32Array(0);
}
