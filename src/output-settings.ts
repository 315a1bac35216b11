import { type DeviceQuery, defaultDevice, selectDevice } from "./device-query.js";
import type { Hertz, SampleFormat, Seconds } from "./format.js";
import type { Device, StreamRequest } from "./hosts/host.js";
import { checkNumber, checkOptions } from "./options.js";
import { checkInputOptions } from "./stream/settings.js";

/** How an output shall be opened. */
export interface OutputCheckOptions {
  /** Which device. Default: the system's default output. */
  readonly device?: DeviceQuery;
  /** Frames a second, a whole number from 1 to 768,000. Default: the device's own. */
  readonly sampleRate?: Hertz;
  /** How many channels, from 1 to 4096. Default: 2, or 1 where the device has no more. */
  readonly channels?: number;
  /** How a sample is stored. Default `"float32"`. */
  readonly format?: SampleFormat;
  /**
   * How deep the device's own buffer shall be: `"high"` (default; at least 0.25 s), `"low"` (the device's lowest), or
   * seconds above 0 and up to 10.
   */
  readonly latency?: "low" | "high" | Seconds;
}

const OUTPUT_OPTIONS: readonly string[] = ["device", "sampleRate", "channels", "format", "latency"];
const HIGH_LATENCY: Seconds = 0.25;

/** Output options after the checks that need no device. */
export interface OutputChoice {
  readonly device: DeviceQuery | undefined;
  readonly sampleRate: Hertz | undefined;
  readonly channels: number | undefined;
  readonly format: SampleFormat;
  readonly latency: "low" | "high" | Seconds;
}

/** Throws TypeError or RangeError for options that are wrong by themselves, before anything is started. */
export function checkOutputOptions(options: OutputCheckOptions, where: string): OutputChoice {
  checkOptions(options, OUTPUT_OPTIONS, where);
  const { channels, ...common } = options;
  // These mean the same in both directions.
  const { device, sampleRate, format, latency } = checkInputOptions(common, where);
  return {
    device,
    sampleRate,
    channels:
      channels === undefined
        ? undefined
        : checkNumber(channels, "channels", { min: 1, max: 4096, integer: true }),
    format,
    latency,
  };
}

/** An output that is ready to be opened: every value is settled and valid for the device. */
export interface OutputSettings {
  readonly device: Device;
  readonly request: StreamRequest;
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
  const channels = choice.channels ?? Math.min(2, device.maxOutputChannels);
  if (channels > device.maxOutputChannels) {
    throw new RangeError(
      `Expected \`channels\` to be from 1 to ${device.maxOutputChannels} of ${device.name}, got ${channels}`,
    );
  }
  return {
    device,
    request: {
      sampleRate: choice.sampleRate ?? Math.round(device.defaultSampleRate),
      framesPerBuffer: 0,
      output: {
        deviceId: device.id,
        channels,
        format: choice.format,
        latency: latencySeconds(choice.latency, device),
      },
    },
  };
}

function latencySeconds(latency: "low" | "high" | Seconds, device: Device): Seconds {
  switch (latency) {
    case "low":
      return device.defaultLowOutputLatency;
    case "high":
      return Math.max(device.defaultHighOutputLatency, HIGH_LATENCY);
    default:
      return latency;
  }
}
