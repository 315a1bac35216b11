import type { Frames, Hertz, Seconds } from "../format.js";
import { amplitudeLevel, powerLevel } from "./decibels.js";
import { Jumps, standsAlone } from "./jumps.js";
import type { ChannelLevels, RmsReference, Run } from "./level-results.js";
import { HumDetector } from "./mains-hum.js";
import { NoiseFloor } from "./noise-floor.js";
import { RunList } from "./runs.js";
import { TruePeak } from "./true-peak.js";
import { ZeroRuns } from "./zero-runs.js";

/** The windows in which jumps and silence are looked for, and how many make one of the noise floor's. */
const WINDOW: Seconds = 0.0025;
const LEAST_WINDOW: Frames = 16;
const WINDOWS_OF_NOISE = 20;
/** A run of zeros that counts: two windows are never missed. */
const ZERO_WINDOWS = 2;

/** Mean square of a full-scale sine. */
const SINE_POWER = 0.5;

/** How a channel is measured. */
export interface ChannelMeterOptions {
  readonly sampleRate: Hertz;
  /** The amplitude from which on a sample is at full scale. */
  readonly fullScale: number;
  readonly clipFrames: Frames;
  readonly truePeak: boolean;
  readonly reference: RmsReference;
}

/** What a stretch of samples has. */
interface Sums {
  frames: Frames;
  sum: number;
  squares: number;
}

/** What was added since the last look. */
export interface RecentLevel {
  readonly peak: number;
  /** Root of the mean square. */
  readonly rms: number;
  /** Whether a sample was at full scale. */
  readonly atFullScale: boolean;
}

/** Measures one channel. Every number is good at any time, for all that was added so far. */
export class ChannelMeter {
  readonly #options: ChannelMeterOptions;
  readonly #windowFrames: Frames;
  readonly #truePeak: TruePeak | undefined;
  readonly #clipped = new RunList();
  readonly #zeroRuns: ZeroRuns;
  readonly #jumps = new Jumps();
  readonly #noiseFloor = new NoiseFloor();
  readonly #hum: HumDetector;
  readonly #all: Sums = { frames: 0, sum: 0, squares: 0 };
  #peak = 0;
  #peakPosition: Frames = 0;
  /** Samples at full scale in a row, up to here. */
  #clipRun: Frames = 0;
  /** The last two samples. */
  #before = 0;
  #beforeThat = 0;
  #bendBefore = 0;
  /** The window under way, and the second differences in it. */
  readonly #window: Sums = { frames: 0, sum: 0, squares: 0 };
  #bendSquares = 0;
  #largestBend = 0;
  #bendPosition: Frames = 0;
  #largestTurn = 0;
  /** The windows that make one of the noise floor's. */
  readonly #noise: Sums = { frames: 0, sum: 0, squares: 0 };
  readonly #recent = { frames: 0, squares: 0, peak: 0 };

  constructor(options: ChannelMeterOptions) {
    const { sampleRate } = options;
    this.#options = options;
    this.#windowFrames = Math.max(LEAST_WINDOW, Math.round(sampleRate * WINDOW));
    this.#truePeak = options.truePeak ? new TruePeak() : undefined;
    this.#zeroRuns = new ZeroRuns(ZERO_WINDOWS * this.#windowFrames, sampleRate, options.fullScale);
    this.#hum = new HumDetector(sampleRate);
  }

  /** Adds samples that follow those before; all are finite. */
  add(samples: Float32Array): void {
    this.#truePeak?.add(samples);
    this.#hum.add(samples);
    let from = 0;
    while (from < samples.length) {
      const left = this.#windowFrames - this.#window.frames;
      const to = Math.min(samples.length, from + left);
      this.#addPiece(samples, from, to);
      from = to;
    }
    this.#zeroRuns.endBlock(samples);
  }

