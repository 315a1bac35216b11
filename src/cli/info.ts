import { Command } from "commander";
import { levels } from "../analysis/levels.js";
import { loudness } from "../analysis/loudness.js";
import type { Lufs } from "../analysis/loudness-results.js";
import type { Dbfs, Frames, Hertz, Seconds } from "../format.js";
import type { WavEncoding } from "../wav/encoding.js";
import type { WavFormat } from "../wav/header.js";
import type { MetadataWarning, WavMetadata } from "../wav/metadata/metadata.js";
import type { WavChunk } from "../wav/parse.js";
import { WavReader } from "../wav/reader.js";
import type { WavWarning } from "../wav/warning.js";
import { EXIT_FAULT, EXIT_USAGE, reportFault } from "./fault.js";

/** What was measured of the sound. */
interface Measured {
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
}

/** What the command tells of a file. */
interface FileInfo extends Measured {
  readonly path: string;
  readonly encoding: WavEncoding;
  /** In which format its samples are read. */
  readonly format: WavFormat;
  readonly sampleRate: Hertz;
  readonly channels: number;
  readonly frames: Frames;
  readonly duration: Seconds;
  readonly chunks: readonly WavChunk[];
  readonly metadata: WavMetadata;
  readonly warnings: readonly (WavWarning | MetadataWarning)[];
}

/** Of a file that claims more channels, the header is told and nothing is measured. */
const MOST_CHANNELS = 1024;
/** Below this the filters of EBU R 128 cannot be made. */
const LEAST_LOUDNESS_RATE: Hertz = 4000;

/** `roomtone info FILE...` */
export function infoCommand(): Command {
  return new Command("info")
    .description(
      "Tell what is in WAV files: format, length, peaks, loudness, metadata, chunks, faults.",
    )
    .argument("<file...>", "the WAV files")
    .option("--json", "all of it, as one line of JSON for each file")
    .addHelpText(
      "after",
      `
Examples:
  $ roomtone info take.wav
  $ roomtone info --json *.wav

Exit codes: 0 done, ${EXIT_FAULT} a file could not be read (the others are told), ${EXIT_USAGE} wrong arguments.`,
    )
    .action(tellFiles);
}

async function tellFiles(
  files: readonly string[],
  options: { readonly json?: boolean },
): Promise<void> {
  for (const file of files) {
    try {
      const info = await examine(file);
      process.stdout.write(options.json === true ? jsonLine(info) : text(info));
    } catch (error) {
      reportFault(error);
    }
  }
}

async function examine(path: string): Promise<FileInfo> {
  await using reader = await WavReader.open(path);
  const measured = await measure(reader);
  const parsed = await reader.readMetadata();
  return {
    path,
    encoding: reader.encoding,
    format: reader.format,
    sampleRate: reader.sampleRate,
    channels: reader.numberOfChannels,
    frames: reader.length,
    duration: reader.duration,
    ...measured,
    chunks: reader.chunks,
    metadata: parsed.metadata,
    warnings: [...reader.warnings, ...parsed.warnings],
  };
}

/** Reads all frames twice: once for the levels, once for the loudness. */
async function measure(reader: WavReader): Promise<Measured> {
  const { numberOfChannels, sampleRate } = reader;
  if (numberOfChannels > MOST_CHANNELS) {
    return { peakDbfs: [], truePeakDbfs: [], loudness: null };
  }
  const { channels } = await levels(reader);
  const peaks = {
    peakDbfs: channels.map(({ peak }) => peak),
    truePeakDbfs: channels.map(({ truePeak }) => truePeak),
  };
  if (sampleRate < LEAST_LOUDNESS_RATE) {
    return { ...peaks, loudness: null };
  }
  const { integrated, range, momentary, shortTerm } = await loudness(reader, { truePeak: false });
  const most = { momentary: momentary.maximum, shortTerm: shortTerm.maximum };
  return { ...peaks, loudness: { integrated, range, ...most } };
}

function jsonLine(info: FileInfo): string {
  return `${JSON.stringify(info, forJson)}\n`;
}

/** Bytes as hexadecimal text; JSON would make an object of them. */
function forJson(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value;
}

function text(info: FileInfo): string {
  const { encoding, sampleRate, channels, frames, duration } = info;
  const bits =
    encoding.validBits === encoding.bitsPerSample
      ? `${encoding.bitsPerSample} bits`
      : `${encoding.validBits} of ${encoding.bitsPerSample} bits`;
  const order = encoding.bigEndian ? ", big-endian" : "";
  const lines = [
    info.path,
    `  format    ${encoding.container}, ${encoding.codec}, ${bits}${order}`,
    `  sound     ${sampleRate} Hz, ${channels} ${channels === 1 ? "channel" : "channels"}`,
    `  length    ${duration.toFixed(3)} s (${frames} frames)`,
    `  peak      ${info.peakDbfs.map(peakText).join(", ")}`,
    `  true peak ${info.truePeakDbfs.map(peakText).join(", ")}`,
    `  loudness  ${loudnessText(info.loudness)}`,
    `  chunks    ${info.chunks.map(({ id, size }) => `${JSON.stringify(id)} ${size}`).join(", ")}`,
    ...metadataLines(info.metadata),
    ...info.warnings.map((warning) => `  warning   ${warningText(warning)}`),
  ];
  return `${lines.join("\n")}\n`;
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

function metadataLines(metadata: WavMetadata): string[] {
  return Object.entries(metadata).map(
    ([name, value]: [string, unknown]) => `  ${name.padEnd(9)} ${JSON.stringify(value, forJson)}`,
  );
}

function warningText(warning: WavWarning | MetadataWarning): string {
  return "position" in warning
    ? `at byte ${warning.position}: ${warning.message}`
    : `chunk "${warning.chunk}": ${warning.message}`;
}
