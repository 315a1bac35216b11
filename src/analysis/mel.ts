import type { Hertz } from "../format.js";
import { checkNumber, checkOptions, checkWord } from "../options.js";

/** Bands on the mel scale instead of the bins of the transform. */
export interface MelOptions {
  /** How many bands, from 1 to 4096. Default: 128. */
  readonly bands?: number;
  /** `"slaney"`: linear below 1 kHz, logarithmic above. `"htk"`: 2595 log10(1 + f / 700). Default: `"slaney"`. */
  readonly scale?: "slaney" | "htk";
  /** Lower end of the lowest band. Default: 0. */
  readonly lowest?: Hertz;
  /** Upper end of the highest band, up to half of the sample rate, which is the default. */
  readonly highest?: Hertz;
  /** `"slaney"`: bands of equal area. `"none"`: triangles of height 1. Default: `"slaney"`. */
  readonly norm?: "slaney" | "none";
}

/** One band: the weights of some bins in a row. */
interface Band {
  readonly firstBin: number;
  readonly weights: Float64Array;
}

const BANDS = 128;
const MOST_BANDS = 4096;

/** Throws TypeError or RangeError for options that are wrong whatever the source. */
export function checkMelOptions(options: MelOptions): void {
  checkOptions(options, ["bands", "scale", "lowest", "highest", "norm"], "spectrogram(), mel");
  const { bands = BANDS, scale = "slaney", lowest = 0, highest, norm = "slaney" } = options;
  checkNumber(bands, "mel.bands", { min: 1, max: MOST_BANDS, integer: true });
  checkWord(scale, "mel.scale", ["slaney", "htk"]);
  checkWord(norm, "mel.norm", ["slaney", "none"]);
  checkNumber(lowest, "mel.lowest", { min: 0 });
  if (highest !== undefined) {
    checkNumber(highest, "mel.highest", { min: lowest, above: true });
  }
}

/**
 * Adds up the powers of bins in triangular bands, each from the centre of the one below to that of the one above, as
 * librosa's `filters.mel` does it. The centres are evenly spaced on the mel scale.
 */
export class MelBands {
  /** The centre of each band. */
  readonly centres: Float64Array<ArrayBuffer>;
  readonly #bands: readonly Band[];

  /** @throws RangeError when the ends do not fit the sample rate. */
  constructor(options: MelOptions, frequencies: Float64Array, sampleRate: Hertz) {
    const { bands = BANDS, scale = "slaney", lowest = 0, norm = "slaney" } = options;
    const { highest = sampleRate / 2 } = options;
    checkNumber(highest, "mel.highest", { min: 0, max: sampleRate / 2 });
    if (lowest >= highest) {
      throw new RangeError(
        `Expected \`mel.lowest\` to be below \`mel.highest\`, ${highest}, got ${lowest}`,
      );
    }
    const mel = scale === "htk" ? HTK : SLANEY;
    const [from, to] = [mel.toMel(lowest), mel.toMel(highest)];
    const edges = Float64Array.from({ length: bands + 2 }, (_, index) =>
      mel.toHertz(from + ((to - from) * index) / (bands + 1)),
    );
    this.centres = edges.slice(1, -1);
    this.#bands = Array.from({ length: bands }, (_, index) => {
      const [low = 0, centre = 0, high = 0] = edges.subarray(index, index + 3);
      const height = norm === "slaney" ? 2 / (high - low) : 1;
      return bandOf(frequencies, low, centre, high, height);
    });
  }

  /** Writes the power of each band to `target`. */
  sum(powers: Float64Array, target: Float64Array): void {
    for (const [index, { firstBin, weights }] of this.#bands.entries()) {
      let sum = 0;
      for (let offset = 0; offset < weights.length; offset++) {
        sum += (weights[offset] ?? 0) * (powers[firstBin + offset] ?? 0);
      }
      target[index] = sum;
    }
  }
}

function bandOf(
  frequencies: Float64Array,
  low: Hertz,
  centre: Hertz,
  high: Hertz,
  height: number,
): Band {
  const weights = frequencies.map((frequency) => {
    const rising = (frequency - low) / (centre - low);
    const falling = (high - frequency) / (high - centre);
    return Math.max(0, Math.min(rising, falling)) * height;
  });
  const firstBin = weights.findIndex((weight) => weight > 0);
  const lastBin = weights.findLastIndex((weight) => weight > 0);
  return firstBin < 0
    ? { firstBin: 0, weights: new Float64Array() }
    : { firstBin, weights: weights.slice(firstBin, lastBin + 1) };
}

interface MelScale {
  readonly toMel: (hertz: Hertz) => number;
  readonly toHertz: (mel: number) => Hertz;
}

/** Young, S. et al., The HTK Book. */
const HTK: MelScale = {
  toMel: (hertz) => 2595 * Math.log10(1 + hertz / 700),
  toHertz: (mel) => 700 * (10 ** (mel / 2595) - 1),
};

/** Slaney, M., Auditory Toolbox (1998): 15 steps up to 1 kHz, then 27 for each factor of 6.4. */
const SLANEY_STEP: Hertz = 200 / 3;
const SLANEY_KNEE: Hertz = 1000;
const SLANEY_KNEE_MEL = SLANEY_KNEE / SLANEY_STEP;
const SLANEY_GROWTH = Math.log(6.4) / 27;
const SLANEY: MelScale = {
  toMel: (hertz) =>
    hertz < SLANEY_KNEE
      ? hertz / SLANEY_STEP
      : SLANEY_KNEE_MEL + Math.log(hertz / SLANEY_KNEE) / SLANEY_GROWTH,
  toHertz: (mel) =>
    mel < SLANEY_KNEE_MEL
      ? mel * SLANEY_STEP
      : SLANEY_KNEE * Math.exp((mel - SLANEY_KNEE_MEL) * SLANEY_GROWTH),
};
