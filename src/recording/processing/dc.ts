import type { Frames, Hertz } from "../../format.js";
import { checkNumber, checkOptions } from "../../options.js";

/** How an offset is removed: `true` for a cutoff of 5 Hz, or another cutoff, from 0.01 to 1000 Hz. */
export type RemoveDc = boolean | { readonly cutoff?: Hertz };

const DEFAULT_CUTOFF: Hertz = 5;
/** Below this a state is nothing: so that the filter does not run into numbers that processors are slow with. */
const NOTHING = 1e-30;

/** The cutoff that is meant; undefined for none. Throws TypeError or RangeError. */
export function checkRemoveDc(value: unknown, name = "removeDc"): Hertz | undefined {
  if (typeof value === "boolean") {
    return value ? DEFAULT_CUTOFF : undefined;
  }
  checkOptions(value ?? null, ["cutoff"], name);
  const { cutoff = DEFAULT_CUTOFF } = value as { cutoff?: unknown };
  return checkNumber(cutoff, `${name}.cutoff`, { min: 0.01, max: 1000 });
}

/**
 * Removes a constant offset: a high-pass of first order, 3 dB down at the cutoff, of gain 1 at half the sample rate.
 * It begins as if the first frame had been heard for ever, so that an offset makes no step at the start.
 *
 * Source: J. O. Smith, Introduction to Digital Filters with Audio Applications, "DC Blocker"; the pole is that of the
 * bilinear transform, which puts the cutoff where it is asked for.
 */
export class DcFilter {
  readonly #pole: number;
  readonly #gain: number;
  readonly #channels: number;
  /** The last sample in, and out, of each channel. */
  readonly #in: Float64Array;
  readonly #out: Float64Array;
  #hasStarted = false;

  /** Throws RangeError for a cutoff above a quarter of the sample rate. */
  constructor(cutoff: Hertz, sampleRate: Hertz, channels: number) {
    checkNumber(cutoff, "removeDc.cutoff", { max: sampleRate / 4 });
    const warped = Math.tan((Math.PI * cutoff) / sampleRate);
    this.#pole = (1 - warped) / (1 + warped);
    this.#gain = (1 + this.#pole) / 2;
    this.#channels = channels;
    this.#in = new Float64Array(channels);
    this.#out = new Float64Array(channels);
  }

  /** Filters interleaved frames where they are. */
  process(samples: Float32Array, frames: Frames): void {
    const channels = this.#channels;
    if (!this.#hasStarted && frames > 0) {
      this.#in.set(samples.subarray(0, channels));
      this.#hasStarted = true;
    }
    for (let channel = 0; channel < channels; channel++) {
      let before = this.#in[channel] ?? 0;
      let out = this.#out[channel] ?? 0;
      for (let at = channel; at < frames * channels; at += channels) {
        const sample = samples[at] ?? 0;
        out = this.#gain * (sample - before) + this.#pole * out;
        before = sample;
        samples[at] = out;
      }
      this.#in[channel] = before;
      this.#out[channel] = Math.abs(out) < NOTHING ? 0 : out;
    }
  }
}
