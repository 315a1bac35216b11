import { type DeviceQuery, defaultDevice, hostOf, selectDevice } from "../device-query.js";
import type { Hertz, SampleFormat, Seconds } from "../format.js";
import type { Device, HostName, StreamRequest } from "../hosts/host.js";
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
import type { DuplexBlock } from "./duplex-block.js";
import { checkOnBlock } from "./input-settings.js";
import { settleLatency } from "./one-side.js";
import type { StreamSettings } from "./open-stream.js";

/** What can be chosen of a {@link DuplexStream}. */
export interface DuplexStreamOptions extends CommonStreamOptions {
  /** The device of both directions, where `inputDevice` or `outputDevice` name no other. */
  readonly device?: DeviceQuery;
  /** Default: the system's default input. Both devices must be of one host, and on most systems of one host API. */
  readonly inputDevice?: DeviceQuery;
  /** Default: the system's default output. */
  readonly outputDevice?: DeviceQuery;
  /** Channels of both directions, where `inputChannels` or `outputChannels` say nothing else. Default: 1. */
  readonly channels?: ChannelChoice;
  readonly inputChannels?: ChannelChoice;
  readonly outputChannels?: ChannelChoice;
  /** Depth of the device's own buffers: `"low"` (default), `"high"`, or seconds above 0 and up to 10. */
  readonly latency?: LatencyChoice;
  /** How much audio is kept for a late reader, and can be queued by an early writer, above 0 and up to 600 s. Default 10. */
  readonly bufferSeconds?: Seconds;
  /**
   * Called on this thread with each block, from the start on, instead of reading. A call that comes late loses nothing
   * until `bufferSeconds` are full. What it throws stops the stream and rejects `finished`.
   */
  readonly onBlock?: (block: DuplexBlock) => void;
}

/** The names of {@link DuplexStreamOptions}. */
export const DUPLEX_OPTIONS: readonly string[] = [
  "device",
  "inputDevice",
  "outputDevice",
  "channels",
  "inputChannels",
  "outputChannels",
  "latency",
  "bufferSeconds",
  "onBlock",
  ...COMMON_OPTIONS,
];

const DEFAULT_BUFFER: Seconds = 10;

/** Duplex options after the checks that need no device. */
export interface DuplexChoice extends CommonChoice {
  readonly host: HostName;
  readonly inputDevice: DeviceQuery | undefined;
  readonly outputDevice: DeviceQuery | undefined;
  readonly inputChannels: ChannelChoice;
  readonly outputChannels: ChannelChoice | ChannelRule;
  readonly latency: LatencyChoice;
  readonly bufferSeconds: Seconds;
  readonly onBlock: ((block: DuplexBlock) => void) | undefined;
}

/** Throws TypeError or RangeError for options that are wrong by themselves, before anything is started. */
export function checkDuplexOptions(given: DuplexStreamOptions, where: string): DuplexChoice {
  checkOptions(given, DUPLEX_OPTIONS, where);
  const options = withConfigured(given, DUPLEX_OPTIONS);
  const { channels = 1, latency = "low", bufferSeconds = DEFAULT_BUFFER } = options;
  const bothDevice = checkDevice(options.device, "device");
  const bothChannels = checkChannels(channels);
  const inputDevice = checkDevice(options.inputDevice, "inputDevice") ?? bothDevice;
  const outputDevice = checkDevice(options.outputDevice, "outputDevice") ?? bothDevice;
  if (hostOf(inputDevice) !== hostOf(outputDevice)) {
    throw new RangeError(
      `${where}: the input and the output of one stream must be of the same host, not a virtual device and a real one`,
    );
  }
  return {
    ...checkCommonOptions(options),
    host: hostOf(inputDevice),
    inputDevice,
    outputDevice,
    inputChannels:
      options.inputChannels === undefined
        ? bothChannels
        : checkChannels(options.inputChannels, "inputChannels"),
    outputChannels:
      options.outputChannels === undefined
        ? bothChannels
        : checkChannels(options.outputChannels, "outputChannels"),
    latency: checkLatency(latency),
    bufferSeconds: checkBufferSeconds(bufferSeconds),
    onBlock: checkOnBlock(options.onBlock),
  };
}

/** A duplex stream that is ready to be opened: every value is settled and valid for its devices. */
export interface DuplexSettings extends StreamSettings {
  readonly inputDevice: Device;
  readonly outputDevice: Device;
  readonly format: SampleFormat;
  readonly input: NonNullable<StreamSettings["input"]>;
  readonly output: NonNullable<StreamSettings["output"]>;
}

/**
 * Settles a choice for the devices that a host has just listed.
 * Throws AudioError `device-not-found` or `device-ambiguous`, or RangeError for channels that a device has not.
 */
export function settleDuplex(choice: DuplexChoice, candidates: readonly Device[]): DuplexSettings {
  const find = (query: DeviceQuery | undefined, direction: "input" | "output"): Device =>
    query === undefined
      ? defaultDevice(candidates, direction)
      : selectDevice(query, candidates, direction);
  const inputDevice = find(choice.inputDevice, "input");
  const outputDevice = find(choice.outputDevice, "output");
  const { format, latency } = choice;
  const inputNumbers = settleChannels(
    choice.inputChannels,
    inputDevice.maxInputChannels,
    inputDevice,
    "inputChannels",
  );
  const { outputChannels } = choice;
  const outputNumbers = settleChannels(
    typeof outputChannels === "function" ? outputChannels(outputDevice) : outputChannels,
    outputDevice.maxOutputChannels,
    outputDevice,
    "outputChannels",
  );
  const deviceRate: Hertz = Math.round(inputDevice.defaultSampleRate);
  const sampleRate = choice.sampleRate ?? deviceRate;
  const blockFrames = settleBlockFrames(choice, sampleRate, true);
  const capacity = (channels: number): number =>
    settleCapacity(choice.bufferSeconds, sampleRate, deviceRate, blockFrames, format, channels);
  const request: StreamRequest = {
    sampleRate,
    framesPerBuffer: 0,
    input: {
      deviceId: inputDevice.id,
      channels: Math.max(...inputNumbers) + 1,
      format,
      latency: settleLatency(latency, inputDevice, "input", 0),
    },
    output: {
      deviceId: outputDevice.id,
      channels: Math.max(...outputNumbers) + 1,
      format,
      latency: settleLatency(latency, outputDevice, "output", 0),
    },
  };
  return {
    inputDevice,
    outputDevice,
    format,
    request,
    deviceRate,
    blockFrames,
    input: { format, channelNumbers: inputNumbers, capacityFrames: capacity(inputNumbers.length) },
    output: {
      format,
      channelNumbers: outputNumbers,
      capacityFrames: capacity(outputNumbers.length),
    },
  };
}
