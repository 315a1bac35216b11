import { bytesPerSample, type Frames, type Hertz, type Seconds } from "../format.js";
import { checkBoolean, checkNumber, checkOptions, checkWord } from "../options.js";
import {
  isFloat,
  MAX_FRAME_BYTES,
  MAX_SAMPLE_RATE,
  needsExtensible,
  WAV_FORMATS,
  type WavFormat,
  type WavGrowth,
  type WavSpec,
} from "./header.js";
import { type EncodedMetadata, encodeMetadata, type WavMetadata } from "./metadata/metadata.js";

/** What a `WavWriter` must and can be told. */
export interface WavWriterOptions {
  /** Frames a second: a whole number from 1 to 4,294,967,295. */
  readonly sampleRate: Hertz;
  /** Number of channels: from 1 up, as many as a frame of 65,535 bytes holds. */
  readonly channels: number;
  /** How the samples are stored. */
  readonly format: WavFormat;
  /** Whether an existing file is replaced. Default `false`: it is an error. */
  readonly overwrite?: boolean;
  /**
   * Which loudspeakers the channels belong to, one bit for each (Microsoft's `dwChannelMask`): 1 is
   * front left, 2 front right, 4 front centre, 8 the subwoofer, 16 back left, 32 back right and so
   * on. Default 0: none, for the channels of a device are not loudspeakers.
   */
  readonly channelMask?: number;
  /**
   * How many bits of an integer carry sound: the upper ones, the others should be 0. `int32` with
   * 24 is the "24 in 32 bits" of many converters. Default: all.
   */
  readonly validBits?: number;
  /**
   * Whether the header has the extensible form. Default: for more than two channels, and where
   * `channelMask` or `validBits` say something; `true` for 24 bits is what Microsoft asks for and
   * some old readers refuse.
   */
  readonly extensible?: boolean;
  /**
   * How the file grows. Default `auto`: a RIFF file that becomes RF64 by itself when it passes 4
   * GiB, for which it keeps 36 bytes from the start. `riff` keeps none, and refuses what does not
   * fit; `rf64` is RF64 from the start. A stream cannot be RF64.
   */
  readonly container?: WavGrowth;
  /** What the file says beside its samples; `setMetadata()` and `addCue()` can change it later. */
  readonly metadata?: WavMetadata;
  /**
   * Bytes kept before the samples so that INFO, `bext`, `iXML` and `axml` can grow there, up to
   * 16,777,216. Default: 512 where `metadata` has one of them, else 0.
   */
  readonly metadataRoom?: number;
  /**
   * The header is made valid at least each so many seconds of audio. Default 1. Where they come
   * faster than each 20 ms, it is made valid each 20 ms.
   */
  readonly checkpointSeconds?: Seconds;
  /** And at least each so many bytes of audio, from 4096 up. Default 8,388,608. */
  readonly checkpointBytes?: number;
}

/** Checked options. */
export interface WriterSettings {
  readonly spec: WavSpec;
  readonly extensible: boolean;
  readonly container: WavGrowth;
  readonly overwrite: boolean;
  readonly metadata: WavMetadata;
  readonly metadataRoom: number;
  readonly checkpointFrames: Frames;
  readonly checkpointBytes: number;
}

const CHECKPOINT_SECONDS: Seconds = 1;
const CHECKPOINT_BYTES = 8 * 1024 * 1024;
const METADATA_ROOM = 512;
const MOST_METADATA_ROOM = 2 ** 24;

const KEYS: readonly (keyof WavWriterOptions)[] = [
  "sampleRate",
  "channels",
  "format",
  "overwrite",
  "channelMask",
  "validBits",
  "extensible",
  "container",
  "metadata",
  "metadataRoom",
  "checkpointSeconds",
  "checkpointBytes",
];

/** Throws TypeError or RangeError for options that cannot be. */
export function checkWriterOptions(options: WavWriterOptions): WriterSettings {
  checkOptions(options, KEYS, "WavWriter.create()");
  const spec = checkSpec(options);
  const metadata = options.metadata ?? {};
  const encoded = encodeMetadata(metadata, spec.sampleRate);
  const seconds =
    options.checkpointSeconds === undefined
      ? CHECKPOINT_SECONDS
      : checkNumber(options.checkpointSeconds, "checkpointSeconds", { min: 0, above: true });
  const bytes =
    options.checkpointBytes === undefined
      ? CHECKPOINT_BYTES
      : checkNumber(options.checkpointBytes, "checkpointBytes", { min: 4096, integer: true });
  return {
    spec,
    extensible: checkExtensible(options.extensible, spec),
    container:
      options.container === undefined
        ? "auto"
        : checkWord(options.container, "container", ["auto", "riff", "rf64"]),
    overwrite: options.overwrite !== undefined && checkBoolean(options.overwrite, "overwrite"),
    metadata,
    metadataRoom: checkRoom(options.metadataRoom, encoded),
    checkpointFrames: Math.max(1, spec.sampleRate * seconds),
    checkpointBytes: bytes,
  };
}

function checkSpec(options: WavWriterOptions): WavSpec {
  const format = checkWord(options?.format, "format", WAV_FORMATS);
  const bits = bytesPerSample(format) * 8;
  const { channelMask, validBits } = options;
  const least = isFloat(format) ? bits : 1;
  return {
    sampleRate: checkNumber(options.sampleRate, "sampleRate", {
      min: 1,
      max: MAX_SAMPLE_RATE,
      integer: true,
    }),
    channels: checkNumber(options.channels, "channels", {
      min: 1,
      max: Math.floor(MAX_FRAME_BYTES / bytesPerSample(format)),
      integer: true,
    }),
    format,
    ...(channelMask === undefined
      ? {}
      : {
          channelMask: checkNumber(channelMask, "channelMask", {
            min: 0,
            max: 0xffffffff,
            integer: true,
          }),
        }),
    ...(validBits === undefined
      ? {}
      : {
          validBits: checkNumber(validBits, "validBits", { min: least, max: bits, integer: true }),
        }),
  };
}

function checkExtensible(value: unknown, spec: WavSpec): boolean {
  if (value === undefined) {
    return needsExtensible(spec);
  }
  const extensible = checkBoolean(value, "extensible");
  if (!extensible && needsExtensible({ ...spec, channels: 1 })) {
    throw new RangeError(
      "Expected `extensible` not to be false with `channelMask` or `validBits`, for which the plain form has no place",
    );
  }
  return extensible;
}

function checkRoom(value: unknown, encoded: EncodedMetadata): number {
  if (value === undefined) {
    return encoded.before.length > 0 ? METADATA_ROOM : 0;
  }
  return checkNumber(value, "metadataRoom", { min: 0, max: MOST_METADATA_ROOM, integer: true });
}
