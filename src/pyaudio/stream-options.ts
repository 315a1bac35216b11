import { checkQuery, type DeviceQuery, type Direction } from "../device-query.js";
import type { Frames, Hertz, SampleFormat, Seconds } from "../format.js";
import type { Device, SideRequest } from "../hosts/host.js";
import { paFramesPerBufferUnspecified } from "../hosts/portaudio/header.js";
import { checkBoolean, checkNumber, checkOptions, checkWord, describe } from "../options.js";
import type { StreamCallback } from "./callback-result.js";
import { sampleFormat } from "./info.js";

/** What `PyAudio.open` takes: PyAudio's names in camelCase, and `latency`, which PyAudio lacks. */
export interface StreamOptions {
  /** Frames a second. */
  readonly rate: Hertz;
  /** Number of channels, for both directions. */
  readonly channels: number;
  /** One of the `pa...` sample formats. */
  readonly format: number;
  /** Whether to record. Default false; one of `input` and `output` must be true. */
  readonly input?: boolean;
  /** Whether to play. Default false. */
  readonly output?: boolean;
  /** Default: the default input. Beside an index, anything that `findDevice` takes. */
  readonly inputDeviceIndex?: DeviceQuery;
  /** Default: the default output. Beside an index, anything that `findDevice` takes. */
  readonly outputDeviceIndex?: DeviceQuery;
  /** How many frames the caller means to read or write at once, or those of a callback's block. Default 1,024. */
  readonly framesPerBuffer?: Frames;
  /** Whether the stream starts at once. Default true. */
  readonly start?: boolean;
  /**
   * `"high"` (default; at least 0.1 s for a stream that only records or only plays), `"low"`, as the device tells them, or seconds
   * above 0 and up to 10. PyAudio always asks for low.
   */
  readonly latency?: "low" | "high" | Seconds;
  /** Puts the stream into callback mode: it calls this for each block, and `read` and `write` throw. */
  readonly streamCallback?: StreamCallback;
}

const OPTIONS: readonly (keyof StreamOptions)[] = [
  "rate",
  "channels",
  "format",
  "input",
  "output",
  "inputDeviceIndex",
  "outputDeviceIndex",
  "framesPerBuffer",
  "start",
  "latency",
  "streamCallback",
];

/** A stream of one direction need not hurry: a deeper buffer survives a busy machine and costs less CPU. */
const ONE_WAY_LATENCY: Seconds = 0.1;
/** What stands for `paFramesPerBufferUnspecified`. */
const DEFAULT_BUFFER: Frames = 1024;

/** Finds the device of one direction; `undefined` asks for the default. */
export type FindDevice = (query: DeviceQuery | undefined, direction: Direction) => Device;

/** A stream that is ready to be opened: every value is settled and valid for its devices. */
export interface StreamPlan {
  readonly host: Device["host"];
  readonly rate: Hertz;
  readonly channels: number;
  readonly format: SampleFormat;
  readonly framesPerBuffer: Frames;
  readonly start: boolean;
  readonly input: SideRequest | undefined;
  readonly output: SideRequest | undefined;
  /** Undefined in blocking mode. */
  readonly callback: StreamCallback | undefined;
}

/**
 * Checks the options of `PyAudio.open`. Throws TypeError, RangeError, or what `find` throws.
 */
export function checkStreamOptions(options: StreamOptions, find: FindDevice): StreamPlan {
  checkOptions(options, OPTIONS, "PyAudio.open()");
  const { input, output, inputDeviceIndex, outputDeviceIndex, latency, start, streamCallback } =
    options ?? {};
  if (streamCallback !== undefined && typeof streamCallback !== "function") {
    throw new TypeError(
      `Expected \`streamCallback\` to be a function, got ${describe(streamCallback)}`,
    );
  }
  const wants = {
    input: input === undefined ? false : checkBoolean(input, "input"),
    output: output === undefined ? false : checkBoolean(output, "output"),
  };
  if (!wants.input && !wants.output) {
    throw new TypeError("PyAudio.open(): say `input: true`, `output: true` or both");
  }
  const rate = checkNumber(options.rate, "rate", { min: 1, max: 768_000, integer: true });
  const channels = checkNumber(options.channels, "channels", { min: 1, max: 4096, integer: true });
  const format = sampleFormat(options.format, "format");
  const asked = checkNumber(
    options.framesPerBuffer === undefined ? paFramesPerBufferUnspecified : options.framesPerBuffer,
    "framesPerBuffer",
    {
      min: 0,
      max: 2 ** 20,
      integer: true,
    },
  );
  const depth =
    typeof latency === "number"
      ? checkNumber(latency, "latency", { min: 0, above: true, max: 10 })
      : checkWord(latency === undefined ? "high" : latency, "latency", ["low", "high"]);
  const side = (
    query: DeviceQuery | undefined,
    direction: Direction,
  ): { device: Device; request: SideRequest } => {
    if (query !== undefined) {
      checkQuery(query, `${direction}DeviceIndex`);
    }
    const device = find(query, direction);
    const most = direction === "input" ? device.maxInputChannels : device.maxOutputChannels;
    if (channels > most) {
      throw new RangeError(
        `Expected \`channels\` to be from 1 to ${most}, the ${direction} channels of ${device.name}, got ${describe(channels)}`,
      );
    }
    return {
      device,
      request: {
        deviceId: device.id,
        channels,
        format,
        latency: sideLatency(device, direction, depth, wants.input !== wants.output),
      },
    };
  };
  const recorded = wants.input ? side(inputDeviceIndex, "input") : undefined;
  const played = wants.output ? side(outputDeviceIndex, "output") : undefined;
  if (
    recorded !== undefined &&
    played !== undefined &&
    recorded.device.host !== played.device.host
  ) {
    throw new RangeError(
      "PyAudio.open(): the input and the output of one stream must be of the same host",
    );
  }
  return {
    host: (recorded ?? played)?.device.host ?? "portaudio",
    rate,
    channels,
    format,
    framesPerBuffer: asked === paFramesPerBufferUnspecified ? DEFAULT_BUFFER : asked,
    start: start === undefined ? true : checkBoolean(start, "start"),
    input: recorded?.request,
    output: played?.request,
    callback: streamCallback,
  };
}

function sideLatency(
  device: Device,
  direction: Direction,
  latency: "low" | "high" | Seconds,
  oneWay: boolean,
): Seconds {
  if (typeof latency === "number") {
    return latency;
  }
  const least = latency === "high" && oneWay ? ONE_WAY_LATENCY : 0;
  if (direction === "input") {
    const own = latency === "low" ? device.defaultLowInputLatency : device.defaultHighInputLatency;
    return Math.max(own, least);
  }
  const own = latency === "low" ? device.defaultLowOutputLatency : device.defaultHighOutputLatency;
  return Math.max(own, least);
}
