import { checkOptions } from "../options.js";
import { ChannelsMeter, checkMeasureOptions } from "./channels-meter.js";
import type { Levels, LevelsOptions } from "./level-results.js";
import { RunList } from "./runs.js";
import { type AnalysisSource, openPlanarSource } from "./source.js";

/**
 * How loud each channel of a source is, and what is wrong with it: peak, RMS, true peak, crest factor, offset, clipping,
 * noise floor, dropouts, mains hum, and verdicts in plain words. Memory does not grow with the source. A source without
 * frames is no error: its verdict is `"empty"`.
 *
 * ```ts
 * const { channels, verdicts } = await levels(take);
 * channels[0]?.peak; // -6.02, in dBFS; null for silence
 * verdicts.map(({ text }) => text); // ["clipped: 2 times, 17 frames at full scale, first at 1.204 s"]
 * ```
 *
 * @throws TypeError, RangeError for wrong arguments.
 * @throws AudioError as `WavReader.open()` for a path, and when a file cannot be read.
 */
export async function levels(source: AnalysisSource, options: LevelsOptions = {}): Promise<Levels> {
  checkOptions(options, ["reference", "truePeak", "clipFrames", "sampleRate"], "levels()");
  checkMeasureOptions(options);
  await using opened = await openPlanarSource(source, options.sampleRate);
  const meter = new ChannelsMeter(options, opened);
  for await (const { channels } of opened.blocks()) {
    meter.add(channels);
  }
  const gaps = new RunList();
  for (const { position, frames } of opened.gaps) {
    gaps.add(position, frames);
  }
  return meter.levels(gaps.runs(), opened.invalidSamples);
}
