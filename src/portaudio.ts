/**
 * `roomtone/portaudio`: PyAudio's interface, line for line, synchronous as there, in blocking and in callback mode.
 *
 * Names with underscores are in camelCase (`get_default_input_device_info` is `getDefaultInputDeviceInfo`), keyword
 * arguments are one options object, dictionaries keep their keys, bytes are a `Buffer`. All faults are one
 * `AudioError` with PortAudio's number in `error.host.code`; wrong arguments are `TypeError` and `RangeError`.
 */

export { AudioError } from "./errors.js";
export {
  paAbort,
  paAL,
  paALSA,
  paASIO,
  paBadIODeviceCombination,
  paBadStreamPtr,
  paBeOS,
  paBufferTooBig,
  paBufferTooSmall,
  paCanNotReadFromACallbackStream,
  paCanNotReadFromAnOutputOnlyStream,
  paCanNotWriteToACallbackStream,
  paCanNotWriteToAnInputOnlyStream,
  paComplete,
  paContinue,
  paCoreAudio,
  paCustomFormat,
  paDeviceUnavailable,
  paDirectSound,
  paFloat32,
  paFramesPerBufferUnspecified,
  paHostApiNotFound,
  paIncompatibleHostApiSpecificStreamInfo,
  paIncompatibleStreamHostApi,
  paInDevelopment,
  paInputOverflow,
  paInputOverflowed,
  paInputUnderflow,
  paInsufficientMemory,
  paInt8,
  paInt16,
  paInt24,
  paInt32,
  paInternalError,
  paInvalidChannelCount,
  paInvalidDevice,
  paInvalidFlag,
  paInvalidHostApi,
  paInvalidSampleRate,
  paJACK,
  paMME,
  paNoDevice,
  paNoError,
  paNotInitialized,
  paNullCallback,
  paOSS,
  paOutputOverflow,
  paOutputUnderflow,
  paOutputUnderflowed,
  paPrimingOutput,
  paSampleFormatNotSupported,
  paSoundManager,
  paStreamIsNotStopped,
  paStreamIsStopped,
  paTimedOut,
  paUInt8,
  paUnanticipatedHostError,
  paWASAPI,
  paWDMKS,
} from "./hosts/portaudio/header.js";
export type { CallbackResult, StreamCallback, TimeInfo } from "./pyaudio/callback-result.js";
export {
  type DeviceInfo,
  getFormatFromWidth,
  getSampleSize,
  type HostApiInfo,
} from "./pyaudio/info.js";
export { type FormatQuery, PyAudio } from "./pyaudio/manager.js";
export { Stream } from "./pyaudio/stream.js";
export type { StreamOptions } from "./pyaudio/stream-options.js";
export { getPortaudioVersion, getPortaudioVersionText } from "./pyaudio/version.js";
