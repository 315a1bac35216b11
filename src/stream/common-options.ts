import { configured } from "../configuration.js";
import { checkQuery, type DeviceQuery, type Direction } from "../device-query.js";
import {
  bytesPerFrame,
  type Frames,
  type Hertz,
  SAMPLE_FORMATS,
  type SampleFormat,
  type Seconds,
} from "../format.js";
import type { Device } from "../hosts/host.js";
import { checkBoolean, checkNumber, checkSignal, checkWord, describe } from "../options.js";
import { MAX_RING_BYTES } from "../ring.js";
import type { RecoveryPolicy, ResampleChoice } from "./protocol.js";

/** What can be chosen of every stream. Values that are not given come from `configure()`, then from the defaults. */
export interface CommonStreamOptions {
  /** Frames a second, a whole number from 1 to 768,000. Default: the device's own. */
  readonly sampleRate?: Hertz;
  /** How a sample is stored. Default `"float32"`, which keeps up to 24 bits exactly and never clips. */
  readonly format?: SampleFormat;
  /**
   * What to do about a sample rate that is not the device's own. `"auto"` (default): the device is opened at it, and
   * where the device cannot, frames are converted on the way; `"always"`: the device runs at its own rate and frames
   * are converted; `"never"`: the device must do it. Positions and gaps are in the asked rate. See docs/resampling.md.
   */
  readonly resample?: ResampleChoice;
  /** Adds triangular noise of 2 LSB when samples are narrowed to an integer format. Default false. */
  readonly dither?: boolean;
  /**
   * What to do when the device is gone. `"fail"` (default): a stall is mended by opening the device anew, a device that
   * says that it is gone ends the stream. `"wait"`: the stream waits for the same device (by id) to come back.
   * `"default-device"`: if it does not come back within about a second, the system's default device takes its place.
   * The frames missed are a gap, measured by the clock.
   */
  readonly onDeviceLost?: RecoveryPolicy["onDeviceLost"];
  /**
   * How long the device is tried before the stream fails, above 0 and up to `Infinity`. Default 10 s with `"fail"`,
   * 60 s otherwise.
   */
  readonly waitSeconds?: Seconds;
  /**
   * Whether the audio thread asks the system for real-time priority. Default true; `stats.realTime` tells whether it was
   * granted. Virtual devices never ask.
   */
  readonly realTime?: boolean;
  /**
   * Frames of a block in `for await`, in `onBlock` and of a processor, from 1 to 2^20. Default: a twentieth of a
   * second; 128 for a processor and for duplex streams.
   */
  readonly blockFrames?: Frames;
  /** Stops the stream when it aborts: what was recorded until then can still be read. */
  readonly signal?: AbortSignal;
  /**
   * A module whose `process` runs in the audio thread for each block: see {@link ProcessorModule}. A `file:` URL of an
   * ES module.
   */
  readonly processor?: URL;
  /** What the processor's `setup` gets as `options`: anything that can be structured-cloned. */
  readonly processorOptions?: unknown;
  /** Called with each message that the processor posts. */
  readonly onMessage?: (message: unknown) => void;
}

/** The names of {@link CommonStreamOptions}. */
export const COMMON_OPTIONS: readonly string[] = [
  "sampleRate",
  "format",
  "resample",
  "dither",
  "onDeviceLost",
  "waitSeconds",
  "realTime",
  "blockFrames",
  "signal",
  "processor",
  "processorOptions",
  "onMessage",
];

/** How deep a device's own buffer shall be. */
export type LatencyChoice = "low" | "high" | Seconds;

/** A choice of channels: how many, or which ones, counted from 0. */
export type ChannelChoice = number | readonly number[];

/** Channels that depend on the device: how `play()` spreads a take. */
export type ChannelRule = (device: Device) => readonly number[];

/** Common options after the checks that need no device. */
export interface CommonChoice {
  readonly sampleRate: Hertz | undefined;
  readonly format: SampleFormat;
  readonly resample: ResampleChoice;
  readonly dither: boolean;
  readonly recovery: RecoveryPolicy;
  readonly realTime: boolean;
  readonly blockFrames: Frames | undefined;
  readonly signal: AbortSignal | undefined;
  readonly processor: ProcessorChoice | undefined;
}

