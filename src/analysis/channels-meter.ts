import type { Frames, Hertz } from "../format.js";
import { checkBoolean, checkNumber, checkWord } from "../options.js";
import { ChannelMeter, type RecentLevel } from "./channel-meter.js";
import type { Levels, LevelsOptions, RmsReference, Runs } from "./level-results.js";
import { verdictsOn } from "./verdicts.js";

/** Samples in a row at full scale that are called clipped. One alone may be a peak that just fits. */
const CLIP_FRAMES: Frames = 3;

/** The options that say how to measure, without those that say what. */
type MeasureOptions = Omit<LevelsOptions, "sampleRate">;

/** Throws TypeError or RangeError for wrong values. */
export function checkMeasureOptions(options: MeasureOptions): void {
  const { reference = "square", truePeak = true, clipFrames = CLIP_FRAMES } = options;
  checkWord(reference, "reference", ["square", "sine"]);
  checkBoolean(truePeak, "truePeak");
  checkNumber(clipFrames, "clipFrames", { min: 1, integer: true });
}

/** What is measured. */
export interface MeasuredSource {
  readonly sampleRate: Hertz;
  readonly numberOfChannels: number;
  /** The amplitude from which on a sample is at full scale. */
  readonly fullScale: number;
}

/** Measures all channels of a source. */
export class ChannelsMeter {
  readonly #source: MeasuredSource;
  readonly #reference: RmsReference;
  readonly #channels: readonly ChannelMeter[];
  #length: Frames = 0;

  /** Takes checked options. */
  constructor(options: MeasureOptions, source: MeasuredSource) {
    const { sampleRate, numberOfChannels, fullScale } = source;
    const { reference = "square", truePeak = true, clipFrames = CLIP_FRAMES } = options;
    this.#source = source;
    this.#reference = reference;
    this.#channels = Array.from(
      { length: numberOfChannels },
      () => new ChannelMeter({ sampleRate, fullScale, clipFrames, truePeak, reference }),
    );
  }

  /** Frames that were added. */
  get length(): Frames {
    return this.#length;
  }

  /** Adds one array of finite samples for each channel. */
  add(channels: readonly Float32Array[]): void {
    for (const [channel, samples] of channels.entries()) {
      this.#channels[channel]?.add(samples);
    }
    this.#length += channels[0]?.length ?? 0;
  }

  /** For each channel what was added since the last call. */
  takeRecent(): readonly RecentLevel[] {
    return this.#channels.map((channel) => channel.takeRecent());
  }

  /** All that was measured. */
  levels(gaps: Runs, invalidSamples: Float64Array): Levels {
    const { sampleRate, numberOfChannels } = this.#source;
    const length = this.#length;
    const channels = this.#channels.map((channel, index) =>
      channel.levels(invalidSamples[index] ?? 0),
    );
    return {
      sampleRate,
      numberOfChannels,
      length,
      duration: length / sampleRate,
      reference: this.#reference,
      channels,
      verdicts: verdictsOn({ sampleRate, length, channels, gaps }),
    };
  }
}
