import type { FlacComment } from "../flac/comments.js";
import { FlacReader } from "../flac/reader.js";
import type { FlacWarning } from "../flac/warning.js";
import type { SampleFormat } from "../format.js";
import type { Gap } from "../recording/recording.js";
import type { CuePoint } from "../wav/metadata/cues.js";
import { fieldLines, lengthLines, type SoundFacts } from "./info-text.js";
import { type Measured, measure, measuredLines } from "./measured-sound.js";

/** What the command tells of a FLAC file. */
export interface FlacInfo extends SoundFacts, Measured {
  readonly path: string;
  readonly encoding: {
    readonly container: "FLAC";
    readonly codec: "flac";
    readonly bitsPerSample: number;
  };
  /** In which format its samples are read. */
  readonly format: SampleFormat;
  readonly vendor: string;
  readonly comments: readonly FlacComment[];
  readonly cues: readonly CuePoint[];
  readonly gaps: readonly Gap[];
  readonly warnings: readonly FlacWarning[];
}

/** Opens a FLAC file and measures its sound. */
export async function examineFlac(path: string): Promise<FlacInfo> {
  await using reader = await FlacReader.open(path);
  const measured = await measure(reader);
  return {
    path,
    encoding: { container: "FLAC", codec: "flac", bitsPerSample: reader.bitsPerSample },
    format: reader.format,
    sampleRate: reader.sampleRate,
    channels: reader.numberOfChannels,
    frames: reader.length,
    duration: reader.duration,
    ...measured,
    vendor: reader.vendor,
    comments: reader.comments,
    cues: reader.cues,
    gaps: reader.gaps,
    warnings: reader.warnings,
  };
}

/** The same as lines for people. */
export function flacText(info: FlacInfo): string {
  const { vendor, comments, cues, gaps } = info;
  const lines = [
    info.path,
    `  format    FLAC, ${info.encoding.bitsPerSample} bits`,
    ...lengthLines(info),
    ...measuredLines(info),
    ...fieldLines({
      vendor,
      ...(comments.length > 0 && { comments }),
      ...(cues.length > 0 && { cues }),
      ...(gaps.length > 0 && { gaps }),
    }),
    ...info.warnings.map(({ message }) => `  warning   ${message}`),
  ];
  return `${lines.join("\n")}\n`;
}
