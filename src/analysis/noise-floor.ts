import type { Dbfs } from "../format.js";
import { powerLevel } from "./decibels.js";

/** Steps of a decibel in which levels are sorted. */
const STEPS = 10;
/** Levels from -300 dB (below the rounding of float64) to +100 dB; what is outside counts as the nearest. */
const LOWEST: Dbfs = -300;
const HIGHEST: Dbfs = 100;
const BINS = (HIGHEST - LOWEST) * STEPS + 1;
/** The part of all windows that is at or below the noise floor. */
const QUIET_PART = 0.1;

/**
 * Sorts the power of short windows into steps of 0.1 dB, so that memory does not grow with the time, and tells the
 * level that nine of ten are above. Windows of digital silence are left out: they say nothing about the noise.
 */
export class NoiseFloor {
  readonly #counts = new Float64Array(BINS);
  readonly #powers = new Float64Array(BINS);
  #windows = 0;
  #loudest = 0;

  /** Adds the mean square of one window, without its offset. */
  add(power: number): void {
    const level = powerLevel(power);
    if (level === null) {
      return;
    }
    const bin = Math.round((Math.min(HIGHEST, Math.max(LOWEST, level)) - LOWEST) * STEPS);
    this.#counts[bin] = (this.#counts[bin] ?? 0) + 1;
    this.#powers[bin] = (this.#powers[bin] ?? 0) + power;
    this.#windows++;
    this.#loudest = Math.max(this.#loudest, power);
  }

  /** Mean square of the noise floor, and of the loudest window; both 0 when there was no window with sound. */
  powers(): { readonly floor: number; readonly loudest: number } {
    const rank = Math.floor((this.#windows - 1) * QUIET_PART);
    let below = 0;
    for (let bin = 0; bin < BINS; bin++) {
      const count = this.#counts[bin] ?? 0;
      below += count;
      if (below > rank && count > 0) {
        return { floor: (this.#powers[bin] ?? 0) / count, loudest: this.#loudest };
      }
    }
    return { floor: 0, loudest: 0 };
  }
}
