import {
  type Dbfs,
  type Frames,
  type Hertz,
  SAMPLE_FORMATS,
  type SampleFormat,
} from "../format.js";
import { checkOptions, checkWord } from "../options.js";
import type { Block } from "../stream/block.js";
import { ChannelsMeter, checkMeasureOptions } from "./channels-meter.js";
import { amplitudeLevel } from "./decibels.js";
import { fullScaleOf } from "./full-scale.js";
import { withoutInvalid } from "./invalid-samples.js";
import type { Levels, LevelsOptions } from "./level-results.js";
import { channelsOf, checkMetered, type MeterBlock } from "./meter-block.js";
import { RunList } from "./runs.js";

/** How loud a stretch of audio was, one value for each channel, as amplitudes with full scale 1. */
export interface Level {
  /** Largest absolute sample. */
  readonly peak: readonly number[];
  /** Root of the mean square; a full-scale square wave has 1. */
  readonly rms: readonly number[];
}

/** The level of one block, or of whatever has samples in channels. */
export function blockLevel(
  block: Pick<Block, "numberOfChannels" | "length" | "getChannelData">,
): Level {
  const peak: number[] = [];
  const rms: number[] = [];
  for (let channel = 0; channel < block.numberOfChannels; channel++) {
    let largest = 0;
    let squares = 0;
    for (const sample of block.getChannelData(channel)) {
      largest = Math.max(largest, Math.abs(sample));
      squares += sample * sample;
    }
    peak.push(largest);
    rms.push(block.length === 0 ? 0 : Math.sqrt(squares / block.length));
  }
  return { peak, rms };
}

/** An amplitude in dBFS; silence is -Infinity. */
export function toDbfs(amplitude: number): Dbfs {
  return 20 * Math.log10(amplitude);
}

/** What a {@link LevelMeter} measures. */
export interface LevelMeterOptions extends Omit<LevelsOptions, "sampleRate"> {
  /** Frames a second. */
  readonly sampleRate: Hertz;
  /** From 1 to 1024. */
  readonly numberOfChannels: number;
  /** The format of the samples, which tells what full scale is. Default: `"float32"`. */
  readonly format?: SampleFormat;
}

/** The level of what came since the last look, one value for each channel. null is silence. */
export interface MeterReading {
  /** How many frames came. */
  readonly frames: Frames;
  readonly peak: readonly (Dbfs | null)[];
  readonly rms: readonly (Dbfs | null)[];
  /** Whether a sample was at full scale. */
  readonly atFullScale: readonly boolean[];
}

const OPTIONS: readonly (keyof LevelMeterOptions)[] = [
  "reference",
  "truePeak",
  "clipFrames",
  "sampleRate",
  "numberOfChannels",
  "format",
];

/**
 * Measures levels while sound comes in: blocks are added, and at any time it tells what came since the last look, and
 * what `levels()` would give for all of them. Its memory does not grow.
 *
 * ```ts
 * const { sampleRate, numberOfChannels, format } = stream;
 * const meter = new LevelMeter({ sampleRate, numberOfChannels, format });
 * for await (const block of stream) {
 *   meter.add(block);
 *   console.log(meter.read().peak);
 * }
 * meter.levels().verdicts;
 * ```
 */
export class LevelMeter {
  readonly #channels: ChannelsMeter;
  readonly #sineUnit: number;
  readonly #invalidSamples: Float64Array;
  readonly #gaps = new RunList();
  #read: Frames = 0;

  /** @throws TypeError, RangeError for wrong options. */
  constructor(options: LevelMeterOptions) {
    checkOptions(options, OPTIONS, "new LevelMeter()");
    checkMeasureOptions(options);
    const { sampleRate, numberOfChannels, format = "float32" } = options;
    checkMetered(sampleRate, numberOfChannels);
    checkWord(format, "format", SAMPLE_FORMATS);
    const fullScale = fullScaleOf(format);
    this.#channels = new ChannelsMeter(options, { sampleRate, numberOfChannels, fullScale });
    this.#sineUnit = options.reference === "sine" ? Math.SQRT1_2 : 1;
    this.#invalidSamples = new Float64Array(numberOfChannels);
  }

  /**
   * Adds a block, behind those before. Frames that it says were lost before it are counted as a gap; nothing stands in
   * for them.
   *
   * @throws TypeError for what is no block, RangeError for one with another number of channels.
   */
  add(block: MeterBlock): void {
    const channels = channelsOf(block, this.#invalidSamples.length);
    if (block.droppedBefore !== undefined && block.droppedBefore > 0) {
      this.#gaps.add(this.#channels.length, block.droppedBefore);
    }
    this.#channels.add(withoutInvalid(channels, this.#invalidSamples));
  }

  /** The level of what was added since the last call. */
  read(): MeterReading {
    const recent = this.#channels.takeRecent();
    const frames = this.#channels.length - this.#read;
    this.#read = this.#channels.length;
    return {
      frames,
      peak: recent.map(({ peak }) => amplitudeLevel(peak)),
      rms: recent.map(({ rms }) => amplitudeLevel(rms / this.#sineUnit)),
      atFullScale: recent.map(({ atFullScale }) => atFullScale),
    };
  }

  /** What `levels()` gives for all that was added. */
  levels(): Levels {
    return this.#channels.levels(this.#gaps.runs(), this.#invalidSamples);
  }
}
