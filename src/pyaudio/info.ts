import { bytesPerSample, type SampleFormat } from "../format.js";
import type { Device, HostApi } from "../hosts/host.js";
import {
  paFloat32,
  paInt8,
  paInt16,
  paInt24,
  paInt32,
  paUInt8,
} from "../hosts/portaudio/header.js";
import { checkBoolean, checkNumber, describe } from "../options.js";

/** A device as PyAudio's dictionaries tell it. */
export interface DeviceInfo {
  index: number;
  structVersion: number;
  name: string;
  hostApi: number;
  maxInputChannels: number;
  maxOutputChannels: number;
  defaultLowInputLatency: number;
  defaultLowOutputLatency: number;
  defaultHighInputLatency: number;
  defaultHighOutputLatency: number;
  defaultSampleRate: number;
}

/** A host API as PyAudio's dictionaries tell it. */
export interface HostApiInfo {
  index: number;
  structVersion: number;
  type: number;
  name: string;
  deviceCount: number;
  defaultInputDevice: number;
  defaultOutputDevice: number;
}

const FORMATS: ReadonlyMap<number, SampleFormat> = new Map([
  [paFloat32, "float32"],
  [paInt32, "int32"],
  [paInt24, "int24"],
  [paInt16, "int16"],
  [paInt8, "int8"],
  [paUInt8, "uint8"],
]);

/** The sample format of one of the `pa...` constants. */
export function sampleFormat(format: unknown, name: string): SampleFormat {
  const found = FORMATS.get(checkNumber(format, name, { integer: true }));
  if (found === undefined) {
    throw new RangeError(
      `Expected \`${name}\` to be paFloat32, paInt32, paInt24, paInt16, paInt8 or paUInt8, got ${describe(format)}`,
    );
  }
  return found;
}

/**
 * Bytes of one sample of a format.
 *
 * @throws RangeError for a number that is no format; PyAudio raises `ValueError`.
 */
export function getSampleSize(format: number): number {
  return bytesPerSample(sampleFormat(format, "format"));
}

/**
 * The format for a sample width in bytes: 1 gives paUInt8 (paInt8 with `unsigned` false), 2 paInt16, 3 paInt24, and 4
 * paFloat32, as in PyAudio. A WAV file of width 4 may hold 32-bit integers: use paInt32 for those.
 *
 * @throws RangeError for another width.
 */
export function getFormatFromWidth(width: number, unsigned = true): number {
  checkBoolean(unsigned, "unsigned");
  switch (checkNumber(width, "width", { min: 1, max: 4, integer: true })) {
    case 1:
      return unsigned ? paUInt8 : paInt8;
    case 2:
      return paInt16;
    case 3:
      return paInt24;
    default:
      return paFloat32;
  }
}

/** A device with PyAudio's keys. */
export function deviceInfo(device: Device): DeviceInfo {
  return {
    index: device.index,
    structVersion: device.structVersion,
    name: device.name,
    hostApi: device.hostApi.index,
    maxInputChannels: device.maxInputChannels,
    maxOutputChannels: device.maxOutputChannels,
    defaultLowInputLatency: device.defaultLowInputLatency,
    defaultLowOutputLatency: device.defaultLowOutputLatency,
    defaultHighInputLatency: device.defaultHighInputLatency,
    defaultHighOutputLatency: device.defaultHighOutputLatency,
    defaultSampleRate: device.defaultSampleRate,
  };
}

/** A host API with PyAudio's keys. */
export function hostApiInfo(hostApi: HostApi): HostApiInfo {
  return { ...hostApi };
}
