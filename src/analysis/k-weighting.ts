import type { Frames, Hertz } from "../format.js";

/** One second-order section: y[n] = b0 x[n] + b1 x[n-1] + b2 x[n-2] - a1 y[n-1] - a2 y[n-2]. */
export interface Biquad {
  readonly b0: number;
  readonly b1: number;
  readonly b2: number;
  readonly a1: number;
  readonly a2: number;
}

/**
 * The two filters of ITU-R BS.1770, annex 1, for any sample rate. The recommendation has their coefficients for 48 kHz
 * alone; these are the analogue filters from which the bilinear transform makes exactly those: a shelf of 4 dB for the
 * head, and a high-pass.
 */
const SHELF = { frequency: 1681.974450955533, gain: 3.999843853973347, q: 0.7071752369554196 };
/** The power of the gain that is reached at the shelf's frequency. */
const SHELF_MIDDLE = 0.4996667741545416;
const HIGH_PASS = { frequency: 38.13547087602444, q: 0.5003270373238773 };

const REFERENCE_RATE: Hertz = 48_000;

/** What is left in a filter after silence is taken for nothing before it slows down the processor. */
const NOTHING = 1e-30;

/** The coefficients of both sections. */
export function kWeighting(sampleRate: Hertz): readonly [Biquad, Biquad] {
  return [shelf(sampleRate), highPass(sampleRate)];
}

function shelf(sampleRate: Hertz): Biquad {
  const k = Math.tan((Math.PI * SHELF.frequency) / sampleRate);
  const high = 10 ** (SHELF.gain / 20);
  const middle = high ** SHELF_MIDDLE;
  const a0 = 1 + k / SHELF.q + k * k;
  return {
    b0: (high + (middle * k) / SHELF.q + k * k) / a0,
    b1: (2 * (k * k - high)) / a0,
    b2: (high - (middle * k) / SHELF.q + k * k) / a0,
    a1: (2 * (k * k - 1)) / a0,
    a2: (1 - k / SHELF.q + k * k) / a0,
  };
}

/**
 * The recommendation's filter for 48 kHz has a numerator of 1, -2, 1, and so a gain a little above 1. To have the same
 * response at other rates, it keeps that gain.
 */
function highPass(sampleRate: Hertz): Biquad {
  const k = Math.tan((Math.PI * HIGH_PASS.frequency) / sampleRate);
  const a0 = highPassDivisor(sampleRate);
  const b0 = highPassDivisor(REFERENCE_RATE) / a0;
  return {
    b0,
    b1: -2 * b0,
    b2: b0,
    a1: (2 * (k * k - 1)) / a0,
    a2: (1 - k / HIGH_PASS.q + k * k) / a0,
  };
}

function highPassDivisor(sampleRate: Hertz): number {
  const k = Math.tan((Math.PI * HIGH_PASS.frequency) / sampleRate);
  return 1 + k / HIGH_PASS.q + k * k;
}

/** Weights the samples of one channel and sums their squares. */
export class KWeighting {
  readonly #shelf: Biquad;
  readonly #highPass: Biquad;
  /** What each section carries on to the next sample (transposed direct form II). */
  #one = 0;
  #two = 0;
  #three = 0;
  #four = 0;

  constructor(sampleRate: Hertz) {
    [this.#shelf, this.#highPass] = kWeighting(sampleRate);
  }

  /** The sum of the squares of the weighted samples from `from` up to, not including, `to`, which follow those before. */
  squares(samples: Float32Array, from: Frames, to: Frames): number {
    const { b0, b1, b2, a1, a2 } = this.#shelf;
    const { b0: d0, b1: d1, b2: d2, a1: c1, a2: c2 } = this.#highPass;
    let one = this.#one;
    let two = this.#two;
    let three = this.#three;
    let four = this.#four;
    let sum = 0;
    for (let index = from; index < to; index++) {
      const sample = samples[index] ?? 0;
      const middle = b0 * sample + one;
      one = b1 * sample - a1 * middle + two;
      two = b2 * sample - a2 * middle;
      const weighted = d0 * middle + three;
      three = d1 * middle - c1 * weighted + four;
      four = d2 * middle - c2 * weighted;
      sum += weighted * weighted;
    }
    this.#one = keep(one);
    this.#two = keep(two);
    this.#three = keep(three);
    this.#four = keep(four);
    return sum;
  }
}

function keep(state: number): number {
  return Math.abs(state) < NOTHING ? 0 : state;
}
