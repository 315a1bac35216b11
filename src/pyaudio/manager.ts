import { type DeviceQuery, type Direction, defaultDevice, selectDevice } from "../device-query.js";
import { AudioError, type HostErrorDetail } from "../errors.js";
import type { Milliseconds } from "../format.js";
import type { Device, HostApi, HostListing, StreamRequest } from "../hosts/host.js";
import {
  paHostApiNotFound,
  paInvalidDevice,
  paInvalidHostApi,
  paNotInitialized,
} from "../hosts/portaudio/header.js";
import { checkNumber, checkOptions, describe } from "../options.js";
import { AudioThread } from "../stream/audio-thread.js";
import {
  type DeviceInfo,
  deviceInfo,
  getFormatFromWidth,
  getSampleSize,
  type HostApiInfo,
  hostApiInfo,
  sampleFormat,
} from "./info.js";
import { Stream } from "./stream.js";
import type { StreamOptions } from "./stream-options.js";

/** What `PyAudio.isFormatSupported` is asked about: an input, an output, or both. */
export interface FormatQuery {
  readonly inputDevice?: number;
  readonly inputChannels?: number;
  readonly inputFormat?: number;
  readonly outputDevice?: number;
  readonly outputChannels?: number;
  readonly outputFormat?: number;
}

/** PortAudio may probe slow drivers. */
const PATIENCE: Milliseconds = 30_000;

/**
 * PyAudio's manager: starts PortAudio, tells of devices, opens streams. Its calls hold the caller, as PyAudio's do.
 * The list of devices is the one of the time when the manager was made.
 */
export class PyAudio implements Disposable {
  readonly #thread: AudioThread;
  readonly #listing: HostListing;
  readonly #streams = new Set<Stream>();
  #terminated = false;

  /** @throws AudioError `library-not-found`, `host-error`. */
  constructor() {
    this.#thread = new AudioThread("portaudio", "sync", "hold");
    try {
      this.#listing = this.#thread.requestSync({ type: "list" }, "listed", PATIENCE).listing;
    } catch (error) {
      this.#thread.closeSync(PATIENCE);
      throw error;
    }
  }

  /**
   * Closes every stream that this manager opened, then ends PortAudio, whatever fails on the way: the first fault is
   * thrown at the end. Calling it again does nothing.
   */
  terminate(): void {
    if (this.#terminated) {
      return;
    }
    this.#terminated = true;
    const faults: unknown[] = [];
    for (const closable of [...this.#streams, { close: () => this.#thread.closeSync(PATIENCE) }]) {
      try {
        closable.close();
      } catch (error) {
        faults.push(error);
      }
    }
    if (faults.length > 0) {
      throw faults[0];
    }
  }

  [Symbol.dispose](): void {
    this.terminate();
  }

  /**
   * Opens a stream and, unless `start` is false, starts it.
   *
   * @throws TypeError, RangeError for wrong options; AudioError `device-not-found`, `device-busy`,
   * `format-not-supported`, `host-error`. Nothing crashes on an index that does not exist.
   */
  open(options: StreamOptions): Stream {
    this.#checkAlive();
    const stream = new Stream(
      options,
      (query, direction) => this.#find(query, direction),
      (closed) => this.#streams.delete(closed),
    );
    this.#streams.add(stream);
    return stream;
  }

  /** Closes one of this manager's open streams. */
  close(stream: Stream): void {
    if (!this.#streams.has(stream)) {
      throw new RangeError(
        `Expected \`stream\` to be one of this manager's open streams, got ${describe(stream)}`,
      );
    }
    stream.close();
  }

  /** See the function of that name. */
  getSampleSize(format: number): number {
    return getSampleSize(format);
  }

  /** See the function of that name. */
  getFormatFromWidth(width: number, unsigned = true): number {
    return getFormatFromWidth(width, unsigned);
  }

  /** Number of host APIs. */
  getHostApiCount(): number {
    return this.#alive().hostApis.length;
  }

  /** @throws AudioError `host-not-available` when there is none. */
  getDefaultHostApiInfo(): HostApiInfo {
    const { hostApis, defaultHostApi } = this.#alive();
    return hostApiInfo(
      this.#hostApi(hostApis[defaultHostApi], "There is no host API", paInvalidHostApi),
    );
  }

  /** @throws AudioError `host-not-available` when PortAudio was built without it. */
  getHostApiInfoByType(hostApiType: number): HostApiInfo {
    checkNumber(hostApiType, "hostApiType", { integer: true });
    const found = this.#alive().hostApis.find((hostApi) => hostApi.type === hostApiType);
    return hostApiInfo(
      this.#hostApi(found, `There is no host API of type ${hostApiType}`, paHostApiNotFound),
    );
  }

  /** @throws AudioError `host-not-available` for an index that does not exist. */
  getHostApiInfoByIndex(hostApiIndex: number): HostApiInfo {
    checkNumber(hostApiIndex, "hostApiIndex", { integer: true });
    const found = this.#alive().hostApis[hostApiIndex];
    return hostApiInfo(
      this.#hostApi(found, `There is no host API with the index ${hostApiIndex}`, paInvalidHostApi),
    );
  }

  /** The device at a place in one host API's own list. */
  getDeviceInfoByHostApiDeviceIndex(hostApiIndex: number, hostApiDeviceIndex: number): DeviceInfo {
    this.getHostApiInfoByIndex(hostApiIndex);
    checkNumber(hostApiDeviceIndex, "hostApiDeviceIndex", { integer: true });
    const own = this.#listing.devices.filter((device) => device.hostApi.index === hostApiIndex);
    return this.#deviceInfo(
      own[hostApiDeviceIndex],
      `device ${hostApiDeviceIndex} of host API ${hostApiIndex}`,
    );
  }

