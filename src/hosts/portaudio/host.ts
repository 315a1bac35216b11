// Runs in audio threads only.
import { accessSync, constants } from "node:fs";
import { AudioError } from "../../errors.js";
import type { Hertz, SampleFormat } from "../../format.js";
import type {
  Device,
  Host,
  HostApi,
  HostListing,
  HostStream,
  SideRequest,
  StreamRequest,
} from "../host.js";
import { rateNotSupported, STANDARD_RATES } from "../standard-rates.js";
import { check } from "./failure.js";
import { type LoadedPortAudio, type PaStreamParameters, portAudio } from "./ffi.js";
import * as header from "./header.js";
import { withControlLock } from "./lock.js";
import { makeQuiet, type Quiet } from "./quiet.js";
import { type NativeAccess, type NativeSide, PortAudioStream } from "./stream.js";

const PA_FORMAT: Readonly<Record<SampleFormat, number>> = {
  int8: header.paInt8,
  uint8: header.paUInt8,
  int16: header.paInt16,
  int24: header.paInt24,
  int32: header.paInt32,
  float32: header.paFloat32,
};

/** The real devices, through the system's PortAudio. */
export class PortAudioHost implements Host {
  readonly name = "portaudio";
  #loaded: LoadedPortAudio | undefined;
  #quiet: Quiet | undefined;

  initialise(): void {
    checkAlsaConfiguration();
    const loaded = portAudio();
    this.#loaded = loaded;
    withControlLock(() => {
      this.#quiet = makeQuiet(loaded.library);
      // The handlers keep its probing quiet. Its stderr stays: a failed assertion in there ends the process, and says so.
      check(loaded.pa, loaded.pa.Pa_Initialize(), "Starting PortAudio");
    });
  }

  terminate(): void {
    const { pa } = this.#native();
    this.#control(() => check(pa, pa.Pa_Terminate(), "Ending PortAudio"));
  }

