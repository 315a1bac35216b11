import type { DeviceQuery } from "../device-query.js";
import type { Seconds } from "../format.js";
import type { Device } from "../hosts/host.js";
import { checkOptions, describe } from "../options.js";
import type { Block } from "./block.js";
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

/** What can be chosen of an {@link InputStream}. */
export interface InputStreamOptions extends CommonStreamOptions {
  /** Which device. Default: the system's default input. */
  readonly device?: DeviceQuery;
  /** How many channels, from the first on, or which ones, counted from 0. Default: 1. */
  readonly channels?: ChannelChoice;
  /**
   * How deep the device's own buffer shall be: `"high"` (default; at least 0.25 s, so that a busy machine loses
   * nothing), `"low"` (the device's lowest, for duplex work), or seconds above 0 and up to 10.
   */
  readonly latency?: LatencyChoice;
  /** How much audio is kept for a reader that is late, above 0 and up to 600 s. Default 10. */
  readonly bufferSeconds?: Seconds;
  /**
   * Called on this thread with each block, from the start on, instead of reading. A call that comes late loses nothing
   * until `bufferSeconds` are full. What it throws stops the stream and rejects `finished`.
   */
  readonly onBlock?: (block: Block) => void;
}

/** The names of {@link InputStreamOptions}. */
export const INPUT_OPTIONS: readonly string[] = [
  "device",
  "channels",
  "latency",
  "bufferSeconds",
  "onBlock",
  ...COMMON_OPTIONS,
];

const DEFAULT_BUFFER: Seconds = 10;

/** Input options after the checks that need no device. */
export interface InputChoice extends OneSideChoice {
  readonly onBlock: ((block: Block) => void) | undefined;
}

/** Throws TypeError or RangeError for options that are wrong by themselves, before anything is started. */
export function checkInputOptions(given: InputStreamOptions, where: string): InputChoice {
  checkOptions(given, INPUT_OPTIONS, where);
  const options = withConfigured(given, INPUT_OPTIONS, "input");
  const { channels = 1, latency = "high", bufferSeconds = DEFAULT_BUFFER } = options;
  return {
    ...checkCommonOptions(options),
    device: checkDevice(options.device, "device"),
    channels: checkChannels(channels),
    latency: checkLatency(latency),
    bufferSeconds: checkBufferSeconds(bufferSeconds),
    onBlock: checkOnBlock(options.onBlock),
  };
}

/** Returns `onBlock` if it is a function or not given. */
export function checkOnBlock<OfBlock>(
  onBlock: ((block: OfBlock) => void) | undefined,
): ((block: OfBlock) => void) | undefined {
  if (onBlock !== undefined && typeof onBlock !== "function") {
    throw new TypeError(`Expected \`onBlock\` to be a function, got ${describe(onBlock)}`);
  }
  return onBlock;
}

/**
 * Settles a choice for one of the devices that a host has just listed.
 * Throws AudioError `device-not-found` or `device-ambiguous`, or RangeError for channels that the device has not.
 */
export function settleInput(choice: InputChoice, candidates: readonly Device[]): OneSideSettings {
  return settleOneSide(choice, candidates, "input");
}
