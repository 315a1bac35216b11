import type { AnalysisSource } from "../analysis/source.js";
import type { Dbfs, Frames, Hertz } from "../format.js";
import { checkNumber, checkOptions, checkWord, describe } from "../options.js";
import type { Gap } from "../recording/recording.js";
import { COLOUR_MAPS, type ColourMapName } from "./colour-map.js";
import {
  FREQUENCY_SCALES,
  type FrequencyScale,
  type FrequencyScaleName,
  frequencyScale,
} from "./frequency-scale.js";
import { fittingRange, gatherRasters, type LevelRange } from "./gather-rasters.js";
import type { Paper } from "./paper.js";
import type { Picture } from "./picture.js";
import {
  checkPictureOptions,
  PICTURE_OPTIONS,
  type PictureOptions,
  settleChannels,
} from "./picture-options.js";
import { drawSpectrogram } from "./spectrogram-panel.js";
import { type TakeFacts, takeFacts } from "./take-facts.js";

/** What can be chosen of a spectrogram. */
export interface SpectrogramLook {
  /** How frequencies are laid out. Default: `"linear"`. */
  readonly frequencies?: FrequencyScaleName;
  /** Frequency at the lower edge. Default: 0; of a logarithmic scale 20 Hz. */
  readonly lowest?: Hertz;
  /** Frequency at the upper edge, up to half of the sample rate. Default: that half. */
  readonly highest?: Hertz;
  /**
   * Levels of the darkest and the brightest colour in dBFS; a sine at full scale has 0. Default: 80 dB below the loudest
   * pixel, rounded up to the next 5.
   */
  readonly range?: readonly [floor: Dbfs, ceiling: Dbfs];
  /** `"grey"` is dark on light paper. Default: `"magma"`. */
  readonly colours?: ColourMapName;
  /** Frames of a segment (a Hann window), from 2 to 2^20. Default: a power of two near 43 ms. */
  readonly segmentSize?: Frames;
}

/** What can be chosen of {@link spectrogramPicture}. */
export interface SpectrogramPictureOptions extends PictureOptions, SpectrogramLook {}

/** The names of the options of a spectrogram. */
export const SPECTROGRAM_OPTIONS: readonly (keyof SpectrogramLook)[] = [
  "frequencies",
  "lowest",
  "highest",
  "range",
  "colours",
  "segmentSize",
];

/** A look that was checked. */
export interface SpectrogramChoice {
  readonly frequencies: FrequencyScaleName;
  readonly lowest: Hertz | undefined;
  readonly highest: Hertz | undefined;
  readonly range: LevelRange | undefined;
  readonly colours: ColourMapName;
  readonly segmentSize: Frames | undefined;
}

/** What is drawn, and where. */
export interface SpectrogramJob {
  readonly take: AnalysisSource;
  readonly facts: TakeFacts;
  readonly gaps: readonly Gap[];
  readonly channels: readonly number[];
  readonly plotHeight: number;
}

const LOWEST_LOGARITHMIC: Hertz = 20;

/**
 * Draws a spectrogram of each channel, with a colour bar. A pixel shows the greatest level of all that falls into it, so
 * what is loud for a moment is seen in a picture of an hour. A file is read in bounded memory.
 *
 * @throws TypeError, RangeError for wrong arguments.
 * @throws AudioError as `WavReader.open()` and `FlacReader.open()` for a path.
 */
export async function spectrogramPicture(
  take: AnalysisSource,
  options: SpectrogramPictureOptions = {},
): Promise<Picture> {
  checkOptions(options, [...PICTURE_OPTIONS, ...SPECTROGRAM_OPTIONS], "spectrogramPicture()");
  const choice = checkPictureOptions(options);
  const look = checkLook(options);
  const { paper, title } = choice;
  const facts = await takeFacts(take, choice.sampleRate);
  const channels = settleChannels(choice.channels, facts.numberOfChannels);
  if (title !== undefined) {
    paper.heading(title);
  }
  const plotHeight = choice.plotHeight ?? paper.canvas.scale.plotHeight * 1.4;
  await drawSpectrograms(paper, { take, facts, gaps: facts.gaps, channels, plotHeight }, look);
  paper.timeAxis(facts.length / facts.sampleRate);
  return paper.finish(title ?? "Spectrogram");
}

/** Checks the options of a spectrogram; the keys were checked before. */
export function checkLook(options: SpectrogramLook): SpectrogramChoice {
  const { frequencies = "linear", lowest, highest, colours = "magma", segmentSize } = options;
  const above = frequencies === "logarithmic";
  return {
    frequencies: checkWord(frequencies, "frequencies", FREQUENCY_SCALES),
    lowest: lowest === undefined ? undefined : checkNumber(lowest, "lowest", { min: 0, above }),
    highest:
      highest === undefined ? undefined : checkNumber(highest, "highest", { min: 0, above: true }),
    range: options.range === undefined ? undefined : checkRange(options.range),
    colours: checkWord(colours, "colours", COLOUR_MAPS),
    segmentSize:
      segmentSize === undefined
        ? undefined
        : checkNumber(segmentSize, "segmentSize", { min: 2, max: 2 ** 20, integer: true }),
  };
}

/** Draws the spectrogram of each channel below each other, all with the same colours for the same levels. */
export async function drawSpectrograms(
  paper: Paper,
  job: SpectrogramJob,
  look: SpectrogramChoice,
): Promise<void> {
  const { facts, channels } = job;
  const scale = settleScale(look, facts.sampleRate);
  const height =
    channels.length === 1
      ? job.plotHeight
      : Math.max(5 * paper.em, (1.7 * job.plotHeight) / channels.length);
  const grid = {
    columns: paper.pixels(paper.plotWidth),
    rows: paper.pixels(paper.canvas.snap(height)),
    frames: facts.length,
    scale,
  };
  const rasters = await gatherRasters(job.take, facts, channels, grid, look.segmentSize);
  const range = look.range ?? fittingRange(rasters);
  for (const [index, channel] of channels.entries()) {
    paper.space(index === 0 ? 0 : 1);
    await drawSpectrogram(paper, {
      raster: rasters[index],
      scale,
      frames: facts.length,
      name: facts.numberOfChannels === 1 ? "" : `, channel ${channel}`,
      gaps: job.gaps,
      range,
      colours: look.colours,
      plotHeight: height,
    });
  }
}

function settleScale(look: SpectrogramChoice, sampleRate: Hertz): FrequencyScale {
  const nyquist = sampleRate / 2;
  const highest = checkNumber(look.highest ?? nyquist, "highest", {
    min: 0,
    above: true,
    max: nyquist,
  });
  const least = look.frequencies === "logarithmic" ? Math.min(LOWEST_LOGARITHMIC, highest / 10) : 0;
  const lowest = look.lowest ?? least;
  if (lowest >= highest) {
    throw new RangeError(
      `Expected \`lowest\` to be below \`highest\` (${highest} Hz), got ${describe(lowest)}`,
    );
  }
  return frequencyScale(look.frequencies, lowest, highest);
}

function checkRange(value: unknown): LevelRange {
  if (!Array.isArray(value) || value.length !== 2) {
    throw new TypeError(`Expected \`range\` to be two levels in dBFS, got ${describe(value)}`);
  }
  const [floor, ceiling] = value.map((item, index) =>
    checkNumber(item, `range[${index}]`, { min: -400, max: 400 }),
  );
  if (floor === undefined || ceiling === undefined || floor >= ceiling) {
    throw new RangeError(`Expected \`range\` to rise, got ${String(floor)} and ${String(ceiling)}`);
  }
  return { floor, ceiling };
}
