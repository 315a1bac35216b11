import { Command } from "commander";
import { blockLevel, toDbfs } from "../analysis/level-meter.js";
import type { Dbfs, Frames, Hertz, Seconds } from "../format.js";
import type { WavEncoding } from "../wav/encoding.js";
import type { WavFormat } from "../wav/header.js";
import type { MetadataWarning, WavMetadata } from "../wav/metadata/metadata.js";
import type { WavChunk } from "../wav/parse.js";
import { WavReader } from "../wav/reader.js";
import type { WavWarning } from "../wav/warning.js";
import { EXIT_FAULT, EXIT_USAGE, reportFault } from "./fault.js";

/** What the command tells of a file. */
interface FileInfo {
  readonly path: string;
  readonly encoding: WavEncoding;
  /** In which format its samples are read. */
  readonly format: WavFormat;
  readonly sampleRate: Hertz;
  readonly channels: number;
  readonly frames: Frames;
  readonly duration: Seconds;
  /** One for each channel; null for silence. */
  readonly peakDbfs: readonly (Dbfs | null)[];
  readonly chunks: readonly WavChunk[];
  readonly metadata: WavMetadata;
  readonly warnings: readonly (WavWarning | MetadataWarning)[];
}

/** Samples of all channels that are measured at once. */
const SAMPLES_AT_ONCE = 2 ** 17;

/** `roomtone info FILE...` */
export function infoCommand(): Command {
  return new Command("info")
    .description("Tell what is in WAV files: format, length, peaks, metadata, chunks, faults.")
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
  const peaks = await measurePeaks(reader);
  const parsed = await reader.readMetadata();
  return {
    path,
    encoding: reader.encoding,
    format: reader.format,
    sampleRate: reader.sampleRate,
    channels: reader.numberOfChannels,
    frames: reader.length,
    duration: reader.duration,
    peakDbfs: peaks.map((peak) => (peak === 0 ? null : toDbfs(peak))),
    chunks: reader.chunks,
    metadata: parsed.metadata,
    warnings: [...reader.warnings, ...parsed.warnings],
  };
}

async function measurePeaks(reader: WavReader): Promise<number[]> {
  const { numberOfChannels } = reader;
  const peaks = Array.from({ length: numberOfChannels }, () => 0);
  const frames = Math.max(1, Math.floor(SAMPLES_AT_ONCE / numberOfChannels));
  for (;;) {
    const samples = await reader.readChannels(frames);
    const length = samples[0]?.length ?? 0;
    if (length === 0) {
      return peaks;
    }
    const getChannelData = (channel: number): Float32Array<ArrayBuffer> =>
      samples[channel] ?? new Float32Array();
    const { peak } = blockLevel({ numberOfChannels, length, getChannelData });
    for (const [channel, value] of peak.entries()) {
      peaks[channel] = Math.max(peaks[channel] ?? 0, value);
    }
  }
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
    `  chunks    ${info.chunks.map(({ id, size }) => `${JSON.stringify(id)} ${size}`).join(", ")}`,
    ...metadataLines(info.metadata),
    ...info.warnings.map((warning) => `  warning   ${warningText(warning)}`),
  ];
  return `${lines.join("\n")}\n`;
}

function peakText(peak: Dbfs | null): string {
  return peak === null ? "silence" : `${peak.toFixed(1)} dBFS`;
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
