import { checkOptions } from "../options.js";
import { weightsFor } from "./channel-weights.js";
import { checkLoudnessOptions } from "./loudness-meter.js";
import type { Loudness, LoudnessOptions } from "./loudness-results.js";
import { ProgrammeMeter } from "./programme-meter.js";
import { type AnalysisSource, openPlanarSource } from "./source.js";

/**
 * How loud a source sounds: integrated, momentary and short-term loudness, loudness range and true peak by EBU R 128
 * (ITU-R BS.1770-5, EBU Tech 3341 and 3342). Memory grows by 160 bytes for each second. A source that is silent, empty
 * or shorter than a window is no error: what cannot be told is null.
 *
 * ```ts
 * const { integrated, range, truePeak } = await loudness(take);
 * integrated; // -23.0, in LUFS
 * ```
 *
 * @throws TypeError, RangeError for wrong arguments, and for a sample rate below 4000 Hz.
 * @throws AudioError as `WavReader.open()` for a path, and when a file cannot be read.
 */
export async function loudness(
  source: AnalysisSource,
  options: LoudnessOptions = {},
): Promise<Loudness> {
  checkOptions(options, ["weights", "truePeak", "sampleRate"], "loudness()");
  checkLoudnessOptions(options);
  await using opened = await openPlanarSource(source, options.sampleRate);
  const { sampleRate, numberOfChannels, channelMask } = opened;
  const weights = weightsFor(options.weights, channelMask, numberOfChannels);
  const meter = new ProgrammeMeter({ sampleRate, weights, truePeak: options.truePeak ?? true });
  for await (const { channels } of opened.blocks()) {
    meter.add(channels);
  }
  return meter.loudness(opened.invalidSamples.reduce((sum, count) => sum + count, 0));
}
