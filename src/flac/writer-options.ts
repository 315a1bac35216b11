import type { Frames, Hertz, Seconds } from "../format.js";
import { checkBoolean, checkNumber, checkOptions, describe } from "../options.js";
import type { Gap } from "../recording/recording.js";
import type { WavMetadata } from "../wav/metadata/metadata.js";
import { checkFlacSpec, type FlacSampleFormat, type FlacSpec } from "./format.js";
import { checkGap, textComments } from "./tags.js";

/** What a `FlacWriter` must and can be told. */
export interface FlacWriterOptions {
  /** Frames a second: a whole number up to 65,535, or a multiple of ten up to 655,350. */
  readonly sampleRate: Hertz;
  /** Number of channels: from 1 to 8. */
  readonly channels: number;
  /** How the samples are given, and stored. */
  readonly format: FlacSampleFormat;
  /** How much is tried to make the file small: from 0, the fastest, to 8. Default 5. */
  readonly level?: number;
  /** Whether an existing file is replaced. Default `false`: it is an error. */
  readonly overwrite?: boolean;
  /**
   * What the file says beside its samples, in the terms of a WAV file; docs/flac.md has the comments that they become.
   * `setMetadata()`, `addCue()` and `addGap()` can change it later.
   */
  readonly metadata?: WavMetadata;
  /** Lost frames that are known already; `addGap()` tells of others. Default: none. */
  readonly gaps?: readonly Gap[];
  /**
   * Bytes kept before the samples for comments to come, from 0 to 16,000,000: a gap takes about 30. Default: up to byte
   * 4096 of the file, and at least 1024.
   */
  readonly metadataRoom?: number;
  /** The number of frames in the header is made right at least each so many seconds of audio. Default 0.5. */
  readonly checkpointSeconds?: Seconds;
}

/** Checked options. */
export interface FlacWriterSettings {
  readonly spec: FlacSpec;
  readonly overwrite: boolean;
  readonly metadata: WavMetadata;
  readonly gaps: readonly Gap[];
  /** Undefined: as much as the documentation of the option says. */
  readonly metadataRoom: number | undefined;
  readonly checkpointFrames: Frames;
}

const MOST_METADATA_ROOM = 16_000_000;
const CHECKPOINT_SECONDS: Seconds = 0.5;

const KEYS: readonly (keyof FlacWriterOptions)[] = [
  "sampleRate",
  "channels",
  "format",
  "level",
  "overwrite",
  "metadata",
  "gaps",
  "metadataRoom",
  "checkpointSeconds",
];

/** Throws TypeError, RangeError or AudioError `format-not-supported` for options that cannot be. */
export function checkFlacWriterOptions(options: FlacWriterOptions): FlacWriterSettings {
  checkOptions(options, KEYS, "FlacWriter.create()");
  const spec = checkFlacSpec(options);
  const { metadata = {}, gaps = [] } = options;
  textComments(metadata, spec.sampleRate);
  const seconds =
    options.checkpointSeconds === undefined
      ? CHECKPOINT_SECONDS
      : checkNumber(options.checkpointSeconds, "checkpointSeconds", { min: 0, above: true });
  const rule = { min: 0, max: MOST_METADATA_ROOM, integer: true };
  return {
    spec,
    overwrite: options.overwrite !== undefined && checkBoolean(options.overwrite, "overwrite"),
    metadata,
    gaps: checkGaps(gaps),
    metadataRoom:
      options.metadataRoom === undefined
        ? undefined
        : checkNumber(options.metadataRoom, "metadataRoom", rule),
    checkpointFrames: Math.max(1, spec.sampleRate * seconds),
  };
}

function checkGaps(gaps: unknown): readonly Gap[] {
  if (!Array.isArray(gaps)) {
    throw new TypeError(`Expected \`gaps\` to be an array, got ${describe(gaps)}`);
  }
  return gaps.map(checkGap);
}
