import type { Verdict } from "../analysis/level-results.js";
import { levels } from "../analysis/levels.js";
import { loudness } from "../analysis/loudness.js";
import type { Lufs } from "../analysis/loudness-results.js";
import type { FlacReader } from "../flac/reader.js";
import type { Dbfs, Hertz } from "../format.js";
import type { WavReader } from "../wav/reader.js";

/** What was measured of the sound. */
export interface Measured {
  /** One for each channel; null for silence. None where there are more channels than are measured. */
  readonly peakDbfs: readonly (Dbfs | null)[];
  readonly truePeakDbfs: readonly (Dbfs | null)[];
  /** EBU R 128; null for sample rates and channels for which it is not defined here. */
  readonly loudness: {
    /** null when all is silence, or less than 0.4 s. */
    readonly integrated: Lufs | null;
    /** In LU; null also below 3 s. */
    readonly range: number | null;
    /** The greatest of windows of 0.4 s, and of 3 s. */
    readonly momentary: Lufs | null;
    readonly shortTerm: Lufs | null;
  } | null;
  /** What is wrong with the sound, the worst first. */
  readonly verdicts: readonly Verdict[];
}

/** Of a file that claims more channels, the header is told and nothing is measured. */
const MOST_CHANNELS = 1024;
/** Below this the filters of EBU R 128 cannot be made. */
const LEAST_LOUDNESS_RATE: Hertz = 4000;

/** Reads all frames twice: once for the levels, once for the loudness. */
export async function measure(reader: WavReader | FlacReader): Promise<Measured> {
  const { numberOfChannels, sampleRate } = reader;
  if (numberOfChannels > MOST_CHANNELS) {
    return { peakDbfs: [], truePeakDbfs: [], loudness: null, verdicts: [] };
  }
  const { channels, verdicts } = await levels(reader);
  const measured = {
    peakDbfs: channels.map(({ peak }) => peak),
    truePeakDbfs: channels.map(({ truePeak }) => truePeak),
    verdicts,
  };
  if (sampleRate < LEAST_LOUDNESS_RATE) {
    return { ...measured, loudness: null };
  }
  const { integrated, range, momentary, shortTerm } = await loudness(reader, { truePeak: false });
  const most = { momentary: momentary.maximum, shortTerm: shortTerm.maximum };
  return { ...measured, loudness: { integrated, range, ...most } };
}

/** What was measured, as lines of the command. */
export function measuredLines(measured: Measured): string[] {
  return [
    `  peak      ${measured.peakDbfs.map(peakText).join(", ")}`,
    `  true peak ${measured.truePeakDbfs.map(peakText).join(", ")}`,
    `  loudness  ${loudnessText(measured.loudness)}`,
    ...measured.verdicts.map(({ text }) => `  verdict   ${text}`),
  ];
}

function peakText(peak: Dbfs | null): string {
  return peak === null ? "silence" : `${peak.toFixed(1)} dBFS`;
}

function loudnessText(measured: Measured["loudness"]): string {
  if (measured === null) {
    return "not measured";
  }
  const { integrated, range } = measured;
  if (integrated === null) {
    return "silence, or too short";
  }
  const spread = range === null ? "" : `, range ${range.toFixed(1)} LU`;
  return `${integrated.toFixed(1)} LUFS${spread}`;
}
