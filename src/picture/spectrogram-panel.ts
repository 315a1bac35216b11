import type { Frames } from "../format.js";
import type { Gap } from "../recording/recording.js";
import { COLOUR_STEPS, type ColourMapName, colourMap, type Rgb } from "./colour-map.js";
import type { FrequencyScale } from "./frequency-scale.js";
import { markGaps } from "./gap-marks.js";
import type { LevelRange } from "./gather-rasters.js";
import type { Paper } from "./paper.js";
import type { SpectrogramRaster } from "./spectrogram-raster.js";
import type { Box } from "./svg.js";
import { linearTicks } from "./ticks.js";

/** What is drawn of a channel. */
export interface SpectrogramContent {
  /** Undefined when there is nothing to transform. */
  readonly raster: SpectrogramRaster | undefined;
  readonly scale: FrequencyScale;
  readonly frames: Frames;
  /** Above the plot, beside the unit. */
  readonly name: string;
  readonly gaps: readonly Gap[];
  readonly range: LevelRange;
  readonly colours: ColourMapName;
  readonly plotHeight: number;
}

const BAR_GAP_EMS = 0.7;
const BAR_EMS = 0.9;
/** Marks of an axis stand at least so far apart. */
const MARK_DISTANCE_EMS = 1.9;

/** Draws the spectrogram of a channel, with the axis of frequency at its left and the colour bar at its right. */
export async function drawSpectrogram(paper: Paper, content: SpectrogramContent): Promise<void> {
  const { canvas, theme, em } = paper;
  const colours = colourMap(content.colours, theme.dark);
  const marks = content.plotHeight / (MARK_DISTANCE_EMS * em);
  const axis = content.scale.axis(marks);
  paper.plotTitle(`Frequency (${axis.title})${content.name}`, "dBFS");
  const box = paper.plotBox(content.plotHeight);
  if (content.raster === undefined) {
    canvas.rect(box, { stroke: theme.axis, strokeWidth: canvas.scale.line });
    canvas.text("no frames", box.x + box.width / 2, box.y + box.height / 2, {
      fill: theme.muted,
      anchor: "middle",
    });
  } else {
    const { columns, rows } = content.raster.grid;
    const steps = content.raster.steps(content.range.floor, content.range.ceiling, COLOUR_STEPS);
    canvas.image(await indexedPng(columns, rows, steps, colours), box);
  }
  for (const { value, label } of axis.ticks) {
    paper.leftMark(box, box.y + (1 - content.scale.placeOf(value)) * box.height, label);
  }
  markGaps(paper, box, content.gaps, content.frames);
  await drawColourBar(paper, box, content.range, colours, marks);
}

async function drawColourBar(
  paper: Paper,
  plot: Box,
  { floor, ceiling }: LevelRange,
  colours: readonly Rgb[],
  marks: number,
): Promise<void> {
  const { canvas, theme, em } = paper;
  const x = canvas.snap(plot.x + plot.width + BAR_GAP_EMS * em);
  const bar = { x, y: plot.y, width: canvas.snap(BAR_EMS * em), height: plot.height };
  const steps = Uint8Array.from({ length: COLOUR_STEPS }, (_, row) => COLOUR_STEPS - 1 - row);
  canvas.image(await indexedPng(1, COLOUR_STEPS, steps, colours), bar);
  canvas.rect(bar, { stroke: theme.axis, strokeWidth: canvas.scale.line });
  for (const { value, label } of linearTicks(floor, ceiling, marks)) {
    const y = bar.y + ((ceiling - value) / (ceiling - floor)) * bar.height;
    paper.rightMark(bar.x + bar.width, y, label);
  }
}

/** One byte for each pixel and the colours once: a third of what true colours take. */
async function indexedPng(
  width: number,
  height: number,
  data: Uint8Array,
  colours: readonly Rgb[],
): Promise<Uint8Array> {
  // Only who draws a picture loads an encoder.
  const { encode } = await import("fast-png");
  const palette = colours.map((colour) => [...colour]);
  return encode({ width, height, data, depth: 8, channels: 1, palette });
}
