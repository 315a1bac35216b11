import { Command } from "commander";
import { isFlacFile } from "../flac/parse.js";
import type { Frames, Hertz, Seconds } from "../format.js";
import type { WavEncoding } from "../wav/encoding.js";
import type { WavFormat } from "../wav/header.js";
import type { MetadataWarning, WavMetadata } from "../wav/metadata/metadata.js";
import type { WavChunk } from "../wav/parse.js";
import { WavReader } from "../wav/reader.js";
import type { WavWarning } from "../wav/warning.js";
import { EXIT_FAULT, EXIT_USAGE, reportFault } from "./fault.js";
import { examineFlac, flacText } from "./flac-info.js";
import { fieldLines, jsonLine, lengthLines } from "./info-text.js";
import { type Measured, measure, measuredLines } from "./measured-sound.js";

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

/** `roomtone info FILE...` */
export function infoCommand(): Command {
  return new Command("info")
    .description(
      "Tell what is in WAV and FLAC files: format, length, peaks, loudness, what is wrong with the sound, metadata, chunks, faults.",
    )
    .argument("<file...>", "the files")
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
      process.stdout.write(await tellFile(file, options.json === true));
    } catch (error) {
      reportFault(error);
    }
  }
}

async function tellFile(file: string, json: boolean): Promise<string> {
  if (await isFlacFile(file)) {
    const info = await examineFlac(file);
    return json ? jsonLine(info) : flacText(info);
  }
  const info = await examine(file);
  return json ? jsonLine(info) : text(info);
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

function text(info: FileInfo): string {
  const { encoding } = info;
  const bits =
    encoding.validBits === encoding.bitsPerSample
      ? `${encoding.bitsPerSample} bits`
      : `${encoding.validBits} of ${encoding.bitsPerSample} bits`;
  const order = encoding.bigEndian ? ", big-endian" : "";
  const lines = [
    info.path,
    `  format    ${encoding.container}, ${encoding.codec}, ${bits}${order}`,
    ...lengthLines(info),
    ...measuredLines(info),
    `  chunks    ${info.chunks.map(({ id, size }) => `${JSON.stringify(id)} ${size}`).join(", ")}`,
    ...fieldLines(info.metadata),
    ...info.warnings.map((warning) => `  warning   ${warningText(warning)}`),
  ];
  return `${lines.join("\n")}\n`;
}

function warningText(warning: WavWarning | MetadataWarning): string {
  return "position" in warning
    ? `at byte ${warning.position}: ${warning.message}`
    : `chunk "${warning.chunk}": ${warning.message}`;
}