/** The processor of a stream. */
export interface ProcessorChoice {
  readonly url: string;
  readonly options: unknown;
  readonly onMessage: ((message: unknown) => void) | undefined;
}

/** The highest sample rate that can be asked for. */
export const MAX_RATE: Hertz = 768_000;
const MAX_BLOCK: Frames = 2 ** 20;
const PROCESSOR_BLOCK: Frames = 128;
/** The longest filter between two rates holds back fewer frames than this, at the lower of the rates. */
const CONVERTER_HOLDS: Frames = 256;

/** The options of one call over those of `configure()`, of the names that the call knows. */
export function withConfigured<Options extends object>(
  options: Options,
  known: readonly string[],
  direction?: Direction,
): Options {
  const given = Object.entries(options ?? {}).filter(([, value]) => value !== undefined);
  const { inputDevice, outputDevice, ...rest } = configured();
  const own = direction === "input" ? inputDevice : outputDevice;
  const devices =
    direction === undefined ? { inputDevice, outputDevice } : { ...(own && { device: own }) };
  // A device that the call names is meant for both directions, whatever was configured for each.
  const isNamed = given.some(([name]) => name === "device");
  const defaults = Object.entries({ ...rest, ...(isNamed ? {} : devices) }).filter(
    ([name, value]) => known.includes(name) && value !== undefined,
  );
  // Both sides have the names and types of these options: configure() checks its own with the same checks.
  return Object.fromEntries([...defaults, ...given]) as Options;
}

/** Checks the common options. Throws TypeError or RangeError. */
export function checkCommonOptions(options: CommonStreamOptions): CommonChoice {
  const { sampleRate, format, resample, dither, realTime, blockFrames, signal } = options;
  return {
    sampleRate:
      sampleRate === undefined
        ? undefined
        : checkNumber(sampleRate, "sampleRate", { min: 1, max: MAX_RATE, integer: true }),
    format: format === undefined ? "float32" : checkWord(format, "format", SAMPLE_FORMATS),
    resample:
      resample === undefined
        ? "auto"
        : checkWord(resample, "resample", ["auto", "always", "never"]),
    dither: dither === undefined ? false : checkBoolean(dither, "dither"),
    recovery: checkRecovery(options),
    realTime: realTime === undefined ? true : checkBoolean(realTime, "realTime"),
    blockFrames:
      blockFrames === undefined
        ? undefined
        : checkNumber(blockFrames, "blockFrames", { min: 1, max: MAX_BLOCK, integer: true }),
    signal: signal === undefined ? undefined : checkSignal(signal, "signal"),
    processor: checkProcessor(options),
  };
}

/** Returns a device query, or undefined for the default device. Throws TypeError or RangeError. */
export function checkDevice(query: DeviceQuery | undefined, name: string): DeviceQuery | undefined {
  if (query !== undefined) {
    checkQuery(query, name);
  }
  return query;
}

/** Throws TypeError or RangeError unless `latency` is one. */
export function checkLatency(latency: unknown): LatencyChoice {
  return typeof latency === "number"
    ? checkNumber(latency, "latency", { min: 0, above: true, max: 10 })
    : checkWord(latency, "latency", ["low", "high"]);
}

/** Throws TypeError or RangeError unless `seconds` is the depth of a ring. */
export function checkBufferSeconds(seconds: unknown): Seconds {
  return checkNumber(seconds, "bufferSeconds", { min: 0, above: true, max: 600 });
}

/** Throws TypeError or RangeError unless `channels` is a choice of channels. */
export function checkChannels(channels: unknown, name = "channels"): ChannelChoice {
  if (!Array.isArray(channels)) {
    return checkNumber(channels, name, { min: 1, max: 4096, integer: true });
  }
  if (channels.length === 0) {
    throw new RangeError(`Expected \`${name}\` to name at least one channel, got an empty list`);
  }
  const numbers = Array.from(channels, (channel: unknown, index) =>
    checkNumber(channel, `${name}[${index}]`, { min: 0, max: 4095, integer: true }),
  );
  const twice = numbers.find((channel, index) => numbers.indexOf(channel) !== index);
  if (twice !== undefined) {
    throw new RangeError(`Expected \`${name}\` to name each channel once, got ${twice} twice`);
  }
  return numbers;
}

