import type { Hertz } from "../format.js";
import { checkBoolean, checkOptions } from "../options.js";
import { checkWeights, weightsFor } from "./channel-weights.js";
import { withoutInvalid } from "./invalid-samples.js";
import type { Loudness, LoudnessOptions, LoudnessReading } from "./loudness-results.js";
import { channelsOf, checkMetered, type MeterBlock } from "./meter-block.js";
import { ProgrammeMeter } from "./programme-meter.js";

/** What a {@link LoudnessMeter} measures. */
export interface LoudnessMeterOptions extends Omit<LoudnessOptions, "sampleRate"> {
  /** Frames a second, 4000 or more. */
  readonly sampleRate: Hertz;
  /** From 1 to 1024. */
  readonly numberOfChannels: number;
}

const OPTIONS: readonly (keyof LoudnessMeterOptions)[] = [
  "weights",
  "truePeak",
  "sampleRate",
  "numberOfChannels",
];

/**
 * Measures loudness while sound comes in: blocks are added, and at any time it tells what a meter shows, and what
 * `loudness()` would give for all of them. It keeps 160 bytes for each second.
 *
 * ```ts
 * const { sampleRate, numberOfChannels } = stream;
 * const meter = new LoudnessMeter({ sampleRate, numberOfChannels });
 * for await (const block of stream) {
 *   meter.add(block);
 *   console.log(meter.read().momentary);
 * }
 * ```
 */
export class LoudnessMeter {
  readonly #meter: ProgrammeMeter;
  readonly #invalidSamples: Float64Array;

  /** @throws TypeError, RangeError for wrong options. */
  constructor(options: LoudnessMeterOptions) {
    checkOptions(options, OPTIONS, "new LoudnessMeter()");
    const { sampleRate, numberOfChannels, truePeak = true } = options;
    checkMetered(sampleRate, numberOfChannels);
    checkLoudnessOptions(options);
    const weights = weightsFor(options.weights, 0, numberOfChannels);
    this.#meter = new ProgrammeMeter({ sampleRate, weights, truePeak });
    this.#invalidSamples = new Float64Array(numberOfChannels);
  }

  /**
   * Adds a block, behind those before.
   *
   * @throws TypeError for what is no block, RangeError for one with another number of channels.
   */
  add(block: MeterBlock): void {
    const channels = channelsOf(block, this.#invalidSamples.length);
    this.#meter.add(withoutInvalid(channels, this.#invalidSamples));
  }

  /** What a meter shows now. The integrated loudness is computed from all blocks at each call: ask a few times a second. */
  read(): LoudnessReading {
    return this.#meter.reading();
  }

  /** What `loudness()` gives for all that was added. */
  loudness(): Loudness {
    return this.#meter.loudness(this.#invalidSamples.reduce((sum, count) => sum + count, 0));
  }
}

/** Throws TypeError or RangeError for wrong values that `loudness()` has too. */
export function checkLoudnessOptions(options: Omit<LoudnessOptions, "sampleRate">): void {
  const { weights, truePeak = true } = options;
  checkWeights(weights);
  checkBoolean(truePeak, "truePeak");
}
