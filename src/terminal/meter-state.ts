import { fullScaleOf } from "../analysis/full-scale.js";
import { blockLevel, toDbfs } from "../analysis/level-meter.js";
import type { Dbfs, Frames, Seconds } from "../format.js";
import type { Block } from "../stream/block.js";

/** What a meter shows of a channel; -Infinity for silence. */
export interface ChannelMeter {
  /** Falls by 20 dB a second, so that eyes can follow. */
  readonly peak: Dbfs;
  /** RMS of the last 0.3 s, weighted with an exponential. */
  readonly rms: Dbfs;
  /** The greatest peak of the last two seconds or so. */
  readonly held: Dbfs;
  /** The greatest peak since the start. */
  readonly most: Dbfs;
  /** Samples at full scale since the start. */
  readonly clipped: number;
}

/** What was measured of a channel, as amplitudes. */
interface ChannelState {
  peak: number;
  meanSquare: number;
  held: number;
  heldAt: Seconds;
  most: number;
  clipped: number;
}

const FALL_DB_A_SECOND = 20;
const HOLD: Seconds = 2;
const RMS_TIME: Seconds = 0.3;

/** The ballistics of a level meter, in the time of the stream: the same frames give the same picture. */
export class MeterState {
  readonly #channels: readonly ChannelState[];
  #seconds: Seconds = 0;
  #lostFrames: Frames = 0;
  #gaps = 0;
  #lastGapAt: Seconds | undefined;

  constructor(channels: number) {
    this.#channels = Array.from({ length: channels }, () => ({
      peak: 0,
      meanSquare: 0,
      held: 0,
      heldAt: 0,
      most: 0,
      clipped: 0,
    }));
  }

  /** Time of the stream, lost frames included. */
  get seconds(): Seconds {
    return this.#seconds;
  }

  get lostFrames(): Frames {
    return this.#lostFrames;
  }

  /** How often frames were lost. */
  get gaps(): number {
    return this.#gaps;
  }

  /** When frames were lost last. */
  get lastGapAt(): Seconds | undefined {
    return this.#lastGapAt;
  }

  get channels(): readonly ChannelMeter[] {
    return this.#channels.map(({ peak, meanSquare, held, most, clipped }) => ({
      peak: toDbfs(peak),
      rms: toDbfs(Math.sqrt(meanSquare)),
      held: toDbfs(held),
      most: toDbfs(most),
      clipped,
    }));
  }

  /** Takes the next block of the stream. */
  add(block: Block): void {
    const { peak, rms } = blockLevel(block);
    const seconds = (block.droppedBefore + block.length) / block.sampleRate;
    this.#seconds += seconds;
    if (block.droppedBefore > 0) {
      this.#lostFrames += block.droppedBefore;
      this.#gaps += 1;
      this.#lastGapAt = this.#seconds;
    }
    const fall = 10 ** ((-FALL_DB_A_SECOND * seconds) / 20);
    const keep = Math.exp(-seconds / RMS_TIME);
    for (const [index, channel] of this.#channels.entries()) {
      const now = finite(peak[index]);
      channel.peak = Math.max(now, channel.peak * fall);
      channel.meanSquare = channel.meanSquare * keep + finite(rms[index]) ** 2 * (1 - keep);
      channel.most = Math.max(channel.most, now);
      if (now >= channel.held || this.#seconds - channel.heldAt > HOLD) {
        channel.held = Math.max(now, channel.peak);
        channel.heldAt = this.#seconds;
      }
      const fullScale = fullScaleOf(block.format);
      if (now >= fullScale) {
        channel.clipped += countFrom(block.getChannelData(index), fullScale);
      }
    }
  }
}

/** How many samples are that large or larger. */
function countFrom(samples: Float32Array, amplitude: number): number {
  return samples.reduce((sum, sample) => (Math.abs(sample) >= amplitude ? sum + 1 : sum), 0);
}

/** A device that delivers NaN shall not stop the meter. */
function finite(value: number | undefined): number {
  return value !== undefined && Number.isFinite(value) ? value : 0;
}
