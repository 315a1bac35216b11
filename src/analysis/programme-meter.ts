import type { Frames, Hertz } from "../format.js";
import { checkNumber } from "../options.js";
import { amplitudeLevel } from "./decibels.js";
import { integrated, loudnessOf, loudnessRange } from "./gating.js";
import { KWeighting } from "./k-weighting.js";
import type { Loudness, LoudnessReading, LoudnessSeries } from "./loudness-results.js";
import { TruePeak } from "./true-peak.js";

/** Energy is summed in steps of 10 ms, and windows are whole numbers of them, so that no peak is missed between. */
const STEPS_PER_SECOND = 100;
const MOMENTARY_STEPS = 40;
const SHORT_TERM_STEPS = 300;
/** From one value of a series to the next: as the gating blocks of 400 ms overlap by 75 %. */
const SERIES_STEPS = 10;
/** Below this the filters cannot be made. */
export const LEAST_RATE: Hertz = 4000;

/** What is measured. */
export interface ProgrammeSource {
  readonly sampleRate: Hertz;
  readonly weights: readonly number[];
  readonly truePeak: boolean;
}

/** Measures the loudness of one array of samples for each channel. */
export class ProgrammeMeter {
  readonly #source: ProgrammeSource;
  readonly #filters: readonly KWeighting[];
  readonly #truePeaks: readonly TruePeak[];
  readonly #momentary = new SlidingPower(MOMENTARY_STEPS);
  readonly #shortTerm = new SlidingPower(SHORT_TERM_STEPS);
  #length: Frames = 0;
  #steps = 0;
  #stepFrames: Frames = 0;
  #energy = 0;

  /** @throws RangeError for a sample rate that is too low. */
  constructor(source: ProgrammeSource) {
    checkNumber(source.sampleRate, "sampleRate", { min: LEAST_RATE });
    this.#source = source;
    this.#filters = source.weights.map(() => new KWeighting(source.sampleRate));
    this.#truePeaks = source.truePeak ? source.weights.map(() => new TruePeak()) : [];
  }

  /** Adds finite samples that follow those before. */
  add(channels: readonly Float32Array[]): void {
    for (const [channel, samples] of channels.entries()) {
      this.#truePeaks[channel]?.add(samples);
    }
    const length = channels[0]?.length ?? 0;
    let from = 0;
    while (from < length) {
      const stepEnd = Math.round(((this.#steps + 1) * this.#source.sampleRate) / STEPS_PER_SECOND);
      const to = Math.min(length, from + stepEnd - this.#length);
      for (const [channel, weight] of this.#source.weights.entries()) {
        const samples = channels[channel];
        if (weight > 0 && samples !== undefined) {
          this.#energy += weight * (this.#filters[channel]?.squares(samples, from, to) ?? 0);
        }
      }
      this.#stepFrames += to - from;
      this.#length += to - from;
      if (this.#length === stepEnd) {
        this.#endStep();
      }
      from = to;
    }
  }

  /** What a meter shows at this moment. */
  reading(): LoudnessReading {
    return {
      momentary: loudnessOf(this.#momentary.latest),
      shortTerm: loudnessOf(this.#shortTerm.latest),
      integrated: integrated(this.#momentary.series).loudness,
      truePeak: this.#truePeak(),
    };
  }

  /** All that was measured. */
  loudness(invalidSamples: number): Loudness {
    const { sampleRate, weights } = this.#source;
    const programme = integrated(this.#momentary.series);
    const range = loudnessRange(this.#shortTerm.series);
    return {
      sampleRate,
      numberOfChannels: weights.length,
      length: this.#length,
      duration: this.#length / sampleRate,
      weights,
      integrated: programme.loudness,
      threshold: programme.threshold,
      range: range === null ? null : range.high - range.low,
      rangeLow: range?.low ?? null,
      rangeHigh: range?.high ?? null,
      momentary: this.#momentary.result(),
      shortTerm: this.#shortTerm.result(),
      truePeak: this.#truePeak(),
      invalidSamples,
    };
  }

  #truePeak(): number | null {
    return amplitudeLevel(Math.max(0, ...this.#truePeaks.map(({ largest }) => largest)));
  }

  #endStep(): void {
    const power = this.#energy / this.#stepFrames;
    this.#momentary.add(power);
    this.#shortTerm.add(power);
    this.#energy = 0;
    this.#stepFrames = 0;
    this.#steps++;
  }
}

/** Mean power of the last so many steps. */
class SlidingPower {
  /** That of each window that begins at a multiple of 100 ms. */
  readonly series: number[] = [];
  /** That of the last window; 0 before the first is whole. */
  latest = 0;
  #maximum = 0;
  readonly #last: Float64Array;
  #steps = 0;

  constructor(steps: number) {
    this.#last = new Float64Array(steps);
  }

  add(power: number): void {
    const steps = this.#last.length;
    this.#last[this.#steps % steps] = power;
    this.#steps++;
    if (this.#steps < steps) {
      return;
    }
    let sum = 0;
    for (let step = 0; step < steps; step++) {
      sum += this.#last[step] ?? 0;
    }
    this.latest = sum / steps;
    this.#maximum = Math.max(this.#maximum, this.latest);
    if ((this.#steps - steps) % SERIES_STEPS === 0) {
      this.series.push(this.latest);
    }
  }

  result(): LoudnessSeries {
    return {
      window: this.#last.length / STEPS_PER_SECOND,
      interval: SERIES_STEPS / STEPS_PER_SECOND,
      values: this.series.map((power) => loudnessOf(power)),
      maximum: loudnessOf(this.#maximum),
    };
  }
}
