// Runs in audio threads only.
import { AudioError, type AudioErrorCode, type HostErrorDetail } from "../../errors.js";
import type { PortAudio } from "./ffi.js";
import * as header from "./header.js";

const HOST_API_NAMES: ReadonlyMap<number, string> = new Map([
  [header.paDirectSound, "DirectSound"],
  [header.paMME, "MME"],
  [header.paASIO, "ASIO"],
  [header.paCoreAudio, "CoreAudio"],
  [header.paOSS, "OSS"],
  [header.paALSA, "ALSA"],
  [header.paWDMKS, "WDM-KS"],
  [header.paJACK, "JACK"],
  [header.paWASAPI, "WASAPI"],
  [header.paPulseAudio, "PulseAudio"],
]);

/**
 * Returns `result` unless it is one of PortAudio's error codes, which are below zero: then it throws an AudioError
 * that says what was being done. Host details are taken at once, before another call overwrites them.
 */
export function check(pa: PortAudio, result: number, doing: string): number {
  if (result >= 0) {
    return result;
  }
  throw failure(pa, result, doing);
}

/** The AudioError for one of PortAudio's error codes. */
export function failure(pa: PortAudio, code: number, doing: string): AudioError {
  const host = detail(pa, code);
  const said =
    host.hostApiText === undefined
      ? host.text
      : `${host.hostApi}: ${host.hostApiText} (${host.hostApiCode})`;
  return new AudioError(errorCode(code, host), `${doing}: ${said} [PortAudio ${code}]`, { host });
}

function detail(pa: PortAudio, code: number): HostErrorDetail {
  const text = pa.Pa_GetErrorText(code);
  // The header promises a meaning only after this one code; at other times it holds an older error.
  const info = code === header.paUnanticipatedHostError ? pa.Pa_GetLastHostErrorInfo() : null;
  if (info === null) {
    return { code, text };
  }
  return {
    code,
    text,
    hostApi: HOST_API_NAMES.get(info.hostApiType) ?? `host API type ${info.hostApiType}`,
    hostApiCode: Number(info.errorCode),
    hostApiText: info.errorText ?? "no text",
  };
}

function errorCode(code: number, host: HostErrorDetail): AudioErrorCode {
  switch (code) {
    case header.paInvalidDevice:
      return "device-not-found";
    case header.paDeviceUnavailable:
      return "device-busy";
    case header.paInvalidChannelCount:
    case header.paInvalidSampleRate:
    case header.paSampleFormatNotSupported:
    case header.paBadIODeviceCombination:
      return "format-not-supported";
    case header.paHostApiNotFound:
    case header.paInvalidHostApi:
      return "host-not-available";
    case header.paBadStreamPtr:
      return "stream-closed";
    case header.paTimedOut:
      return "stalled";
    case header.paUnanticipatedHostError:
      return hostErrorCode(host);
    default:
      return "host-error";
  }
}

/** ALSA's texts are those of strerror(3); Windows and macOS tell denial and absence in similar words. */
function hostErrorCode(host: HostErrorDetail): AudioErrorCode {
  const text = host.hostApiText ?? "";
  if (/permission denied|not permitted|access( is)? denied/i.test(text)) {
    return "permission-denied";
  }
  if (/busy|in use/i.test(text)) {
    return "device-busy";
  }
  if (/no such (device|file)|not found|disconnected|invalidated/i.test(text)) {
    return "device-not-found";
  }
  return "host-error";
}