/** The channels that a choice means. Throws RangeError for channels that the device has not. */
export function settleChannels(
  choice: ChannelChoice,
  most: number,
  device: Device,
  name = "channels",
): readonly number[] {
  const numbers =
    typeof choice === "number" ? Array.from({ length: choice }, (_, index) => index) : choice;
  if (Math.max(...numbers) >= most) {
    const range =
      most === 1 ? "1 (or [0])" : `from 1 to ${most} (or numbers from 0 to ${most - 1})`;
    const got = typeof choice === "number" ? describe(choice) : `[${choice.join(", ")}]`;
    throw new RangeError(`Expected \`${name}\` to be ${range} of ${device.name}, got ${got}`);
  }
  return numbers;
}

/** Frames of a block: the asked ones, or what suits the stream. */
export function settleBlockFrames(
  choice: CommonChoice,
  sampleRate: Hertz,
  interactive: boolean,
): Frames {
  const usual =
    interactive || choice.processor !== undefined
      ? PROCESSOR_BLOCK
      : Math.max(1, Math.round(sampleRate / 20));
  return choice.blockFrames ?? usual;
}

/** How many frames a ring shall hold. Throws RangeError for one that is too large. */
export function settleCapacity(
  seconds: Seconds,
  sampleRate: Hertz,
  deviceRate: Hertz,
  blockFrames: Frames,
  format: SampleFormat,
  channels: number,
): Frames {
  // Twice what a converter may hold back and then give at once.
  const converted =
    sampleRate === deviceRate
      ? 0
      : Math.ceil(CONVERTER_HOLDS * 2 * Math.max(1, sampleRate / deviceRate));
  const frames = Math.max(Math.ceil(seconds * sampleRate), blockFrames * 2, converted);
  if (frames * bytesPerFrame(format, channels) > MAX_RING_BYTES) {
    throw new RangeError(
      `Expected \`bufferSeconds\` to ask for at most 2 GiB of memory, got ${seconds} s of ${channels} channels at ${sampleRate} Hz`,
    );
  }
  return frames;
}

function checkRecovery({ onDeviceLost, waitSeconds }: CommonStreamOptions): RecoveryPolicy {
  const policy =
    onDeviceLost === undefined
      ? "fail"
      : checkWord(onDeviceLost, "onDeviceLost", ["fail", "wait", "default-device"]);
  if (waitSeconds === undefined) {
    return { onDeviceLost: policy, waitSeconds: policy === "fail" ? 10 : 60 };
  }
  const forEver = waitSeconds === Number.POSITIVE_INFINITY;
  return {
    onDeviceLost: policy,
    waitSeconds: forEver
      ? waitSeconds
      : checkNumber(waitSeconds, "waitSeconds", { min: 0, above: true }),
  };
}

function checkProcessor(options: CommonStreamOptions): ProcessorChoice | undefined {
  const { processor, processorOptions, onMessage } = options;
  if (processor === undefined) {
    const loose = processorOptions === undefined ? "onMessage" : "processorOptions";
    if (processorOptions !== undefined || onMessage !== undefined) {
      throw new TypeError(`Expected \`${loose}\` together with \`processor\`, which is not given`);
    }
    return undefined;
  }
  if (!(processor instanceof URL)) {
    throw new TypeError(
      `Expected \`processor\` to be a URL, such as new URL("./processor.js", import.meta.url), got ${describe(processor)}`,
    );
  }
  if (processor.protocol !== "file:" && processor.protocol !== "data:") {
    throw new RangeError(
      `Expected \`processor\` to be a file: URL, got ${describe(processor.protocol)}`,
    );
  }
  if (onMessage !== undefined && typeof onMessage !== "function") {
    throw new TypeError(`Expected \`onMessage\` to be a function, got ${describe(onMessage)}`);
  }
  return { url: processor.href, options: processorOptions, onMessage };
}
