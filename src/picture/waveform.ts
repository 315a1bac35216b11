import { type Envelope, envelope } from "../analysis/envelope.js";
import type { AnalysisSource } from "../analysis/source.js";
import { checkOptions, checkWord } from "../options.js";
import { AMPLITUDES, type AmplitudeRange } from "./amplitude-scale.js";
import type { Picture } from "./picture.js";
import {
  checkPictureOptions,
  PICTURE_OPTIONS,
  type PictureChoice,
  type PictureOptions,
  settleChannels,
} from "./picture-options.js";
import { takeFacts } from "./take-facts.js";
import { drawWaveforms } from "./waveform-panel.js";

/** What can be chosen of {@link waveform}. */
export interface WaveformOptions extends PictureOptions {
  /**
   * What the height stands for: `"fit"` up to the peak, rounded up to 1, 2 or 5 times a power of ten; `"full"` up to full
   * scale, or to the peak if that is beyond. Default: `"fit"`.
   */
  readonly amplitude?: AmplitudeRange;
}

/**
 * Draws a waveform: for each channel and column of pixels from the least to the greatest sample, so that a click of one
 * sample in an hour is seen, with the RMS over it in a darker shade, scales in amplitudes and dBFS, and lost frames in
 * red. Samples that stand apart are drawn as dots. A file is read once, in bounded memory.
 *
 * @throws TypeError, RangeError for wrong arguments.
 * @throws AudioError as `WavReader.open()` and `FlacReader.open()` for a path.
 */
export async function waveform(
  take: AnalysisSource,
  options: WaveformOptions = {},
): Promise<Picture> {
  checkOptions(options, [...PICTURE_OPTIONS, "amplitude"], "waveform()");
  const choice = checkPictureOptions(options);
  const amplitude = checkAmplitude(options.amplitude);
  const { paper, title } = choice;
  const { gaps } = await takeFacts(take, choice.sampleRate);
  const outline = await outlineOf(take, choice);
  if (title !== undefined) {
    paper.heading(title);
  }
  drawWaveforms(paper, {
    envelope: outline,
    channels: settleChannels(choice.channels, outline.numberOfChannels),
    gaps,
    amplitude,
    plotHeight: choice.plotHeight ?? paper.canvas.scale.plotHeight,
  });
  paper.timeAxis(outline.duration);
  return paper.finish(title ?? "Waveform");
}

/** The option of that name, checked. */
export function checkAmplitude(value: unknown = "fit"): AmplitudeRange {
  return checkWord(value, "amplitude", AMPLITUDES);
}

/** The envelope with a column for each pixel of the plot. */
export function outlineOf(
  take: AnalysisSource,
  { paper, sampleRate }: PictureChoice,
): Promise<Envelope> {
  return envelope(take, {
    columns: paper.pixels(paper.plotWidth),
    ...(sampleRate === undefined ? {} : { sampleRate }),
  });
}
