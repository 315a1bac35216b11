import type { Frames, Hertz } from "../format.js";
import type { MainsHum } from "./level-results.js";
import { planSegments } from "./segment-plan.js";
import { Segments } from "./segments.js";
import { makeWindow } from "./window.js";

/**
 * Two steps bring the signal to about 2 kHz: means of some samples, weighted as a triangle over two boxes so that little
 * is left of tones that would fold down; then a low-pass filter.
 */
const FIRST_RATE: Hertz = 8000;
const DECIMATION = 4;
const FILTER_TAPS = 33;
/** Results of the filter that are computed at once. */
const BATCH = 64;
/** Below this rate there is no room for harmonics. */
const LEAST_RATE: Hertz = 800;
/** Values in a segment that is analysed, half of which the next one has too: about a second. */
const SIZE = 2048;
/** With fewer segments, which are two and a half seconds, music could not be told from hum. */
const LEAST_SEGMENTS = 4;

const MAINS: readonly Hertz[] = [50, 60];
const HARMONICS: readonly number[] = [1, 2, 3, 4, 5];
/** How far the mains may be off. */
const TOLERANCE: Hertz = 0.6;
/** What is compared with a tone: frequencies that far from it, on both sides. */
const NEAREST: Hertz = 4.5;
const FARTHEST: Hertz = 14;
/** A tone is the strongest within that distance, or it is the side of another. */
const ALONE: Hertz = 8;
/** Bins over which a window of Hann spreads a tone, to either side. */
const SPREAD = 2;
/** A tone stands out of its surroundings by that factor of power: 15 dB. */
const OUTSTANDING = 10 ** 1.5;
/** The least mean square that is told: -80 dBFS. */
const LEAST_POWER = 10 ** -8;
/** Added to each power, so that 0 has a logarithm; below every sound. */
const NOTHING = 1e-30;

/**
 * Looks for steady tones of 50 or 60 Hz and their harmonics in one channel. The logarithms of the spectra are averaged,
 * so that what sounds now and then (a voice, music) counts little, and what sounds all the time stands out.
 */
export class HumDetector {
  readonly #boxFrames: Frames;
  readonly #rate: Hertz;
  readonly #decimation: number;
  readonly #filter: Float64Array;
  /** Values that wait for the filter, behind those that it still needs of the ones before. */
  readonly #line: Float64Array;
  readonly #segments: Segments;
  /** For each bin that matters, the sum of the logarithms of its power in all segments. */
  readonly #logarithms: Float64Array;
  /** Of the samples in the box under way: their sum, and that with weights from `#boxFrames` down to 1. */
  #sum = 0;
  #falling = 0;
  /** Of the box before: the sum with weights from 1 up. */
  #rising = 0;
  #boxLeft: Frames;
  #lineAt: number;
  #count = 0;

