import type { SpectrogramColumn } from "../analysis/column-stream.js";
import type { AnalysisSource } from "../analysis/source.js";
import { spectrogramColumns } from "../analysis/spectrogram.js";
import type { Dbfs, Frames, Hertz } from "../format.js";
import { type RasterGrid, SpectrogramRaster } from "./spectrogram-raster.js";
import type { TakeFacts } from "./take-facts.js";

/** The levels that colours stand for. */
export interface LevelRange {
  readonly floor: Dbfs;
  readonly ceiling: Dbfs;
}

const DEFAULT_SEGMENT_SECONDS = 2048 / 48_000;
const DEFAULT_DEPTH_DB = 80;
const CEILING_STEP_DB = 5;
/** Segments that overlap by more than this much show nothing new. */
const LEAST_HOP = 1 / 32;
/** With a Hann window, segments that overlap by half weigh all frames alike: nothing is passed over. */
const MOST_HOP = 1 / 2;

/** Computes spectra of the whole take and gathers them into the pixels of each of the channels. */
export async function gatherRasters(
  take: AnalysisSource,
  facts: TakeFacts,
  channels: readonly number[],
  grid: RasterGrid,
  segmentSize: Frames = defaultSegment(facts.sampleRate),
): Promise<SpectrogramRaster[]> {
  if (facts.length === 0) {
    return [];
  }
  const size = Math.min(segmentSize, facts.length);
  const hop = Math.round(
    Math.min(
      segmentSize * MOST_HOP,
      Math.max(1, segmentSize * LEAST_HOP, facts.length / grid.columns),
    ),
  );
  const columns = await spectrogramColumns(take, {
    size,
    // A take that is shorter than a segment is followed by zeros.
    fftSize: segmentSize,
    overlap: Math.max(0, size - hop),
    scaling: "spectrum",
    detrend: "none",
    ...(facts.bare ? { sampleRate: facts.sampleRate } : {}),
  });
  const rasters = channels.map((channel) => new SpectrogramRaster(grid, columns, channel));
  let held: SpectrogramColumn | undefined;
  for await (const column of columns) {
    addTo(rasters, held, false);
    held = column;
  }
  addTo(rasters, held, true);
  return rasters;
}

/** 80 dB below the loudest pixel, rounded up; of digital silence from 0 down. */
export function fittingRange(rasters: readonly SpectrogramRaster[]): LevelRange {
  const peaks = rasters.flatMap(({ peak }) => (peak === undefined ? [] : [peak]));
  const ceiling =
    peaks.length === 0 ? 0 : CEILING_STEP_DB * Math.ceil(Math.max(...peaks) / CEILING_STEP_DB);
  return { floor: ceiling - DEFAULT_DEPTH_DB, ceiling };
}

/** The power of two that is nearest to 43 ms: at 48 kHz 2,048 frames. */
function defaultSegment(sampleRate: Hertz): Frames {
  return (
    2 ** Math.min(20, Math.max(1, Math.round(Math.log2(sampleRate * DEFAULT_SEGMENT_SECONDS))))
  );
}

function addTo(
  rasters: readonly SpectrogramRaster[],
  column: SpectrogramColumn | undefined,
  isLast: boolean,
): void {
  if (column !== undefined) {
    for (const raster of rasters) {
      raster.add(column, isLast);
    }
  }
}
