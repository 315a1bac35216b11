// Runs in audio threads only.
import { AudioError } from "../../errors.js";
import type { SampleFormat } from "../../format.js";
import type { Device, SideRequest, StreamRequest } from "../host.js";
import type { PaStreamParameters } from "./ffi.js";
import * as header from "./header.js";
import type { NativeSide } from "./stream.js";

const PA_FORMAT: Readonly<Record<SampleFormat, number>> = {
  int8: header.paInt8,
  uint8: header.paUInt8,
  int16: header.paInt16,
  int24: header.paInt24,
  int32: header.paInt32,
  float32: header.paFloat32,
};

/** Both directions as they are asked of PortAudio. */
export interface Sides {
  readonly input: NativeSide | undefined;
  readonly output: NativeSide | undefined;
}

/** What a request means for PortAudio. Throws AudioError `device-not-found` or `format-not-supported`. */
export function nativeSides(request: StreamRequest, devices: readonly Device[]): Sides {
  return {
    input: request.input && nativeSide(request.input, devices, "maxInputChannels"),
    output: request.output && nativeSide(request.output, devices, "maxOutputChannels"),
  };
}

/** The same with more channels in one direction or both: two, or all that the device has. */
export function* widerSides(
  narrow: Sides,
  request: StreamRequest,
  devices: readonly Device[],
): Generator<Sides, void, undefined> {
  const inputs = widths(narrow.input, request.input, devices, "maxInputChannels");
  const outputs = widths(narrow.output, request.output, devices, "maxOutputChannels");
  for (const input of inputs) {
    for (const output of outputs) {
      if (input !== narrow.input || output !== narrow.output) {
        yield { input, output };
      }
    }
  }
}

function widths(
  side: NativeSide | undefined,
  request: SideRequest | undefined,
  devices: readonly Device[],
  most: "maxInputChannels" | "maxOutputChannels",
): readonly (NativeSide | undefined)[] {
  const device = devices.find((candidate) => candidate.id === request?.deviceId);
  if (side === undefined || device === undefined) {
    return [side];
  }
  const wider = [2, device[most]].filter(
    (channels) => channels > side.channels && channels <= device[most],
  );
  return [side, ...wider.map((channels) => withChannels(side, channels))];
}

function nativeSide(
  side: SideRequest,
  devices: readonly Device[],
  most: "maxInputChannels" | "maxOutputChannels",
): NativeSide {
  const device = devices.find((candidate) => candidate.id === side.deviceId);
  if (device === undefined) {
    throw new AudioError("device-not-found", `The device ${side.deviceId} is gone.`);
  }
  if (device.hostApi.type === header.paJACK) {
    return jackSide(side, device);
  }
  if (side.channels > device[most]) {
    throw new AudioError(
      "format-not-supported",
      `${device.name} has ${device[most]} channels in this direction, ${side.channels} were asked for.`,
    );
  }
  return makeSide(device, side.channels, side.format, side.latency);
}

/**
 * PortAudio's blocking calls on JACK copy two float32 channels whatever was opened, and write past the buffer
 * otherwise (PortAudio issue 81): only stereo float32 is ever opened there.
 */
function jackSide(side: SideRequest, device: Device): NativeSide {
  if (side.channels > 2) {
    throw new AudioError(
      "format-not-supported",
      `PortAudio reads two channels from JACK, not ${side.channels}: its blocking mode is unsafe with others. Use the first two channels, or ALSA's jack plugin.`,
    );
  }
  return makeSide(device, 2, "float32", side.latency);
}

function makeSide(
  device: Device,
  channels: number,
  format: SampleFormat,
  latency: number,
): NativeSide {
  const parameters: PaStreamParameters = {
    device: device.index,
    channelCount: channels,
    sampleFormat: PA_FORMAT[format],
    suggestedLatency: latency,
    hostApiSpecificStreamInfo: null,
  };
  return { channels, format, parameters, jack: device.hostApi.type === header.paJACK };
}

function withChannels(side: NativeSide, channels: number): NativeSide {
  return { ...side, channels, parameters: { ...side.parameters, channelCount: channels } };
}