  constructor(sampleRate: Hertz) {
    this.#boxFrames = Math.max(1, Math.round(sampleRate / FIRST_RATE));
    this.#boxLeft = this.#boxFrames;
    const firstRate = sampleRate / this.#boxFrames;
    this.#decimation = firstRate >= FIRST_RATE / 2 ? DECIMATION : 1;
    this.#rate = firstRate / this.#decimation;
    this.#filter = lowPass(this.#decimation === 1 ? 1 : FILTER_TAPS, this.#decimation);
    this.#lineAt = this.#filter.length - 1;
    this.#line = new Float64Array(this.#lineAt + BATCH * this.#decimation);
    const options = { size: SIZE, overlap: SIZE / 2 };
    const source = { sampleRate: this.#rate, length: Infinity };
    this.#segments = new Segments(planSegments(options, source, 0), 1);
    const highest = Math.max(...MAINS) * Math.max(...HARMONICS) + FARTHEST;
    const bins = Math.ceil((highest / this.#rate) * SIZE) + 1;
    this.#logarithms = new Float64Array(Math.min(bins, SIZE / 2));
  }

  /** Adds samples that follow those before. */
  add(samples: Float32Array): void {
    if (this.#rate < LEAST_RATE) {
      return;
    }
    const boxFrames = this.#boxFrames;
    const line = this.#line;
    let at = this.#lineAt;
    let left = this.#boxLeft;
    let sum = this.#sum;
    let falling = this.#falling;
    for (let index = 0; index < samples.length; index++) {
      sum += samples[index] ?? 0;
      falling += sum;
      left--;
      if (left === 0) {
        line[at++] = (this.#rising + falling - sum) / (boxFrames * boxFrames);
        this.#rising = (boxFrames + 1) * sum - falling;
        sum = 0;
        falling = 0;
        left = boxFrames;
        if (at === line.length) {
          at = this.#filterLine();
        }
      }
    }
    this.#lineAt = at;
    this.#boxLeft = left;
    this.#sum = sum;
    this.#falling = falling;
  }

  /** The hum that was found; null for none. */
  result(): MainsHum | null {
    if (this.#count < LEAST_SEGMENTS) {
      return null;
    }
    const powers = this.#logarithms.map((sum) => Math.exp(sum / this.#count));
    let found: MainsHum | null = null;
    for (const frequency of MAINS) {
      const power = this.#humPower(powers, frequency);
      const level = 10 * Math.log10(power);
      if (power >= LEAST_POWER && (found === null || level > found.level)) {
        found = { frequency, level };
      }
    }
    return found;
  }

  /** Filters a full line, and returns how many of its values are kept for the next. */
  #filterLine(): number {
    const line = this.#line;
    const filter = this.#filter;
    const kept = filter.length - 1;
    const block = new Float32Array((line.length - kept) / this.#decimation);
    for (let index = 0; index < block.length; index++) {
      const newest = kept + index * this.#decimation;
      // The filter is symmetric, and two sums do not wait for each other.
      const middle = kept / 2;
      let even = (filter[middle] ?? 0) * (line[newest - middle] ?? 0);
      let odd = 0;
      for (let tap = 0; tap < middle; tap += 2) {
        const after = newest - tap;
        const before = newest - kept + tap;
        even += (filter[tap] ?? 0) * ((line[after] ?? 0) + (line[before] ?? 0));
        odd += (filter[tap + 1] ?? 0) * ((line[after - 1] ?? 0) + (line[before + 1] ?? 0));
      }
      block[index] = even + odd;
    }
    this.#segments.add({ channels: [block], length: block.length });
    while (this.#segments.available >= 2) {
      this.#segments.transform(2, (_, [first, second]) => {
        this.#addPowers(first);
        this.#addPowers(second);
      });
    }
    line.copyWithin(0, line.length - kept);
    return kept;
  }

  /** Silence is left out: its logarithm would outweigh all sound. */
  #addPowers(powers: Float64Array): void {
    const logarithms = this.#logarithms;
    if (powers.every((power) => power === 0)) {
      return;
    }
    for (let bin = 0; bin < logarithms.length; bin++) {
      logarithms[bin] = (logarithms[bin] ?? 0) + Math.log((powers[bin] ?? 0) + NOTHING);
    }
    this.#count++;
  }

  /** Mean square of the tones of that mains; 0 when they do not stand out. */
  #humPower(powers: Float64Array, mains: Hertz): number {
    const tones = HARMONICS.map((harmonic) => this.#tonePower(powers, mains * harmonic));
    const [first = 0, ...others] = tones;
    const heard = others.filter((power) => power > 0).length;
    return first > 0 || heard >= 2 ? tones.reduce((sum, power) => sum + power, 0) : 0;
  }

  /** Mean square of a tone; 0 when it does not stand out. */
  #tonePower(powers: Float64Array, frequency: Hertz): number {
    const binWidth = this.#rate / SIZE;
    const bin = (hertz: Hertz): number => hertz / binWidth;
    const between = (low: Hertz, high: Hertz): Float64Array =>
      powers.subarray(Math.round(bin(frequency + low)), Math.round(bin(frequency + high)) + 1);
    const beside = [...between(-FARTHEST, -NEAREST), ...between(NEAREST, FARTHEST)].sort(
      (one, other) => one - other,
    );
    const noise = beside[Math.floor(beside.length / 2)] ?? 0;
    const near = between(-ALONE, ALONE);
    const peak = near.reduce((best, power, at) => (power > (near[best] ?? 0) ? at : best), 0);
    const peakFrequency =
      (Math.round(bin(frequency - ALONE)) + peak + topBeside(near, peak)) * binWidth;
    if (
      (near[peak] ?? 0) < OUTSTANDING * noise ||
      Math.abs(peakFrequency - frequency) > TOLERANCE
    ) {
      return 0;
    }
    const spread = powers.subarray(
      Math.round(bin(frequency - TOLERANCE)) - SPREAD,
      Math.round(bin(frequency + TOLERANCE)) + SPREAD + 1,
    );
    const energy = spread.reduce((sum, power) => sum + Math.max(0, power - noise), 0);
    return energy * binWidth;
  }
}

/** How far the top is from the strongest bin, in bins: that of a parabola through three logarithms. */
function topBeside(powers: Float64Array, peak: number): number {
  const level = (at: number): number => Math.log((powers[at] ?? 0) + NOTHING);
  const [before, here, after] = [level(peak - 1), level(peak), level(peak + 1)];
  const curve = before - 2 * here + after;
  return curve < 0 ? (before - after) / (2 * curve) : 0;
}

/** A windowed sinc that passes the lower part of the band, one `decimation`-th of it; its sum is 1. */
function lowPass(taps: number, decimation: number): Float64Array {
  const middle = (taps - 1) / 2;
  const window = makeWindow("blackman", taps + 1);
  const filter = Float64Array.from({ length: taps }, (_, tap) => {
    const x = (Math.PI * (tap - middle)) / decimation;
    return (x === 0 ? 1 : Math.sin(x) / x) * (window[tap + 1] ?? 0);
  });
  const sum = filter.reduce((total, value) => total + value, 0);
  return filter.map((value) => value / sum);
}
