import { type DeviceQuery, type Direction, defaultDevice, selectDevice } from "../device-query.js";
import type { Frames, Hertz, SampleFormat, Seconds } from "../format.js";
import type { Device, SideRequest, StreamRequest } from "../hosts/host.js";
import {
  type ChannelChoice,
  type ChannelRule,
  type CommonChoice,
  type LatencyChoice,
  settleBlockFrames,
  settleCapacity,
  settleChannels,
} from "./common-options.js";

/** The options of a stream in one direction, after the checks that need no device. */
export interface OneSideChoice extends CommonChoice {
  readonly device: DeviceQuery | undefined;
  /** Undefined: what is usual in this direction. */
  readonly channels: ChannelChoice | ChannelRule | undefined;
  readonly latency: LatencyChoice;
  readonly bufferSeconds: Seconds;
}

/** A stream in one direction that is ready to be opened: every value is settled and valid for the device. */
export interface OneSideSettings {
  readonly device: Device;
  readonly request: StreamRequest;
  /** The device's own rate. */
  readonly deviceRate: Hertz;
  readonly format: SampleFormat;
  /** The channels of the device, counted from 0. */
  readonly channelNumbers: readonly number[];
  readonly blockFrames: Frames;
  readonly capacityFrames: Frames;
}

/** A stream that only records need not hurry, and one that only plays not much. */
const HIGH_LATENCY: Readonly<Record<Direction, Seconds>> = { input: 0.25, output: 0.1 };

/**
 * Settles a choice for one of the devices that a host has just listed.
 * Throws AudioError `device-not-found` or `device-ambiguous`, or RangeError for channels that the device has not.
 */
export function settleOneSide(
  choice: OneSideChoice,
  candidates: readonly Device[],
  direction: Direction,
): OneSideSettings {
  const device =
    choice.device === undefined
      ? defaultDevice(candidates, direction)
      : selectDevice(choice.device, candidates, direction);
  const most = direction === "input" ? device.maxInputChannels : device.maxOutputChannels;
  const { format, channels = direction === "input" ? 1 : Math.min(2, most) } = choice;
  const channelNumbers = settleChannels(
    typeof channels === "function" ? channels(device) : channels,
    most,
    device,
  );
  const deviceRate = Math.round(device.defaultSampleRate);
  const sampleRate = choice.sampleRate ?? deviceRate;
  const blockFrames = settleBlockFrames(choice, sampleRate, false);
  const side: SideRequest = {
    deviceId: device.id,
    channels: Math.max(...channelNumbers) + 1,
    format,
    latency: settleLatency(choice.latency, device, direction, HIGH_LATENCY[direction]),
  };
  return {
    device,
    deviceRate,
    request: { sampleRate, framesPerBuffer: 0, [direction]: side },
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

/** The latency to ask of a device; `"high"` is at least `least`. */
export function settleLatency(
  latency: LatencyChoice,
  device: Device,
  direction: Direction,
  least: Seconds,
): Seconds {
  const [low, high] =
    direction === "input"
      ? [device.defaultLowInputLatency, device.defaultHighInputLatency]
      : [device.defaultLowOutputLatency, device.defaultHighOutputLatency];
  switch (latency) {
    case "low":
      return low;
    case "high":
      return Math.max(high, least);
    default:
      return latency;
  }
}
