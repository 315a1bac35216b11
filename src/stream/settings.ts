import { checkQuery, type DeviceQuery, defaultDevice, selectDevice } from "../device-query.js";
import {
  bytesPerFrame,
  type Frames,
  type Hertz,
  SAMPLE_FORMATS,
  type SampleFormat,
  type Seconds,
} from "../format.js";
import type { Device, StreamRequest } from "../hosts/host.js";
import { checkNumber, checkOptions, checkSignal, checkWord, describe } from "../options.js";
import { MAX_RING_BYTES } from "../ring.js";

/** What can be chosen of an {@link InputStream}. */
export interface InputStreamOptions {
  /** Which device. Default: the system's default input. */
  readonly device?: DeviceQuery;
  /** Frames a second, a whole number from 1 to 768,000. Default: the device's own. */
  readonly sampleRate?: Hertz;
  /** How many channels, from the first on, or which ones, counted from 0. Default: 1. */
  readonly channels?: number | readonly number[];
  /** How a sample is stored. Default `"float32"`, which keeps up to 24 bits exactly and never clips. */
  readonly format?: SampleFormat;
  /**
   * How deep the device's own buffer shall be: `"high"` (default; at least 0.25 s, so that a busy machine loses
   * nothing), `"low"` (the device's lowest, for duplex work), or seconds above 0 and up to 10.
   */
  readonly latency?: "low" | "high" | Seconds;
  /** Frames of a block in `for await`, from 1 to 2^20. Default: a twentieth of a second. */
  readonly blockFrames?: Frames;
  /** How much audio is kept for a reader that is late, above 0 and up to 600 s. Default 10. */
  readonly bufferSeconds?: Seconds;
  /** Stops the stream when it aborts: what was recorded until then can still be read. */
  readonly signal?: AbortSignal;
}

/** The names of {@link InputStreamOptions}. */
export const INPUT_OPTIONS: readonly string[] = [
  "device",
  "sampleRate",
  "channels",
  "format",
  "latency",
  "blockFrames",
  "bufferSeconds",
  "signal",
];

/** The highest sample rate that can be asked for. */
export const MAX_RATE: Hertz = 768_000;
const MAX_BLOCK: Frames = 2 ** 20;
const HIGH_LATENCY: Seconds = 0.25;
const DEFAULT_BUFFER: Seconds = 10;

/** Input options after the checks that need no device. */
export interface InputChoice {
  readonly device: DeviceQuery | undefined;
  readonly sampleRate: Hertz | undefined;
  readonly channels: number | readonly number[];
  readonly format: SampleFormat;
  readonly latency: "low" | "high" | Seconds;
  readonly blockFrames: Frames | undefined;
  readonly bufferSeconds: Seconds;
  readonly signal: AbortSignal | undefined;
}

/** Throws TypeError or RangeError for options that are wrong by themselves, before anything is started. */
export function checkInputOptions(options: InputStreamOptions, where: string): InputChoice {
  checkOptions(options, INPUT_OPTIONS, where);
  if (options.device !== undefined) {
    checkQuery(options.device, "device");
  }
  const { sampleRate, latency, blockFrames, bufferSeconds, signal, format } = options;
  return {
    device: options.device,
    sampleRate:
      sampleRate === undefined
        ? undefined
        : checkNumber(sampleRate, "sampleRate", { min: 1, max: MAX_RATE, integer: true }),
    channels: checkChannels(options.channels === undefined ? 1 : options.channels),
    format: format === undefined ? "float32" : checkWord(format, "format", SAMPLE_FORMATS),
    latency: checkLatency(latency === undefined ? "high" : latency),
    blockFrames:
      blockFrames === undefined
        ? undefined
        : checkNumber(blockFrames, "blockFrames", { min: 1, max: MAX_BLOCK, integer: true }),
    bufferSeconds: checkNumber(
      bufferSeconds === undefined ? DEFAULT_BUFFER : bufferSeconds,
      "bufferSeconds",
      {
        min: 0,
        above: true,
        max: 600,
      },
    ),
    signal: signal === undefined ? undefined : checkSignal(signal, "signal"),
  };
}

