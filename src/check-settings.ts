import {
  checkQuery,
  type DeviceQuery,
  type Direction,
  hostOf,
  selectDevice,
} from "./device-query.js";
import { freezeListing } from "./devices.js";
import { AudioError } from "./errors.js";
import { type Hertz, SAMPLE_FORMATS, type SampleFormat } from "./format.js";
import type { Device, StreamRequest } from "./hosts/host.js";
import { paInvalidSampleRate } from "./hosts/portaudio/header.js";
import { rateNotSupported, STANDARD_RATES } from "./hosts/standard-rates.js";
import { checkNumber, checkOptions, checkWord } from "./options.js";
import { AudioThread } from "./stream/audio-thread.js";
import type { CommonChoice } from "./stream/common-options.js";
import {
  checkInputOptions,
  type InputStreamOptions,
  settleInput,
} from "./stream/input-settings.js";
import {
  checkOutputOptions,
  type OutputStreamOptions,
  settleOutput,
} from "./stream/output-settings.js";

/** Options of {@link supportedSampleRates}. */
export interface SupportedRatesOptions {
  /** In which direction. Default: `"input"` for a device that records, else `"output"`. */
  readonly direction?: Direction;
  /** With how many channels, from 1 to 4096. Default: as many as a stream has by default. */
  readonly channels?: number;
  /** In which sample format. Default `"float32"`. */
  readonly format?: SampleFormat;
}

/**
 * Resolves when `InputStream.open()` would open a stream with these options now, and rejects with the error that it
 * would give. No stream is opened; the host is asked, as far as it can tell without one.
 *
 * @throws TypeError, RangeError for wrong options, also for channels that the device has not.
 * @throws AudioError `device-not-found`, `device-ambiguous`, `device-busy`, `format-not-supported`,
 * `permission-denied`, `library-not-found`, `host-error`; the signal's reason if it has aborted already.
 */
export async function checkInputSettings(options: InputStreamOptions = {}): Promise<void> {
  const choice = checkInputOptions(options, "checkInputSettings()");
  choice.signal?.throwIfAborted();
  await withHostOf(choice.device, (thread, candidates) =>
    checkChoice(thread, choice, settleInput(choice, candidates)),
  );
}

/**
 * Resolves when an output could be opened with these options now, and rejects with the error that opening would give;
 * as {@link checkInputSettings}.
 *
 * @throws TypeError, RangeError, AudioError as {@link checkInputSettings}.
 */
export async function checkOutputSettings(options: OutputStreamOptions = {}): Promise<void> {
  const choice = checkOutputOptions(options, "checkOutputSettings()");
  choice.signal?.throwIfAborted();
  await withHostOf(choice.device, (thread, candidates) =>
    checkChoice(thread, choice, settleOutput(choice, candidates)),
  );
}

/**
 * The standard sample rates at which a device can be opened, lowest first; empty when there is none among them. The
 * standard rates are 8,000, 11,025, 12,000, 16,000, 22,050, 24,000, 32,000, 44,100, 48,000, 88,200, 96,000, 176,400 and
 * 192,000 Hz; a device may do others too, see {@link checkInputSettings}.
 *
 * @throws TypeError, RangeError for wrong arguments, also for channels that the device has not.
 * @throws AudioError `device-not-found`, `device-ambiguous`, `device-busy`, `permission-denied`, `library-not-found`,
 * `host-error`.
 */
export async function supportedSampleRates(
  device: DeviceQuery,
  options?: SupportedRatesOptions,
): Promise<readonly Hertz[]> {
  checkQuery(device, "device");
  checkOptions(options, ["direction", "channels", "format"], "supportedSampleRates()");
  const direction =
    options?.direction === undefined
      ? undefined
      : checkWord(options.direction, "direction", ["input", "output"]);
  const side = {
    ...(options?.channels === undefined
      ? {}
      : {
          channels: checkNumber(options.channels, "channels", { min: 1, max: 4096, integer: true }),
        }),
    ...(options?.format === undefined
      ? {}
      : { format: checkWord(options.format, "format", SAMPLE_FORMATS) }),
  };
  return withHostOf(device, (thread, candidates) => {
    const found = selectDevice(device, candidates, direction);
    const choice = { ...side, device: found };
    const where = "supportedSampleRates()";
    const { request } =
      (direction ?? (found.maxInputChannels > 0 ? "input" : "output")) === "input"
        ? settleInput(checkInputOptions(choice, where), candidates)
        : settleOutput(checkOutputOptions(choice, where), candidates);
    return workingRates(thread, request);
  });
}

/** Lends an audio thread that holds no device, and the devices that its host has just listed. */
async function withHostOf<Result>(
  device: DeviceQuery | undefined,
  use: (thread: AudioThread, candidates: readonly Device[]) => Promise<Result>,
): Promise<Result> {
  const host = hostOf(device);
  const thread = new AudioThread(host, "async", "list");
  try {
    // A virtual device is made from its description.
    const candidates =
      host === "virtual"
        ? []
        : freezeListing((await thread.request({ type: "list" }, "listed")).listing).devices;
    return await use(thread, candidates);
  } finally {
    await thread.close();
  }
}

/** Asks for the asked rate and, where frames may be converted, for the device's own. */
async function checkChoice(
  thread: AudioThread,
  { resample }: CommonChoice,
  { request, deviceRate }: { readonly request: StreamRequest; readonly deviceRate: Hertz },
): Promise<void> {
  const own = { ...request, sampleRate: deviceRate };
  if (resample === "always") {
    await checkRequest(thread, own);
    return;
  }
  try {
    await checkRequest(thread, request);
  } catch (error) {
    const mayConvert =
      resample === "auto" &&
      deviceRate !== request.sampleRate &&
      error instanceof AudioError &&
      error.code === "format-not-supported";
    if (!mayConvert) {
      throw error;
    }
    await checkRequest(thread, own).catch(() => {
      // The first error is about what the caller asked for.
      throw error;
    });
  }
}

async function checkRequest(thread: AudioThread, request: StreamRequest): Promise<void> {
  try {
    await thread.request({ type: "check", request }, "checked");
  } catch (error) {
    if (error instanceof AudioError && error.host?.code === paInvalidSampleRate) {
      throw rateNotSupported(request.sampleRate, await workingRates(thread, request), error);
    }
    throw error;
  }
}

async function workingRates(
  thread: AudioThread,
  request: StreamRequest,
): Promise<readonly Hertz[]> {
  const working: Hertz[] = [];
  for (const sampleRate of STANDARD_RATES) {
    try {
      await thread.request({ type: "check", request: { ...request, sampleRate } }, "checked");
      working.push(sampleRate);
    } catch (error) {
      if (!(error instanceof AudioError && error.code === "format-not-supported")) {
        throw error;
      }
    }
  }
  return working;
}
