// Runs in audio threads only.
import { AudioError } from "../../errors.js";
import type { Frames, Hertz, Milliseconds, Seconds } from "../../format.js";
import type {
  Host,
  HostListing,
  HostSide,
  HostStream,
  SideRequest,
  StreamRequest,
} from "../host.js";
import { CaptureSide } from "./capture-side.js";
import {
  listedVirtualDevices,
  VIRTUAL_HOST_API,
  VIRTUAL_PERIOD,
  VIRTUAL_PERIODS,
} from "./device.js";
import { processClock } from "./device-clock.js";
import { type Absence, planAbsence, planLosses } from "./faults.js";
import { FileSource } from "./file-source.js";
import { type BusShape, busMemory, LoopbackBus } from "./loopback-bus.js";
import { LoopbackCable } from "./loopback-cable.js";
import { PlaybackSide } from "./playback-side.js";
import { type CheckedRequest, checkRequest } from "./request.js";
import { generatedSource, type SignalSource } from "./signals.js";
import { VirtualStream } from "./stream.js";

/**
 * Devices that are computed, for tests without hardware: exact, paced like a real device or as fast as they are read
 * and written, with faults on demand. A device is named by its string; see `parseVirtualDevice`.
 */
export class VirtualHost implements Host {
  readonly name = "virtual";
  readonly #clock: () => Milliseconds;

  /** `clock` counts milliseconds, only ever goes forward, and is the same for all streams that share a loopback. */
  constructor(clock: () => Milliseconds = processClock) {
    this.#clock = clock;
  }

  initialise(): void {}

  terminate(): void {}

  /** Nothing is lost when a virtual device is served late. */
  requestRealTime(): boolean {
    return false;
  }

  releaseRealTime(): void {}

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
    checkRequest(request);
  }

  open(request: StreamRequest): HostStream {
    const device = checkRequest(request);
    const { sampleRate, input, output } = request;
    const timing: Timing = {
      sampleRate,
      paced: device.spec.pace === "realtime",
      period: periodOf(request, device.bus),
      absence: planAbsence(device.spec, sampleRate),
    };
    const cable = cableOf(device.bus, request, timing.paced);
    return new VirtualStream(
      {
        id: device.id,
        ...timing,
        cable,
        playback: output && playbackOf(device, output, timing, cable),
        capture: input && captureOf(device, input, timing, cable),
      },
      this.#clock,
    );
  }
}

/** What both directions of a stream have in common. */
interface Timing {
  readonly sampleRate: Hertz;
  readonly paced: boolean;
  readonly period: Frames;
  readonly absence: Absence;
}

/** A loopback keeps frames for a while only: its periods are a small part of that. */
function periodOf(
  { framesPerBuffer, sampleRate }: StreamRequest,
  bus: BusShape | undefined,
): Frames {
  const period = framesPerBuffer || Math.max(1, Math.round(VIRTUAL_PERIOD * sampleRate));
  return bus === undefined ? period : Math.min(period, Math.floor(bus.ahead / VIRTUAL_PERIODS));
}

/** What leads from output to input. None where nobody could hear what is played. */
function cableOf(
  shape: BusShape | undefined,
  { input, output, shared }: StreamRequest,
  paced: boolean,
): LoopbackCable | undefined {
  const isShared = paced && shared !== undefined;
  if (shape === undefined || (input === undefined && !isShared)) {
    return undefined;
  }
  const bus = new LoopbackBus(shape, isShared ? shared : busMemory(shape));
  return new LoopbackCable(bus, isShared, { input, output });
}

function playbackOf(
  { spec, bus }: CheckedRequest,
  output: SideRequest,
  { sampleRate, paced, period, absence }: Timing,
  cable: LoopbackCable | undefined,
): PlaybackSide {
  const asked = Math.max(VIRTUAL_PERIODS * period, Math.round(output.latency * sampleRate));
  const buffer = Math.min(asked, bus?.ahead ?? asked);
  return new PlaybackSide({
    side: hostSide(output, paced ? buffer / sampleRate : 0),
    paced,
    buffer,
    absence,
    // The stalls of a loopback are those of its input.
    stalls:
      spec.kind === "loopback"
        ? []
        : planLosses(spec, sampleRate, { start: 0, end: Number.POSITIVE_INFINITY }),
    cable,
  });
}

function captureOf(
  { spec }: CheckedRequest,
  input: SideRequest,
  { sampleRate, paced, period, absence }: Timing,
  cable: LoopbackCable | undefined,
): CaptureSide {
  const side = hostSide(input, paced ? period / sampleRate : 0);
  return new CaptureSide(
    { timing: spec, sampleRate, absence, period: paced ? period : 1, side },
    sourceOf(spec, sampleRate, input, cable),
  );
}

/** A device without a signal of its own hears what comes over its cable. */
function sourceOf(
  spec: CheckedRequest["spec"],
  sampleRate: Hertz,
  { channels, format }: SideRequest,
  cable: LoopbackCable | undefined,
): SignalSource {
  switch (spec.kind) {
    case "silence":
    case "ramp":
    case "tone":
    case "noise":
      return generatedSource(spec, sampleRate, channels, format);
    case "file":
      return new FileSource(spec, channels, format);
    default:
      if (cable === undefined) {
        throw new AudioError("internal", `A ${spec.kind} without a cable was opened for input`);
      }
      return cable;
  }
}

function hostSide({ channels, format }: SideRequest, latency: Seconds): HostSide {
  return { channels, format, latency };
}