/** An input stream that is ready to be opened: every value is settled and valid for the device. */
export interface InputSettings {
  readonly device: Device;
  readonly request: StreamRequest;
  readonly format: SampleFormat;
  /** The channels to record, counted from 0. */
  readonly channelNumbers: readonly number[];
  readonly blockFrames: Frames;
  readonly capacityFrames: Frames;
}

/**
 * Settles a choice for one of the devices that a host has just listed.
 * Throws AudioError `device-not-found` or `device-ambiguous`, or RangeError for channels that the device has not.
 */
export function settleInput(choice: InputChoice, candidates: readonly Device[]): InputSettings {
  const device =
    choice.device === undefined
      ? defaultDevice(candidates, "input")
      : selectDevice(choice.device, candidates, "input");
  const channelNumbers =
    typeof choice.channels === "number"
      ? Array.from({ length: choice.channels }, (_, index) => index)
      : choice.channels;
  const openChannels = Math.max(...channelNumbers) + 1;
  if (openChannels > device.maxInputChannels) {
    throw new RangeError(
      `Expected \`channels\` to be ${channelRange(device.maxInputChannels)} of ${device.name}, got ${channelText(choice.channels)}`,
    );
  }
  const sampleRate = choice.sampleRate ?? Math.round(device.defaultSampleRate);
  const blockFrames = choice.blockFrames ?? Math.max(1, Math.round(sampleRate / 20));
  const frameBytes = bytesPerFrame(choice.format, channelNumbers.length);
  const capacityFrames = Math.max(Math.ceil(choice.bufferSeconds * sampleRate), blockFrames * 2);
  if (capacityFrames * frameBytes > MAX_RING_BYTES) {
    throw new RangeError(
      `Expected \`bufferSeconds\` to ask for at most 2 GiB of memory, got ${choice.bufferSeconds} s of ${channelNumbers.length} channels at ${sampleRate} Hz`,
    );
  }
  return {
    device,
    request: {
      sampleRate,
      framesPerBuffer: 0,
      input: {
        deviceId: device.id,
        channels: openChannels,
        format: choice.format,
        latency: latencySeconds(choice.latency, device),
      },
    },
    format: choice.format,
    channelNumbers,
    blockFrames,
    capacityFrames,
  };
}

function latencySeconds(latency: "low" | "high" | Seconds, device: Device): Seconds {
  switch (latency) {
    case "low":
      return device.defaultLowInputLatency;
    case "high":
      return Math.max(device.defaultHighInputLatency, HIGH_LATENCY);
    default:
      return latency;
  }
}

function checkLatency(latency: unknown): "low" | "high" | Seconds {
  return typeof latency === "number"
    ? checkNumber(latency, "latency", { min: 0, above: true, max: 10 })
    : checkWord(latency, "latency", ["low", "high"]);
}

function checkChannels(channels: unknown): number | readonly number[] {
  if (!Array.isArray(channels)) {
    return checkNumber(channels, "channels", { min: 1, max: 4096, integer: true });
  }
  if (channels.length === 0) {
    throw new RangeError("Expected `channels` to name at least one channel, got an empty list");
  }
  const numbers = channels.map((channel, index) =>
    checkNumber(channel, `channels[${index}]`, { min: 0, max: 4095, integer: true }),
  );
  const twice = numbers.find((channel, index) => numbers.indexOf(channel) !== index);
  if (twice !== undefined) {
    throw new RangeError(`Expected \`channels\` to name each channel once, got ${twice} twice`);
  }
  return numbers;
}

function channelRange(most: number): string {
  return most === 1 ? "1 (or [0])" : `from 1 to ${most} (or numbers from 0 to ${most - 1})`;
}

function channelText(channels: number | readonly number[]): string {
  return typeof channels === "number" ? describe(channels) : `[${channels.join(", ")}]`;
}
