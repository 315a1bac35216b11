import { type Configuration, setConfiguration } from "./configuration.js";
import { checkOptions } from "./options.js";
import {
  checkBufferSeconds,
  checkChannels,
  checkCommonOptions,
  checkDevice,
  checkLatency,
} from "./stream/common-options.js";

const CONFIGURABLE: readonly (keyof Configuration)[] = [
  "device",
  "inputDevice",
  "outputDevice",
  "sampleRate",
  "channels",
  "format",
  "latency",
  "blockFrames",
  "bufferSeconds",
  "resample",
  "dither",
  "onDeviceLost",
  "waitSeconds",
  "realTime",
];

/**
 * Sets the defaults of this script: `configure({ device: "USB", sampleRate: 48_000 })`. They stand in for options that a
 * call leaves out; each call of `configure` replaces all earlier ones, and `configure({})` removes them. They hold in the
 * thread that sets them. Whether a device exists is seen when a stream is opened.
 *
 * @throws TypeError, RangeError for wrong values and unknown names, as the streams would.
 */
export function configure(defaults: Configuration): void {
  if (defaults === undefined) {
    throw new TypeError("configure(): expected an object of defaults; {} removes all");
  }
  checkOptions(defaults, CONFIGURABLE, "configure()");
  const { device, inputDevice, outputDevice, channels, latency, bufferSeconds, ...common } =
    defaults;
  checkDevice(device, "device");
  checkDevice(inputDevice, "inputDevice");
  checkDevice(outputDevice, "outputDevice");
  checkCommonOptions(common);
  if (channels !== undefined) {
    checkChannels(channels);
  }
  if (latency !== undefined) {
    checkLatency(latency);
  }
  if (bufferSeconds !== undefined) {
    checkBufferSeconds(bufferSeconds);
  }
  setConfiguration(defaults);
}
