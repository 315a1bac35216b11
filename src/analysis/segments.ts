import type { Frames } from "../format.js";
import { type ComplexFft, complexFft } from "./fft.js";
import type { SegmentPlan } from "./segment-plan.js";
import type { PlanarBlock } from "./source.js";

/**
 * Cuts blocks into overlapping segments and computes the power of each bin. Two segments of a channel go through one
 * complex transform, one as its real and one as its imaginary part, and are told apart by their symmetry.
 */
export class Segments {
  readonly #plan: SegmentPlan;
  readonly #hop: Frames;
  readonly #fft: ComplexFft;
  /** For each channel the frames that are still needed, from `#start` up to `#end`. */
  #waiting: readonly Float32Array[];
  #start: Frames = 0;
  #end: Frames = 0;
  readonly #powers: readonly [Float64Array, Float64Array];

  constructor(plan: SegmentPlan, channels: number) {
    this.#plan = plan;
    this.#hop = plan.size - plan.overlap;
    this.#fft = complexFft(plan.fftSize);
    this.#waiting = Array.from({ length: channels }, () => new Float32Array(2 * plan.size));
    this.#powers = [new Float64Array(plan.bins), new Float64Array(plan.bins)];
  }

  /** How many whole segments can be transformed. */
  get available(): number {
    const spare = this.#end - this.#start - this.#plan.size;
    return spare < 0 ? 0 : Math.floor(spare / this.#hop) + 1;
  }

  /** Takes a copy of the frames of a block. */
  add(block: Pick<PlanarBlock, "channels" | "length">): void {
    const kept = this.#end - this.#start;
    this.#waiting = this.#waiting.map((waiting, channel) => {
      let room = waiting;
      if (room.length < kept + block.length) {
        room = new Float32Array(kept + block.length);
        room.set(waiting.subarray(this.#start, this.#end));
      } else {
        room.copyWithin(0, this.#start, this.#end);
      }
      room.set(block.channels[channel] ?? [], kept);
      return room;
    });
    this.#start = 0;
    this.#end = kept + block.length;
  }

  /**
   * Transforms the next one or two segments and goes on behind them. `take` gets each channel with the powers of the
   * first and, if there are two, of the second; their memory is good until it returns.
   */
  transform(
    count: 1 | 2,
    take: (channel: number, powers: readonly [Float64Array, Float64Array]) => void,
  ): void {
    const first = this.#start;
    // One alone goes through both halves.
    const second = count === 2 ? first + this.#hop : first;
    for (const [channel, samples] of this.#waiting.entries()) {
      this.#load(samples, first, second);
      this.#fft.transform();
      this.#separate();
      // The rounding errors of a segment must not stand in for the silence of the other.
      this.#powers.forEach((powers, index) => {
        if (isSilent(samples, index === 0 ? first : second, this.#plan.size)) {
          powers.fill(0);
        }
      });
      take(channel, this.#powers);
    }
    this.#start += count * this.#hop;
  }

  /** Puts two segments, detrended and windowed, into the real and the imaginary half of the transform's input. */
  #load(samples: Float32Array, first: Frames, second: Frames): void {
    const { size, window } = this.#plan;
    const { input } = this.#fft;
    const [levelA, slopeA] = this.#trendOf(samples, first);
    const [levelB, slopeB] = this.#trendOf(samples, second);
    for (let index = 0; index < size; index++) {
      const weight = window[index] ?? 0;
      const at = 2 * index;
      input[at] = ((samples[first + index] ?? 0) - levelA - slopeA * index) * weight;
      input[at + 1] = ((samples[second + index] ?? 0) - levelB - slopeB * index) * weight;
    }
  }

  /** The straight line that is taken away: where it begins, and its slope. */
  #trendOf(samples: Float32Array, from: Frames): readonly [level: number, slope: number] {
    const { size, detrend } = this.#plan;
    if (detrend === "none") {
      return [0, 0];
    }
    const mean = meanOf(samples, from, size);
    if (detrend === "constant") {
      return [mean, 0];
    }
    const slope = slopeOf(samples, from, size);
    return [mean - (slope * (size - 1)) / 2, slope];
  }

  /** Tells the two spectra apart and squares them. */
  #separate(): void {
    const { bins, fftSize, scale } = this.#plan;
    const { output } = this.#fft;
    const [first, second] = this.#powers;
    const quarter = scale / 4;
    for (let bin = 0; bin < bins; bin++) {
      const at = 2 * bin;
      const opposite = bin === 0 ? 0 : 2 * (fftSize - bin);
      const re = output[at] ?? 0;
      const im = output[at + 1] ?? 0;
      const oppositeRe = output[opposite] ?? 0;
      const oppositeIm = output[opposite + 1] ?? 0;
      first[bin] = quarter * ((re + oppositeRe) ** 2 + (im - oppositeIm) ** 2);
      second[bin] = quarter * ((im + oppositeIm) ** 2 + (re - oppositeRe) ** 2);
    }
    // These have no negative frequency that they stand for as well.
    const single = fftSize % 2 === 0 && bins > 1 ? [0, bins - 1] : [0];
    for (const bin of single) {
      first[bin] = (first[bin] ?? 0) / 2;
      second[bin] = (second[bin] ?? 0) / 2;
    }
  }
}

function isSilent(samples: Float32Array, from: Frames, size: Frames): boolean {
  for (let index = from; index < from + size; index++) {
    if (samples[index] !== 0) {
      return false;
    }
  }
  return true;
}

/** Four sums do not wait for each other. */
function meanOf(samples: Float32Array, from: Frames, size: Frames): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  const end = from + size;
  let index = from;
  for (; index + 3 < end; index += 4) {
    a += samples[index] ?? 0;
    b += samples[index + 1] ?? 0;
    c += samples[index + 2] ?? 0;
    d += samples[index + 3] ?? 0;
  }
  for (; index < end; index++) {
    a += samples[index] ?? 0;
  }
  return (a + b + c + d) / size;
}

/** The slope of the straight line that fits best, by least squares. */
function slopeOf(samples: Float32Array, from: Frames, size: Frames): number {
  const middle = (size - 1) / 2;
  let moment = 0;
  for (let index = 0; index < size; index++) {
    moment += (index - middle) * (samples[from + index] ?? 0);
  }
  return size === 1 ? 0 : moment / ((size * (size * size - 1)) / 12);
}