  /** What was added since the last call. */
  takeRecent(): RecentLevel {
    const { frames, squares, peak } = this.#recent;
    Object.assign(this.#recent, { frames: 0, squares: 0, peak: 0 });
    return {
      peak,
      rms: frames === 0 ? 0 : Math.sqrt(squares / frames),
      atFullScale: peak >= this.#options.fullScale,
    };
  }

  /** All that was measured; the count of invalid samples is the caller's. */
  levels(invalidSamples: number): ChannelLevels {
    const { frames, sum, squares } = this.#all;
    const { clipFrames, reference } = this.#options;
    const unit = reference === "sine" ? SINE_POWER : 1;
    const power = frames === 0 ? 0 : squares / frames;
    const { floor, loudest } = this.#noiseFloor.powers();
    const openClip: Run = { position: frames - this.#clipRun, frames: this.#clipRun };
    return {
      peak: amplitudeLevel(this.#peak),
      peakPosition: this.#peak > 0 ? this.#peakPosition : null,
      rms: powerLevel(power / unit),
      truePeak: amplitudeLevel(this.#truePeak?.largest ?? 0),
      crestFactor: power > 0 ? amplitudeLevel(this.#peak / Math.sqrt(power)) : null,
      dcOffset: frames === 0 ? 0 : sum / frames,
      clipped: this.#clipped.runs(this.#clipRun >= clipFrames ? openClip : undefined),
      noiseFloor: powerLevel(floor / unit),
      dynamicRange: floor > 0 ? powerLevel(loudest / floor) : null,
      zeroRuns: this.#zeroRuns.zeroRuns(),
      dropouts: this.#zeroRuns.dropouts(),
      jumps: this.#jumps.runs(),
      mainsHum: this.#hum.result(),
      invalidSamples,
    };
  }

  /** Samples that all fall into the window under way. */
  #addPiece(samples: Float32Array, from: Frames, to: Frames): void {
    let sum = 0;
    let squares = 0;
    let peak = 0;
    let bendSquares = 0;
    let largestBend = 0;
    let largestTurn = this.#largestTurn;
    let bendBefore = this.#bendBefore;
    let before = this.#before;
    let beforeThat = this.#beforeThat;
    for (let index = from; index < to; index++) {
      const sample = samples[index] ?? 0;
      sum += sample;
      squares += sample * sample;
      peak = Math.max(peak, Math.abs(sample));
      const bend = sample - 2 * before + beforeThat;
      bendSquares += bend * bend;
      largestBend = Math.max(largestBend, Math.abs(bend));
      largestTurn = Math.max(largestTurn, -bend * bendBefore);
      bendBefore = bend;
      beforeThat = before;
      before = sample;
    }
    this.#bendSquares += bendSquares;
    this.#largestTurn = largestTurn;
    this.#bendBefore = bendBefore;
    if (largestBend > this.#largestBend) {
      this.#largestBend = largestBend;
      // Most windows have no jump: the place is looked for only where it may matter.
      if (standsAlone(largestBend, this.#bendSquares, this.#windowFrames)) {
        this.#bendPosition = this.#all.frames + this.#findBend(samples, from, largestBend) - from;
      }
    }
    this.#before = before;
    this.#beforeThat = beforeThat;
    this.#findClipped(samples, from, to, peak);
    this.#zeroRuns.addPiece(samples, from, to, peak);
    this.#count(to - from, sum, squares, samples, from, peak);
    if (this.#window.frames === this.#windowFrames) {
      this.#endWindow();
    }
  }

  /** Where the second difference is that large. */
  #findBend(samples: Float32Array, from: Frames, size: number): Frames {
    let before = this.#before;
    let beforeThat = this.#beforeThat;
    let index = from;
    while (Math.abs((samples[index] ?? 0) - 2 * before + beforeThat) < size) {
      beforeThat = before;
      before = samples[index] ?? 0;
      index++;
    }
    return index;
  }

  #count(
    frames: Frames,
    sum: number,
    squares: number,
    samples: Float32Array,
    from: Frames,
    peak: number,
  ): void {
    if (peak > this.#peak) {
      const piece = samples.subarray(from, from + frames);
      this.#peak = peak;
      this.#peakPosition =
        this.#all.frames + piece.findIndex((sample) => Math.abs(sample) === peak);
    }
    addTo(this.#all, frames, sum, squares);
    addTo(this.#window, frames, sum, squares);
    this.#recent.frames += frames;
    this.#recent.squares += squares;
    this.#recent.peak = Math.max(this.#recent.peak, peak);
  }

  #findClipped(samples: Float32Array, from: Frames, to: Frames, peak: number): void {
    const { fullScale } = this.#options;
    if (peak < fullScale && this.#clipRun === 0) {
      return;
    }
    for (let index = from; index < to; index++) {
      if (Math.abs(samples[index] ?? 0) >= fullScale) {
        this.#clipRun++;
      } else if (this.#clipRun > 0) {
        if (this.#clipRun >= this.#options.clipFrames) {
          const end = this.#all.frames + index - from;
          this.#clipped.add(end - this.#clipRun, this.#clipRun);
        }
        this.#clipRun = 0;
      }
    }
  }

  #endWindow(): void {
    const { frames, sum, squares } = this.#window;
    this.#jumps.add({
      frames,
      squares: this.#bendSquares,
      largest: this.#largestBend,
      position: this.#bendPosition,
      turn: this.#largestTurn,
    });
    this.#largestTurn = 0;
    this.#bendSquares = 0;
    this.#largestBend = 0;
    addTo(this.#noise, frames, sum, squares);
    if (this.#noise.frames === WINDOWS_OF_NOISE * this.#windowFrames) {
      this.#noiseFloor.add(variance(this.#noise));
      clear(this.#noise);
    }
    clear(this.#window);
  }
}

function addTo(target: Sums, frames: Frames, sum: number, squares: number): void {
  target.frames += frames;
  target.sum += sum;
  target.squares += squares;
}

function clear(target: Sums): void {
  target.frames = 0;
  target.sum = 0;
  target.squares = 0;
}

/** Mean square without the offset; 0 when nothing but an offset is left, and rounding. */
function variance({ frames, sum, squares }: Sums): number {
  const power = squares / frames;
  const rest = power - (sum / frames) ** 2;
  return rest > power * 1e-12 ? rest : 0;
}
