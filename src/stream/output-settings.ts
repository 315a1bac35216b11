import { type DeviceQuery, defaultDevice, selectDevice } from "../device-query.js";
import type { Frames, Hertz, SampleFormat, Seconds } from "../format.js";
import type { Device, StreamRequest } from "../hosts/host.js";
import { checkOptions } from "../options.js";
import {
  type ChannelChoice,
  type ChannelRule,
  COMMON_OPTIONS,
  type CommonChoice,
  type CommonStreamOptions,
  checkBufferSeconds,
  checkChannels,
  checkCommonOptions,
  checkDevice,
  checkLatency,
  type LatencyChoice,
  settleBlockFrames,
  settleCapacity,
  settleChannels,
  withConfigured,
} from "./common-options.js";

/** What can be chosen of an {@link OutputStream}. */
export interface OutputStreamOptions extends CommonStreamOptions {
  /** Which device. Default: the system's default output. */
  readonly device?: DeviceQuery;
  /**
   * How many channels, from the first on, or which ones, counted from 0; the device's others are silent. Default: 2, or
   * 1 on a device that has only one.
   */
  readonly channels?: ChannelChoice;
  /**
   * How deep the device's own buffer shall be: `"high"` (default; at least 0.1 s), `"low"` (the device's lowest), or
   * seconds above 0 and up to 10.
   */
  readonly latency?: LatencyChoice;
  /** How much audio can be queued before `write` waits, above 0 and up to 600 s. Default 1. */
  readonly bufferSeconds?: Seconds;
}

/** The names of {@link OutputStreamOptions}. */
export const OUTPUT_OPTIONS: readonly string[] = [
  "device",
  "channels",
  "latency",
  "bufferSeconds",
  ...COMMON_OPTIONS,
];

const HIGH_LATENCY: Seconds = 0.1;
const DEFAULT_BUFFER: Seconds = 1;

/** Output options after the checks that need no device. */
export interface OutputChoice extends CommonChoice {
  readonly device: DeviceQuery | undefined;
  readonly channels: ChannelChoice | ChannelRule | undefined;
  readonly latency: LatencyChoice;
  readonly bufferSeconds: Seconds;
}

/** Throws TypeError or RangeError for options that are wrong by themselves, before anything is started. */
export function checkOutputOptions(given: OutputStreamOptions, where: string): OutputChoice {
  checkOptions(given, OUTPUT_OPTIONS, where);
  const options = withConfigured(given, OUTPUT_OPTIONS, "output");
  const { channels, latency = "high", bufferSeconds = DEFAULT_BUFFER } = options;
  return {
    ...checkCommonOptions(options),
    device: checkDevice(options.device, "device"),
    channels: channels === undefined ? undefined : checkChannels(channels),
    latency: checkLatency(latency),
    bufferSeconds: checkBufferSeconds(bufferSeconds),
  };
}

/** An output stream that is ready to be opened: every value is settled and valid for the device. */
export interface OutputSettings {
  readonly device: Device;
  readonly request: StreamRequest;
  /** The device's own rate. */
  readonly deviceRate: Hertz;
  readonly format: SampleFormat;
  /** The channels to play on, counted from 0. */
  readonly channelNumbers: readonly number[];
  readonly blockFrames: Frames;
  readonly capacityFrames: Frames;
}

/**
 * Settles a choice for one of the devices that a host has just listed.
 * Throws AudioError `device-not-found` or `device-ambiguous`, or RangeError for channels that the device has not.
 */
export function settleOutput(choice: OutputChoice, candidates: readonly Device[]): OutputSettings {
  const device =
    choice.device === undefined
      ? defaultDevice(candidates, "output")
      : selectDevice(choice.device, candidates, "output");
  const { format } = choice;
  const most = device.maxOutputChannels;
  const { channels = Math.min(2, most) } = choice;
  const chosen = typeof channels === "function" ? channels(device) : channels;
  const channelNumbers = settleChannels(chosen, most, device);
  const deviceRate = Math.round(device.defaultSampleRate);
  const sampleRate = choice.sampleRate ?? deviceRate;
  const blockFrames = settleBlockFrames(choice, sampleRate, false);
  return {
    device,
    deviceRate,
    request: {
      sampleRate,
      framesPerBuffer: 0,
      output: {
        deviceId: device.id,
        channels: Math.max(...channelNumbers) + 1,
        format,
        latency: outputLatency(choice.latency, device, HIGH_LATENCY),
      },
    },
    format,
    channelNumbers,
    blockFrames,
    capacityFrames: settleCapacity(
      choice.bufferSeconds,
      sampleRate,
      deviceRate,
      blockFrames,
      format,
      channelNumbers.length,
    ),
  };
}

/** The latency to ask of an output device; `"high"` is at least `least`. */
export function outputLatency(latency: LatencyChoice, device: Device, least: Seconds): Seconds {
  switch (latency) {
    case "low":
      return device.defaultLowOutputLatency;
    case "high":
      return Math.max(device.defaultHighOutputLatency, least);
    default:
      return latency;
  }
}