  /** Number of devices. */
  getDeviceCount(): number {
    return this.#alive().devices.length;
  }

  /** @throws AudioError `device-not-found` when there is none. */
  getDefaultInputDeviceInfo(): DeviceInfo {
    return deviceInfo(defaultDevice(this.#alive().devices, "input"));
  }

  /** @throws AudioError `device-not-found` when there is none. */
  getDefaultOutputDeviceInfo(): DeviceInfo {
    return deviceInfo(defaultDevice(this.#alive().devices, "output"));
  }

  /** @throws AudioError `device-not-found` for an index that does not exist. */
  getDeviceInfoByIndex(deviceIndex: number): DeviceInfo {
    checkNumber(deviceIndex, "deviceIndex", { integer: true });
    const found = this.#alive().devices.find((device) => device.index === deviceIndex);
    return this.#deviceInfo(found, `device ${deviceIndex}`);
  }

  /**
   * Whether a stream could be opened so: true or false, where PyAudio raises instead of returning False.
   *
   * @throws TypeError, RangeError for wrong arguments; AudioError `device-not-found`, or the host's own fault.
   */
  isFormatSupported(rate: number, query: FormatQuery = {}): boolean {
    this.#checkAlive();
    checkNumber(rate, "rate", { min: 1, max: 768_000, integer: true });
    checkOptions(query, FORMAT_QUERY, "isFormatSupported()");
    const { inputDevice, inputChannels, inputFormat, outputDevice, outputChannels, outputFormat } =
      query;
    if (inputDevice === undefined && outputDevice === undefined) {
      throw new TypeError("isFormatSupported(): give `inputDevice`, `outputDevice` or both");
    }
    const side = (
      device: number,
      channels: unknown,
      format: unknown,
      direction: "input" | "output",
    ) => ({
      deviceId: this.#device(device).id,
      channels: checkNumber(channels, `${direction}Channels`, { min: 1, integer: true }),
      format: sampleFormat(format, `${direction}Format`),
      latency: 0,
    });
    const request: StreamRequest = {
      sampleRate: rate,
      framesPerBuffer: 0,
      ...(inputDevice === undefined
        ? {}
        : { input: side(inputDevice, inputChannels, inputFormat, "input") }),
      ...(outputDevice === undefined
        ? {}
        : { output: side(outputDevice, outputChannels, outputFormat, "output") }),
    };
    try {
      this.#thread.requestSync({ type: "check", request }, "checked", PATIENCE);
      return true;
    } catch (error) {
      if (error instanceof AudioError && error.code === "format-not-supported") {
        return false;
      }
      throw error;
    }
  }

  #find(query: DeviceQuery | undefined, direction: Direction): Device {
    const { devices } = this.#listing;
    try {
      return query === undefined
        ? defaultDevice(devices, direction)
        : selectDevice(query, devices, direction);
    } catch (error) {
      if (error instanceof AudioError && error.code === "device-not-found") {
        throw new AudioError(error.code, error.message, { cause: error, host: INVALID_DEVICE });
      }
      throw error;
    }
  }

  #device(asked: unknown): Device {
    const index = checkNumber(asked, "device", { integer: true });
    const found = this.#listing.devices.find((device) => device.index === index);
    if (found === undefined) {
      throw notFound(`device ${index}`, this.#listing.devices.length);
    }
    return found;
  }

  #deviceInfo(device: Device | undefined, what: string): DeviceInfo {
    if (device === undefined) {
      throw notFound(what, this.#listing.devices.length);
    }
    return deviceInfo(device);
  }

  #hostApi(hostApi: HostApi | undefined, message: string, code: number): HostApi {
    if (hostApi === undefined) {
      throw new AudioError(
        "host-not-available",
        `${message}; there are ${this.#listing.hostApis.length}.`,
        {
          host: { code, text: "Invalid host API" },
        },
      );
    }
    return hostApi;
  }

  #alive(): HostListing {
    this.#checkAlive();
    return this.#listing;
  }

  #checkAlive(): void {
    if (this.#terminated) {
      throw new AudioError("stream-closed", "This PyAudio object was terminated: make a new one.", {
        host: { code: paNotInitialized, text: "PortAudio not initialized" },
      });
    }
  }
}

const FORMAT_QUERY: readonly (keyof FormatQuery)[] = [
  "inputDevice",
  "inputChannels",
  "inputFormat",
  "outputDevice",
  "outputChannels",
  "outputFormat",
];

const INVALID_DEVICE: HostErrorDetail = { code: paInvalidDevice, text: "Invalid device" };

function notFound(what: string, count: number): AudioError {
  return new AudioError("device-not-found", `There is no ${what}; the list has ${count} devices.`, {
    host: INVALID_DEVICE,
  });
}