  listing(): HostListing {
    const { pa } = this.#native();
    return this.#control(() => {
      const hostApis: HostApi[] = [];
      for (
        let index = 0;
        index < check(pa, pa.Pa_GetHostApiCount(), "Counting host APIs");
        index++
      ) {
        const info = pa.Pa_GetHostApiInfo(index);
        if (info !== null) {
          hostApis.push({ index, ...info });
        }
      }
      const defaultInput = pa.Pa_GetDefaultInputDevice();
      const defaultOutput = pa.Pa_GetDefaultOutputDevice();
      const devices: Device[] = [];
      const seen = new Map<string, number>();
      for (let index = 0; index < check(pa, pa.Pa_GetDeviceCount(), "Counting devices"); index++) {
        const info = pa.Pa_GetDeviceInfo(index);
        const hostApi = hostApis[info?.hostApi ?? -1];
        if (info === null || hostApi === undefined) {
          continue;
        }
        const base = `portaudio:${hostApi.name}:${info.name}`;
        const count = (seen.get(base) ?? 0) + 1;
        seen.set(base, count);
        devices.push({
          host: "portaudio",
          hostApi,
          index,
          structVersion: info.structVersion,
          name: info.name,
          id: count === 1 ? base : `${base}#${count}`,
          maxInputChannels: info.maxInputChannels,
          maxOutputChannels: info.maxOutputChannels,
          defaultSampleRate: info.defaultSampleRate,
          defaultLowInputLatency: info.defaultLowInputLatency,
          defaultHighInputLatency: info.defaultHighInputLatency,
          defaultLowOutputLatency: info.defaultLowOutputLatency,
          defaultHighOutputLatency: info.defaultHighOutputLatency,
          isDefaultInput: index === defaultInput,
          isDefaultOutput: index === defaultOutput,
          isLoopback: /^monitor of |\.monitor$|\[loopback\]$/i.test(info.name),
        });
      }
      return {
        version: { number: pa.Pa_GetVersion(), text: pa.Pa_GetVersionText() },
        hostApis,
        defaultHostApi: pa.Pa_GetDefaultHostApi(),
        devices,
      };
    });
  }

  checkSupported(request: StreamRequest): void {
    const { pa } = this.#native();
    this.#withSides(request, ({ input, output }) =>
      this.#control(() =>
        check(
          pa,
          pa.Pa_IsFormatSupported(
            input?.parameters ?? null,
            output?.parameters ?? null,
            request.sampleRate,
          ),
          "Asking for the format",
        ),
      ),
    );
  }

  open(request: StreamRequest): HostStream {
    return this.#withSides(request, (sides) => {
      try {
        return new PortAudioStream(this.#access(), request, sides.input, sides.output);
      } catch (error) {
        if (error instanceof AudioError && error.host?.code === header.paInvalidSampleRate) {
          throw rateNotSupported(request.sampleRate, this.#standardRates(sides), error);
        }
        throw error;
      }
    });
  }

  /**
   * Makes an attempt with what is asked for. Some devices open with all their channels only: then it is made again
   * with more, and the audio thread picks the ones that were asked for.
   */
  #withSides<Result>(request: StreamRequest, attempt: (sides: Sides) => Result): Result {
    const devices = this.listing().devices;
    const narrow = this.#sides(request, devices);
    try {
      return attempt(narrow);
    } catch (error) {
      const narrower =
        error instanceof AudioError && error.host?.code === header.paInvalidChannelCount;
      const device = devices.find((candidate) => candidate.id === request.input?.deviceId);
      const widest = narrower ? (device?.maxInputChannels ?? 0) : 0;
      for (const channels of [2, widest]) {
        if (narrow.input !== undefined && channels > narrow.input.channels && channels <= widest) {
          try {
            return attempt({ ...narrow, input: withChannels(narrow.input, channels) });
          } catch {
            // The first error says what the caller asked for; that one is thrown below.
          }
        }
      }
      throw error;
    }
  }

  /** Which of the standard rates work. */
  #standardRates(sides: Sides): readonly Hertz[] {
    const { pa } = this.#native();
    return this.#control(() =>
      STANDARD_RATES.filter(
        (rate) =>
          pa.Pa_IsFormatSupported(
            sides.input?.parameters ?? null,
            sides.output?.parameters ?? null,
            rate,
          ) === 0,
      ),
    );
  }

  #sides(request: StreamRequest, devices: readonly Device[]): Sides {
    return {
      input: request.input && nativeSide(request.input, devices, "maxInputChannels"),
      output: request.output && nativeSide(request.output, devices, "maxOutputChannels"),
    };
  }

  #access(): NativeAccess {
    return {
      pa: this.#native().pa,
      control: (call) => this.#control(call),
      quietly: (call) => this.#quietly(call),
    };
  }

  #control<Result>(call: () => Result): Result {
    return withControlLock(() => this.#quietly(call));
  }

  #quietly<Result>(call: () => Result): Result {
    return this.#quiet === undefined ? call() : this.#quiet.during(call);
  }

  #native(): LoadedPortAudio {
    if (this.#loaded === undefined) {
      throw new AudioError("internal", "PortAudio was used before it was initialised");
    }
    return this.#loaded;
  }
}

/**
 * Without a configuration ALSA lists nothing, and PortAudio 19.6 then fails an assertion, which ends the process.
 * `ALSA_CONFIG_PATH` names one file, or several with colons or spaces between them.
 */
function checkAlsaConfiguration(): void {
  const path = process.env.ALSA_CONFIG_PATH;
  if (process.platform !== "linux" || path === undefined || path === "") {
    return;
  }
  const readable = path.split(/[: ]/).some((file) => {
    try {
      accessSync(file, constants.R_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (!readable) {
    throw new AudioError(
      "host-error",
      `ALSA_CONFIG_PATH names ${path}, which cannot be read: ALSA has no configuration. Unset it or correct it.`,
    );
  }
}

interface Sides {
  readonly input: NativeSide | undefined;
  readonly output: NativeSide | undefined;
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
  return makeSide(device.index, side.channels, side.format, side.latency);
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
  return makeSide(device.index, 2, "float32", side.latency);
}

function makeSide(
  device: number,
  channels: number,
  format: SampleFormat,
  latency: number,
): NativeSide {
  const parameters: PaStreamParameters = {
    device,
    channelCount: channels,
    sampleFormat: PA_FORMAT[format],
    suggestedLatency: latency,
    hostApiSpecificStreamInfo: null,
  };
  return { channels, format, parameters };
}

function withChannels(side: NativeSide, channels: number): NativeSide {
  return { ...side, channels, parameters: { ...side.parameters, channelCount: channels } };
}
