import { AudioError } from "../errors.js";
import type { Frames, Hertz } from "../format.js";
import { checkNumber, checkWord } from "../options.js";

/** The sample formats that are written as FLAC. */
export type FlacSampleFormat = "int16" | "int24";

/** The sample formats that are written as FLAC, narrowest first. */
export const FLAC_SAMPLE_FORMATS: readonly FlacSampleFormat[] = ["int16", "int24"];

/** What a FLAC file that is written holds. */
export interface FlacSpec {
  readonly sampleRate: Hertz;
  /** From 1 to 8. */
  readonly channels: number;
  readonly format: FlacSampleFormat;
  /** How much is tried to make it small: from 0, the fastest, to 8. */
  readonly level: number;
}

/** What a {@link FlacSpec} is made of, unchecked. */
export interface FlacSpecOptions {
  readonly sampleRate: Hertz;
  readonly channels: number;
  readonly format: FlacSampleFormat;
  readonly level?: number;
}

const MOST_CHANNELS = 8;
/** Up to here the header of a FLAC frame can say any rate, above only multiples of ten. */
const MOST_ODD_RATE: Hertz = 65_535;
const MOST_RATE: Hertz = 655_350;
/** The reference encoder's. */
const LEVEL = 5;
/** From this level on the reference encoder takes longer blocks. */
const LONG_BLOCK_LEVEL = 3;
const LONG_BLOCK: Frames = 4096;
const SHORT_BLOCK: Frames = 1152;
/** An encoder of level 8 predicts from twelve frames; a format's block has 16 at least. */
const LEAST_BLOCK: Frames = 16;

/**
 * Throws TypeError or RangeError for what cannot be; AudioError `format-not-supported` for what can be, but not in a
 * FLAC file.
 */
export function checkFlacSpec(options: FlacSpecOptions): FlacSpec {
  return {
    format: checkFlacFormat(options?.format),
    sampleRate: checkRate(options.sampleRate),
    channels: checkChannels(options.channels),
    level: checkFlacLevel(options.level),
  };
}

/** The level, or the one that is taken by default. */
export function checkFlacLevel(level: unknown): number {
  return level === undefined
    ? LEVEL
    : checkNumber(level, "level", { min: 0, max: 8, integer: true });
}

/** Throws as {@link checkFlacSpec}. */
export function checkFlacFormat(format: unknown): FlacSampleFormat {
  const others = ["int8", "uint8", "int32", "float32", "float64"] as const;
  const other = others.find((word) => word === format);
  if (other !== undefined) {
    const way = other === "int8" || other === "uint8" ? "int16" : "int24";
    throw new AudioError(
      "format-not-supported",
      `FLAC files are written with integers of 16 or 24 bits, not ${other}: take format "${way}", or a WAV file.`,
    );
  }
  return checkWord(format, "format", FLAC_SAMPLE_FORMATS);
}

/** Frames of a FLAC frame, such that one is never longer than half a second where the rate allows it. */
export function blockFramesOf({ sampleRate, level }: FlacSpec): Frames {
  const usual = level < LONG_BLOCK_LEVEL ? SHORT_BLOCK : LONG_BLOCK;
  return Math.max(LEAST_BLOCK, Math.min(usual, 2 ** Math.floor(Math.log2(sampleRate / 2))));
}

/** Bits of a sample. */
export function bitsOf(format: FlacSampleFormat): number {
  return format === "int16" ? 16 : 24;
}

function checkRate(value: unknown): Hertz {
  const rate = checkNumber(value, "sampleRate", { min: 1, integer: true });
  if (rate > MOST_RATE || (rate > MOST_ODD_RATE && rate % 10 !== 0)) {
    throw new AudioError(
      "format-not-supported",
      `A FLAC file cannot be streamed at ${rate} Hz: up to 65,535 Hz it can have any rate, and up to 655,350 Hz ` +
        "multiples of ten. Resample, or write a WAV file.",
    );
  }
  return rate;
}

function checkChannels(value: unknown): number {
  const channels = checkNumber(value, "channels", { min: 1, integer: true });
  if (channels > MOST_CHANNELS) {
    throw new AudioError(
      "format-not-supported",
      `A FLAC file has 8 channels at most, not ${channels}: pick some, or write a WAV file.`,
    );
  }
  return channels;
}
