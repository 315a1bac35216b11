// Runs in audio threads only.
import { AudioError } from "../../errors.js";
import type { Hertz } from "../../format.js";
import type { Host, HostListing, HostStream, SideRequest, StreamRequest } from "../host.js";
import { listedVirtualDevices, VIRTUAL_HOST_API, virtualDeviceInfo } from "./device.js";
import { FileSource } from "./file-source.js";
import { generatedSource, type SignalSource } from "./signals.js";
import type { VirtualSpec } from "./spec.js";
import { parseVirtualDevice } from "./spec-text.js";
import { VirtualStream } from "./stream.js";

const MIN_RATE: Hertz = 1;
const MAX_RATE: Hertz = 768_000;

/**
 * Devices that are computed, for tests without hardware: exact, paced like a real device or as fast as they are read,
 * with faults on demand. A device is named by its string; see `parseVirtualDevice`.
 */
export class VirtualHost implements Host {
  readonly name = "virtual";

  initialise(): void {}

  terminate(): void {}

  /** Nothing is lost when a virtual device is served late. */
  requestRealTime(): boolean {
    return false;
  }

  /** The devices that need no options. Any other is there as soon as it is named. */
  listing(): HostListing {
    return {
      version: { number: 0, text: "roomtone virtual devices" },
      hostApis: [VIRTUAL_HOST_API],
      defaultHostApi: 0,
      devices: listedVirtualDevices(),
    };
  }

  checkSupported(request: StreamRequest): void {
    checkedInput(request);
  }

  open(request: StreamRequest): HostStream {
    const { id, spec, input } = checkedInput(request);
    const { sampleRate, framesPerBuffer } = request;
    const plan = {
      id,
      timing: spec,
      sampleRate,
      framesPerBuffer,
      side: { channels: input.channels, format: input.format },
    };
    return new VirtualStream(plan, sourceOf(spec, sampleRate, input));
  }
}

function sourceOf(spec: VirtualSpec, sampleRate: Hertz, input: SideRequest): SignalSource {
  const { channels, format } = input;
  return spec.kind === "file"
    ? new FileSource(spec, channels, format)
    : generatedSource(spec, sampleRate, channels, format);
}

interface CheckedInput {
  readonly id: string;
  readonly spec: VirtualSpec;
  readonly input: SideRequest;
}

/** The input of a request that can be opened. Throws AudioError `format-not-supported` for others. */
function checkedInput(request: StreamRequest): CheckedInput {
  const { input, output, sampleRate } = request;
  if (output !== undefined) {
    throw notSupported(`${output.deviceId} has no output channels: virtual devices only record.`);
  }
  if (input === undefined) {
    throw notSupported("A virtual device can only be opened for input.");
  }
  const { id, maxInputChannels, defaultSampleRate } = virtualDeviceInfo(input.deviceId);
  const spec = parseVirtualDevice(id);
  if (!(input.channels >= 1 && input.channels <= maxInputChannels)) {
    throw notSupported(
      `${id} cannot be opened with ${input.channels} input channels. These work: 1 to ${maxInputChannels}.`,
    );
  }
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
  return { id, spec, input };
}

function notSupported(message: string): AudioError {
  return new AudioError("format-not-supported", message);
}
