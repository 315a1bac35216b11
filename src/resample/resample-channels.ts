import { setImmediate } from "node:timers/promises";
import type { Frames, Hertz, Milliseconds } from "../format.js";
import { describe } from "../options.js";
import { resampledFrames } from "./stages.js";
import { loadResampler, type ResampleQuality, StreamResampler } from "./stream-resampler.js";

/** After this much work the event loop has its turn. */
const TURN: Milliseconds = 10;
/** Frames that go in and come out between two looks at the clock, at most. */
const PIECE: Frames = 4096;

/**
 * Converts a whole take, one array for each channel, to another sample rate. Each result has exactly
 * `ceil(length × toRate / fromRate)` frames, and what is at frame `k` comes to frame `k × toRate / fromRate`. For equal
 * rates they are copies. The arrays must not change until it is done; other work goes on meanwhile.
 *
 * Both rates are whole numbers from 1 to 768,000; `quality` is `"high"` by default.
 *
 * Throws TypeError or RangeError for wrong arguments, arrays of different lengths among them, and AudioError `internal`
 * when the converter cannot be loaded or has no memory.
 */
export async function resampleChannels(
  channels: readonly Float32Array[],
  fromRate: Hertz,
  toRate: Hertz,
  quality: ResampleQuality = "high",
): Promise<Float32Array[]> {
  const length = commonLength(channels);
  await loadResampler();
  const resampler = new StreamResampler(fromRate, toRate, 1, quality);
  try {
    const piece = Math.max(1, Math.floor(PIECE * Math.min(1, fromRate / toRate)));
    const results: Float32Array[] = [];
    let began = performance.now();
    for (const channel of channels) {
      const result = new Float32Array(resampledFrames(length, fromRate, toRate));
      let at = 0;
      const keep = (frames: Float32Array): void => {
        result.set(frames, at);
        at += frames.length;
      };
      for (let from = 0; from < length; from += piece) {
        const part = channel.subarray(from, from + piece);
        keep(resampler.process(part, part.length));
        if (performance.now() - began > TURN) {
          await setImmediate();
          began = performance.now();
        }
      }
      keep(resampler.flush());
      results.push(result);
    }
    return results;
  } finally {
    resampler.close();
  }
}

/** How long each of the channels is; 0 without any. */
function commonLength(channels: readonly Float32Array[]): Frames {
  const given: unknown = channels;
  if (!Array.isArray(given)) {
    throw new TypeError(
      `Expected \`channels\` to be an array of Float32Array, got ${describe(given)}`,
    );
  }
  for (const [index, channel] of channels.entries()) {
    if (!(channel instanceof Float32Array)) {
      throw new TypeError(
        `Expected \`channels[${index}]\` to be a Float32Array, got ${describe(channel)}`,
      );
    }
    if (channel.length !== channels[0]?.length) {
      throw new RangeError(
        `Expected all channels to have ${channels[0]?.length} frames, got ${channel.length} in \`channels[${index}]\``,
      );
    }
  }
  return channels[0]?.length ?? 0;
}
