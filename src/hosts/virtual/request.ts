import { AudioError } from "../../errors.js";
import type { Hertz } from "../../format.js";
import type { SideRequest, StreamRequest } from "../host.js";
import { virtualDeviceInfo } from "./device.js";
import { type BusShape, busShape } from "./loopback-bus.js";
import type { VirtualSpec } from "./spec.js";
import { parseVirtualDevice } from "./spec-text.js";

const MIN_RATE: Hertz = 1;
const MAX_RATE: Hertz = 768_000;

/** What a request asks for that can be opened. */
export interface CheckedRequest {
  /** The canonical string of the device. */
  readonly id: string;
  readonly spec: VirtualSpec;
  /** What a loopback device is to hold; undefined for all others. */
  readonly bus: BusShape | undefined;
}

/** Throws AudioError `format-not-supported` for a request that cannot be opened; the message says what can. */
export function checkRequest(request: StreamRequest): CheckedRequest {
  const { input, output, sampleRate } = request;
  const { id, maxInputChannels, maxOutputChannels, defaultSampleRate } = deviceOf(request);
  const spec = parseVirtualDevice(id);
  checkChannels(id, "output", output, maxOutputChannels);
  checkChannels(id, "input", input, maxInputChannels);
  if (spec.kind === "file" && sampleRate !== defaultSampleRate) {
    throw notSupported(
      `${id} cannot be opened at ${sampleRate} Hz: a file has one rate. This works: ${defaultSampleRate} Hz.`,
    );
  }
  if (!(sampleRate >= MIN_RATE && sampleRate <= MAX_RATE)) {
    throw notSupported(
      `${id} cannot be opened at ${sampleRate} Hz. These work: ${MIN_RATE} to ${MAX_RATE} Hz.`,
    );
  }
  if (spec.kind === "loopback" && spec.pace === "fast" && output === undefined) {
    throw notSupported(
      `${id} cannot be opened for input alone: without a clock it only hears what its own stream plays. Open it for both directions, or with the pace "realtime".`,
    );
  }
  return {
    id,
    spec,
    bus: spec.kind === "loopback" ? busShape(spec, id, sampleRate) : undefined,
  };
}

/** The one device of a request. */
function deviceOf({ input, output }: StreamRequest): ReturnType<typeof virtualDeviceInfo> {
  const [side, other] = input === undefined ? [output] : [input, output];
  if (side === undefined) {
    throw notSupported("A virtual device is opened for input, for output, or for both.");
  }
  const device = virtualDeviceInfo(side.deviceId);
  if (other !== undefined) {
    const played = virtualDeviceInfo(other.deviceId).id;
    if (played !== device.id) {
      throw notSupported(
        `${device.id} and ${played} cannot be opened as one stream: input and output must be the same virtual device.`,
      );
    }
  }
  return device;
}

function checkChannels(
  id: string,
  direction: "input" | "output",
  side: SideRequest | undefined,
  most: number,
): void {
  if (side === undefined) {
    return;
  }
  if (most === 0) {
    throw notSupported(`${id} has no ${direction} channels.`);
  }
  if (!(side.channels >= 1 && side.channels <= most)) {
    throw notSupported(
      `${id} cannot be opened with ${side.channels} ${direction} channels. These work: 1 to ${most}.`,
    );
  }
}

function notSupported(message: string): AudioError {
  return new AudioError("format-not-supported", message);
}
