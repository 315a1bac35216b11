// Runs in audio threads only.
import { AudioError } from "../../errors.js";
import type { Hertz } from "../../format.js";
import { INITIALISED_WORD, words } from "../../process-words.js";
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
import { checkAlsaConfiguration } from "./alsa-configuration.js";
import { check } from "./failure.js";
import { type LoadedPortAudio, portAudio } from "./ffi.js";
import * as header from "./header.js";
import { withControlLock } from "./lock.js";
import { nativeSides, type Sides, widerSides } from "./native-side.js";
import { makeQuiet, type Quiet } from "./quiet.js";
import { releaseRealTimePriority, requestRealTimePriority } from "./real-time.js";
import { type NativeAccess, PortAudioStream } from "./stream.js";

/** The real devices, through the system's PortAudio. */
export class PortAudioHost implements Host {
  readonly name = "portaudio";
  #loaded: LoadedPortAudio | undefined;
  #quiet: Quiet | undefined;

  initialise(): void {
    const loaded = portAudio();
    this.#loaded = loaded;
    withControlLock(() => {
      this.#quiet = makeQuiet(loaded.library);
      checkAlsaConfiguration(loaded.library);
      // The handlers keep its probing quiet. Its stderr stays: a failed assertion in there ends the process, and says so.
      check(loaded.pa, loaded.pa.Pa_Initialize(), "Starting PortAudio");
      Atomics.add(words, INITIALISED_WORD, 1);
    });
  }

  terminate(): void {
    const { pa } = this.#native();
    this.#control(() => {
      Atomics.sub(words, INITIALISED_WORD, 1);
      check(pa, pa.Pa_Terminate(), "Ending PortAudio");
    });
  }

  requestRealTime(): boolean {
    return requestRealTimePriority();
  }

  releaseRealTime(): void {
    releaseRealTimePriority();
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
        return new PortAudioStream(this.#access(request), request, sides.input, sides.output);
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
    const { devices } = this.listing();
    const narrow = nativeSides(request, devices);
    try {
      return attempt(narrow);
    } catch (error) {
      if (error instanceof AudioError && error.host?.code === header.paInvalidChannelCount) {
        for (const sides of widerSides(narrow, request, devices)) {
          try {
            return attempt(sides);
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

  #access(request: StreamRequest): NativeAccess {
    return {
      pa: this.#native().pa,
      locate: (direction, standIn, renew) => {
        if (renew) {
          this.#renewList();
        }
        return this.#locate(request[direction], direction, standIn);
      },
      control: (call) => this.#control(call),
      quietly: (call) => this.#quietly(call),
    };
  }

  /** PortAudio freezes its list when it is initialised: this takes it anew when no other thread holds it. */
  #renewList(): void {
    const { pa } = this.#native();
    this.#control(() => {
      if (Atomics.load(words, INITIALISED_WORD) === 1) {
        check(pa, pa.Pa_Terminate(), "Ending PortAudio");
        check(pa, pa.Pa_Initialize(), "Starting PortAudio again");
      }
    });
  }

  #locate(side: SideRequest | undefined, direction: "input" | "output", standIn: boolean): number {
    const { devices } = this.listing();
    const found = devices.find((device) =>
      standIn
        ? direction === "input"
          ? device.isDefaultInput
          : device.isDefaultOutput
        : device.id === side?.deviceId,
    );
    if (found === undefined) {
      throw new AudioError("device-not-found", `The device ${side?.deviceId} is gone.`);
    }
    const wasJack =
      devices.find((device) => device.id === side?.deviceId)?.hostApi.type === header.paJACK;
    if (found.hostApi.type === header.paJACK && !wasJack) {
      // Anything but stereo float32 would corrupt memory there.
      throw new AudioError("format-not-supported", `${found.name} is of JACK and cannot stand in.`);
    }
    return found.index;
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
