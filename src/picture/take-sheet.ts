import { levels } from "../analysis/levels.js";
import { loudness } from "../analysis/loudness.js";
import { LEAST_RATE } from "../analysis/programme-meter.js";
import type { AnalysisSource } from "../analysis/source.js";
import { checkOptions } from "../options.js";
import { drawLevels, drawLoudness } from "./levels-table.js";
import { type Paper, SEPARATOR } from "./paper.js";
import type { Picture } from "./picture.js";
import {
  checkPictureOptions,
  PICTURE_OPTIONS,
  type PictureOptions,
  settleChannels,
} from "./picture-options.js";
import {
  checkLook,
  drawSpectrograms,
  SPECTROGRAM_OPTIONS,
  type SpectrogramLook,
} from "./spectrogram-picture.js";
import { type TakeFacts, takeFacts } from "./take-facts.js";
import { durationText } from "./ticks.js";
import { checkAmplitude, outlineOf, type WaveformOptions } from "./waveform.js";
import { drawWaveforms } from "./waveform-panel.js";

/** What can be chosen of {@link takeSheet}. */
export interface TakeSheetOptions
  extends PictureOptions,
    SpectrogramLook,
    Pick<WaveformOptions, "amplitude"> {}

/** Spectrograms beyond these would fill the sheet: of more channels the first ones are shown, and the sheet says which. */
const MOST_SPECTROGRAMS = 2;
const SPECTROGRAM_HEIGHT = 1.25;

/**
 * Draws all that is to be known of a take at a glance, on one sheet: device, time and format, the waveform of each
 * channel, the spectrograms of the first two with a colour bar, lost frames in red, the levels of each channel, the
 * loudness, and in plain words what is wrong with it. A file is read several times, in bounded memory.
 *
 * @throws TypeError, RangeError for wrong arguments.
 * @throws AudioError as `WavReader.open()` and `FlacReader.open()` for a path.
 */
export async function takeSheet(
  take: AnalysisSource,
  options: TakeSheetOptions = {},
): Promise<Picture> {
  checkOptions(options, [...PICTURE_OPTIONS, ...SPECTROGRAM_OPTIONS, "amplitude"], "takeSheet()");
  const choice = checkPictureOptions(options);
  const look = checkLook(options);
  const amplitude = checkAmplitude(options.amplitude);
  const { paper } = choice;
  const facts = await takeFacts(take, choice.sampleRate);
  const { gaps } = facts;
  const channels = settleChannels(choice.channels, facts.numberOfChannels);
  const plotHeight = choice.plotHeight ?? paper.canvas.scale.plotHeight;
  const title = choice.title ?? facts.name ?? facts.device?.name ?? "Take";
  drawHead(paper, facts, title);
  const outline = await outlineOf(take, choice);
  drawWaveforms(paper, { envelope: outline, channels, gaps, amplitude, plotHeight });
  paper.space(1);
  const shown = channels.slice(0, MOST_SPECTROGRAMS);
  const height = plotHeight * SPECTROGRAM_HEIGHT;
  await drawSpectrograms(paper, { take, facts, gaps, channels: shown, plotHeight: height }, look);
  paper.timeAxis(outline.duration);
  paper.space(0.6);
  const rate = facts.bare ? { sampleRate: facts.sampleRate } : {};
  const measured = await levels(take, rate);
  drawLevels(paper, measured, channels);
  if (facts.sampleRate >= LEAST_RATE) {
    drawLoudness(paper, await loudness(take, { ...rate, truePeak: false }));
  }
  paper.space(0.4);
  // Lost frames are told above, for files too.
  const verdicts = measured.verdicts.filter(({ code }) => code !== "gaps");
  if (verdicts.length === 0 && gaps.length === 0) {
    paper.sentence("Nothing wrong was found.", paper.theme.muted);
  }
  for (const { text } of verdicts) {
    paper.sentence(text, paper.theme.warning);
  }
  return paper.finish(title);
}

function drawHead(paper: Paper, facts: TakeFacts, title: string): void {
  const { sampleRate, numberOfChannels, length, format, device, startedAt, gaps } = facts;
  paper.heading(title);
  const parts = [
    durationText(length / sampleRate),
    `${sampleRate.toLocaleString("en-US")} Hz`,
    numberOfChannels === 1 ? "1 channel" : `${numberOfChannels} channels`,
    ...(format === undefined ? [] : [format]),
    ...(device === undefined
      ? []
      : [`${device.name === title ? "" : `${device.name}, `}${device.hostApi.name}`]),
    ...(startedAt === undefined ? [] : [startedAt]),
    ...(gaps.length === 0 && facts.gapsAreKnown ? ["no frame lost"] : []),
  ];
  paper.words(parts, paper.theme.text, SEPARATOR);
  if (gaps.length > 0) {
    const lost = gaps.reduce((sum, gap) => sum + gap.frames, 0);
    const places = gaps.length === 1 ? "1 gap" : `${gaps.length.toLocaleString("en-US")} gaps`;
    const seconds = durationText(lost / sampleRate);
    const frames = lost.toLocaleString("en-US");
    paper.sentence(`${places}, marked in red: ${frames} frames lost (${seconds})`, paper.theme.gap);
  }
  paper.space(0.6);
}
