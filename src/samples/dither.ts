import { checkNumber } from "../options.js";

/** A source of dither. It goes on from call to call, so how sound is cut into blocks does not change the result. */
export interface Dither {
  /**
   * Adds noise to the first `count` values, which are in steps of the format that they will be rounded to, and keeps
   * them from `least` to `most`.
   */
  addTo(values: Float64Array, count: number, least: number, most: number): void;
}

/**
 * TPDF dither: noise of triangular distribution over two steps of the target format, from -1 to 1, anew for each sample.
 * With it the rounding error has mean 0 and a constant power, whatever the signal is; without it quiet tones distort.
 *
 * @param seed An integer from 0 to 2^32 - 1, default 1: the same seed gives the same noise.
 * @throws TypeError, RangeError for another seed.
 */
export function createDither(seed = 1): Dither {
  checkNumber(seed, "seed", { min: 0, max: 2 ** 32 - 1, integer: true });
  let state = seed | 0;
  return {
    addTo(values, count, least, most) {
      let word = state;
      for (let index = 0; index < count; index++) {
        // "mulberry32" by Tommy Ettinger: a counter, mixed. It comes round after 2^32 samples.
        word = (word + 0x6d2b79f5) | 0;
        let mixed = Math.imul(word ^ (word >>> 15), word | 1);
        mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
        mixed ^= mixed >>> 14;
        // The sum of two uniform numbers is triangular; 65,535 is the mean of this one.
        const noise = ((mixed >>> 16) + (mixed & 0xffff) - 65_535) / 65_536;
        values[index] = Math.max(least, Math.min(most, (values[index] ?? 0) + noise));
      }
      state = word;
    },
  };
}
