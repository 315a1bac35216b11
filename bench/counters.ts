import type { Frames } from "../src/index.js";

/**
 * One step of the counter in float32. 2^23 steps below full scale are exact there, and last for 174 s at 48 kHz
 * before they would come round, so that a loss of any length is told from a repetition.
 */
const STEP = 2 ** -23;

export interface CounterOptions {
  /** Frames of the counter, up to 2^23 - 1. */
  readonly frames: Frames;
  /** Silence before and after it. */
  readonly leadFrames: Frames;
  readonly tailFrames: Frames;
  readonly channels: number;
}

/** Interleaved float32 frames that count themselves from 1 on, the same in each channel. */
export function makeCounters(options: CounterOptions): Float32Array {
  const { frames, leadFrames, tailFrames, channels } = options;
  const samples = new Float32Array((leadFrames + frames + tailFrames) * channels);
  for (let frame = 0; frame < frames; frame++) {
    const start = (leadFrames + frame) * channels;
    samples.fill((frame + 1) * STEP, start, start + channels);
  }
  return samples;
}

/** What became of the counters that were played. */
export interface CounterReport {
  /** Counters that are nowhere in the recording. */
  readonly lost: Frames;
  /** Of the lost ones, those after the last that came: a stream that has died loses them all. */
  readonly lostAtEnd: Frames;
  /** Frames whose counter had come already. */
  readonly repeated: Frames;
  /** Frames that are no counter: somebody has converted them. */
  readonly wrong: Frames;
}

/**
 * Looks for each of `frames` counters in the first channel of what a program has recorded. The others say nothing more:
 * a sound server mixes them when it orders channels in another way than ALSA does.
 */
export function findCounters(
  samples: Float32Array,
  channels: number,
  frames: Frames,
): CounterReport {
  const seen = new Uint8Array(frames + 1);
  let last = 0;
  let found = 0;
  let repeated = 0;
  let wrong = 0;
  for (let start = 0; start + channels <= samples.length; start += channels) {
    const sample = samples[start] ?? 0;
    if (sample === 0) {
      continue;
    }
    const counter = sample / STEP;
    if (seen[counter] === undefined) {
      wrong++;
    } else if (seen[counter] === 1) {
      repeated++;
    } else {
      seen[counter] = 1;
      found++;
      last = Math.max(last, counter);
    }
  }
  return { lost: frames - found, lostAtEnd: frames - last, repeated, wrong };
}
