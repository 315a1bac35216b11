import { resolve } from "node:path";
import type { Frames, Seconds } from "../../format.js";
import type { Device, HostApi } from "../host.js";
import { fileShape } from "./file-source.js";
import { VIRTUAL_KINDS, type VirtualKind, type VirtualSpec } from "./spec.js";
import { parseVirtualDevice, VIRTUAL_PREFIX, virtualDeviceString } from "./spec-text.js";

/** The kinds that are a device without any option; a file needs a path. */
const LISTED: readonly VirtualKind[] = VIRTUAL_KINDS.filter((kind) => kind !== "file");

/** How many seconds a device with a clock hands over at once, when nothing else was asked for. */
export const VIRTUAL_PERIOD: Seconds = 0.01;
/** How many such times the buffer of an output holds at least. */
export const VIRTUAL_PERIODS = 2;

/** What a device without a clock has ready, or takes, at any time, unless a fault or its end comes before. */
export const FAST_CHUNK: Frames = 65_536;

/** The one host API of virtual devices. It has no default devices: a virtual device is only ever asked for. */
export const VIRTUAL_HOST_API: HostApi = Object.freeze({
  index: 0,
  structVersion: 1,
  type: -1,
  name: "virtual",
  deviceCount: LISTED.length,
  defaultInputDevice: -1,
  defaultOutputDevice: -1,
});

/**
 * The device that a string such as `virtual:tone?frequency=1000` names. Its `id` is the canonical string: options with
 * their default value left out, a file's path made absolute. Its `index` is the place in the listing, -1 for a device
 * that is not listed. For a file, the header is read.
 *
 * @throws TypeError, RangeError as `parseVirtualDevice`.
 * @throws AudioError `file-not-readable`, `malformed-file` or `format-not-supported` for the file of `virtual:file`.
 */
export function virtualDeviceInfo(text: string): Device {
  const spec = withAbsolutePath(parseVirtualDevice(text));
  const id = virtualDeviceString(spec);
  const { sampleRate, channels } =
    spec.kind === "file" ? fileShape(spec) : { sampleRate: spec.rate, channels: spec.channels };
  const inputs = spec.kind === "sink" ? 0 : channels;
  const outputs = spec.kind === "sink" || spec.kind === "loopback" ? channels : 0;
  const period = spec.pace === "fast" ? 0 : VIRTUAL_PERIOD;
  const inputLatency = inputs === 0 ? 0 : period;
  const outputLatency = outputs === 0 ? 0 : VIRTUAL_PERIODS * period;
  return Object.freeze({
    host: "virtual",
    hostApi: VIRTUAL_HOST_API,
    index: LISTED.findIndex((kind) => id === VIRTUAL_PREFIX + kind),
    structVersion: 2,
    name: id.slice(VIRTUAL_PREFIX.length),
    id,
    maxInputChannels: inputs,
    maxOutputChannels: outputs,
    defaultSampleRate: sampleRate,
    defaultLowInputLatency: inputLatency,
    defaultHighInputLatency: inputLatency,
    defaultLowOutputLatency: outputLatency,
    defaultHighOutputLatency: outputLatency,
    isDefaultInput: false,
    isDefaultOutput: false,
    isLoopback: spec.kind === "loopback",
  });
}

/** The devices that need no options, in the order of their kinds. */
export function listedVirtualDevices(): readonly Device[] {
  return LISTED.map((kind) => virtualDeviceInfo(VIRTUAL_PREFIX + kind));
}

/** An id must mean the same file wherever the process goes. */
function withAbsolutePath(spec: VirtualSpec): VirtualSpec {
  return spec.kind === "file" ? { ...spec, path: resolve(spec.path) } : spec;
}
