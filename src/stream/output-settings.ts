import type { DeviceQuery } from "../device-query.js";
import type { Seconds } from "../format.js";
import type { Device } from "../hosts/host.js";
import { checkOptions } from "../options.js";
import {
  type ChannelChoice,
  COMMON_OPTIONS,
  type CommonStreamOptions,
  checkBufferSeconds,
  checkChannels,
  checkCommonOptions,
  checkDevice,
  checkLatency,
  type LatencyChoice,
  withConfigured,
} from "./common-options.js";
import { type OneSideChoice, type OneSideSettings, settleOneSide } from "./one-side.js";

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

const DEFAULT_BUFFER: Seconds = 1;

/** Output options after the checks that need no device. */
export type OutputChoice = OneSideChoice;

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

/**
 * Settles a choice for one of the devices that a host has just listed.
 * Throws AudioError `device-not-found` or `device-ambiguous`, or RangeError for channels that the device has not.
 */
export function settleOutput(choice: OutputChoice, candidates: readonly Device[]): OneSideSettings {
  return settleOneSide(choice, candidates, "output");
}
