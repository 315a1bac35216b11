// Runs in audio threads only: loading this file loads native code.
import koffi, { type LibraryHandle } from "koffi";
import { loadLibrary } from "./library.js";

/** A `PaStream *`. It never leaves the thread that opened it. */
export type PaStream = bigint | object;

/** PaVersionInfo */
export interface PaVersionInfo {
  readonly versionMajor: number;
  readonly versionMinor: number;
  readonly versionSubMinor: number;
  readonly versionControlRevision: string;
  readonly versionText: string;
}

/** PaHostApiInfo */
export interface PaHostApiInfo {
  readonly structVersion: number;
  readonly type: number;
  readonly name: string;
  readonly deviceCount: number;
  readonly defaultInputDevice: number;
  readonly defaultOutputDevice: number;
}

/** PaHostErrorInfo */
export interface PaHostErrorInfo {
  readonly hostApiType: number;
  readonly errorCode: number;
  readonly errorText: string | null;
}

/** PaDeviceInfo */
export interface PaDeviceInfo {
  readonly structVersion: number;
  readonly name: string;
  readonly hostApi: number;
  readonly maxInputChannels: number;
  readonly maxOutputChannels: number;
  readonly defaultLowInputLatency: number;
  readonly defaultLowOutputLatency: number;
  readonly defaultHighInputLatency: number;
  readonly defaultHighOutputLatency: number;
  readonly defaultSampleRate: number;
}

/** PaStreamParameters */
export interface PaStreamParameters {
  readonly device: number;
  readonly channelCount: number;
  readonly sampleFormat: number;
  readonly suggestedLatency: number;
  readonly hostApiSpecificStreamInfo: null;
}

/** PaStreamInfo */
export interface PaStreamInfo {
  readonly structVersion: number;
  readonly inputLatency: number;
  readonly outputLatency: number;
  readonly sampleRate: number;
}

/** The 35 functions of portaudio.h, in its order. */
export interface PortAudio {
  Pa_GetVersion(): number;
  Pa_GetVersionText(): string;
  Pa_GetVersionInfo(): PaVersionInfo;
  Pa_GetErrorText(errorCode: number): string;
  Pa_Initialize(): number;
  Pa_Terminate(): number;
  Pa_GetHostApiCount(): number;
  Pa_GetDefaultHostApi(): number;
  Pa_GetHostApiInfo(hostApi: number): PaHostApiInfo | null;
  Pa_HostApiTypeIdToHostApiIndex(type: number): number;
  Pa_HostApiDeviceIndexToDeviceIndex(hostApi: number, hostApiDeviceIndex: number): number;
  Pa_GetLastHostErrorInfo(): PaHostErrorInfo | null;
  Pa_GetDeviceCount(): number;
  Pa_GetDefaultInputDevice(): number;
  Pa_GetDefaultOutputDevice(): number;
  Pa_GetDeviceInfo(device: number): PaDeviceInfo | null;
  Pa_IsFormatSupported(
    inputParameters: PaStreamParameters | null,
    outputParameters: PaStreamParameters | null,
    sampleRate: number,
  ): number;
  Pa_OpenStream(
    stream: [PaStream | null],
    inputParameters: PaStreamParameters | null,
    outputParameters: PaStreamParameters | null,
    sampleRate: number,
    framesPerBuffer: number,
    streamFlags: number,
    streamCallback: null,
    userData: null,
  ): number;
  Pa_OpenDefaultStream(
    stream: [PaStream | null],
    numInputChannels: number,
    numOutputChannels: number,
    sampleFormat: number,
    sampleRate: number,
    framesPerBuffer: number,
    streamCallback: null,
    userData: null,
  ): number;
  Pa_CloseStream(stream: PaStream): number;
  Pa_SetStreamFinishedCallback(stream: PaStream, streamFinishedCallback: null): number;
  Pa_StartStream(stream: PaStream): number;
  Pa_StopStream(stream: PaStream): number;
  Pa_AbortStream(stream: PaStream): number;
  Pa_IsStreamStopped(stream: PaStream): number;
  Pa_IsStreamActive(stream: PaStream): number;
  Pa_GetStreamInfo(stream: PaStream): PaStreamInfo | null;
  Pa_GetStreamTime(stream: PaStream): number;
  Pa_GetStreamCpuLoad(stream: PaStream): number;
  Pa_ReadStream(stream: PaStream, buffer: Uint8Array, frames: number): number;
  Pa_WriteStream(stream: PaStream, buffer: Uint8Array, frames: number): number;
  Pa_GetStreamReadAvailable(stream: PaStream): number;
  Pa_GetStreamWriteAvailable(stream: PaStream): number;
  Pa_GetSampleSize(format: number): number;
  Pa_Sleep(msec: number): void;
}

/** PortAudio as this thread sees it. */
export interface LoadedPortAudio {
  readonly pa: PortAudio;
  readonly library: LibraryHandle;
}

let loaded: LoadedPortAudio | undefined;

/** Loads PortAudio into this thread, once. Throws AudioError `library-not-found`. */
export function portAudio(): LoadedPortAudio {
  loaded ??= bind(loadLibrary());
  return loaded;
}

function bind(library: LibraryHandle): LoadedPortAudio {
  declareTypes();
  const text = (name: string, argument = "void"): ((...values: unknown[]) => string) =>
    library.func(`const char *${name}(${argument})`);
  const number = (name: string, ...parameters: string[]): ((...values: unknown[]) => number) => {
    const native = library.func(`${returnType(name)} ${name}(${parameters.join(", ") || "void"})`);
    // A C long comes as a BigInt where it does not fit into a double; no count of PortAudio's does that.
    return returnType(name) === "long" ? (...values) => Number(native(...values)) : native;
  };
  const struct = <Type>(
    name: string,
    type: string,
    parameter = "void",
  ): ((...values: unknown[]) => Type | null) => {
    const native = library.func(`const ${type} *${name}(${parameter})`);
    return (...values) => {
      const pointer: unknown = native(...values);
      // The declaration above says what the header says; that is all that can be known of foreign memory.
      return pointer === null ? null : (koffi.decode(pointer, type) as Type);
    };
  };
  const stream = "void *stream";
  const input = "const PaStreamParameters *inputParameters";
  const output = "const PaStreamParameters *outputParameters";
  const callback = ["PaStreamCallback *streamCallback", "void *userData"];
  const pa: PortAudio = {
    Pa_GetVersion: number("Pa_GetVersion"),
    Pa_GetVersionText: text("Pa_GetVersionText"),
    Pa_GetVersionInfo: () => orThrow(struct<PaVersionInfo>("Pa_GetVersionInfo", "PaVersionInfo")()),
    Pa_GetErrorText: text("Pa_GetErrorText", "int errorCode"),
    Pa_Initialize: number("Pa_Initialize"),
    Pa_Terminate: number("Pa_Terminate"),
    Pa_GetHostApiCount: number("Pa_GetHostApiCount"),
    Pa_GetDefaultHostApi: number("Pa_GetDefaultHostApi"),
    Pa_GetHostApiInfo: struct("Pa_GetHostApiInfo", "PaHostApiInfo", "int hostApi"),
    Pa_HostApiTypeIdToHostApiIndex: number("Pa_HostApiTypeIdToHostApiIndex", "int type"),
    Pa_HostApiDeviceIndexToDeviceIndex: number(
      "Pa_HostApiDeviceIndexToDeviceIndex",
      "int hostApi",
      "int hostApiDeviceIndex",
    ),
    Pa_GetLastHostErrorInfo: struct("Pa_GetLastHostErrorInfo", "PaHostErrorInfo"),
    Pa_GetDeviceCount: number("Pa_GetDeviceCount"),
    Pa_GetDefaultInputDevice: number("Pa_GetDefaultInputDevice"),
    Pa_GetDefaultOutputDevice: number("Pa_GetDefaultOutputDevice"),
    Pa_GetDeviceInfo: struct("Pa_GetDeviceInfo", "PaDeviceInfo", "int device"),
    Pa_IsFormatSupported: number("Pa_IsFormatSupported", input, output, "double sampleRate"),
    Pa_OpenStream: number(
      "Pa_OpenStream",
      "_Out_ void **stream",
      input,
      output,
      "double sampleRate",
      "unsigned long framesPerBuffer",
      "unsigned long streamFlags",
      ...callback,
    ),
    Pa_OpenDefaultStream: number(
      "Pa_OpenDefaultStream",
      "_Out_ void **stream",
      "int numInputChannels",
      "int numOutputChannels",
      "unsigned long sampleFormat",
      "double sampleRate",
      "unsigned long framesPerBuffer",
      ...callback,
    ),
    Pa_CloseStream: number("Pa_CloseStream", stream),
    Pa_SetStreamFinishedCallback: number(
      "Pa_SetStreamFinishedCallback",
      stream,
      "PaStreamFinishedCallback *streamFinishedCallback",
    ),
    Pa_StartStream: number("Pa_StartStream", stream),
    Pa_StopStream: number("Pa_StopStream", stream),
    Pa_AbortStream: number("Pa_AbortStream", stream),
    Pa_IsStreamStopped: number("Pa_IsStreamStopped", stream),
    Pa_IsStreamActive: number("Pa_IsStreamActive", stream),
    Pa_GetStreamInfo: struct("Pa_GetStreamInfo", "PaStreamInfo", stream),
    Pa_GetStreamTime: number("Pa_GetStreamTime", stream),
    Pa_GetStreamCpuLoad: number("Pa_GetStreamCpuLoad", stream),
    Pa_ReadStream: number("Pa_ReadStream", stream, "void *buffer", "unsigned long frames"),
    Pa_WriteStream: number("Pa_WriteStream", stream, "const void *buffer", "unsigned long frames"),
    Pa_GetStreamReadAvailable: number("Pa_GetStreamReadAvailable", stream),
    Pa_GetStreamWriteAvailable: number("Pa_GetStreamWriteAvailable", stream),
    Pa_GetSampleSize: number("Pa_GetSampleSize", "unsigned long format"),
    Pa_Sleep: library.func("void Pa_Sleep(long msec)"),
  };
  return { pa, library };
}

/** What a function of the header returns, where that is not an int. */
function returnType(name: string): string {
  switch (name) {
    case "Pa_GetStreamReadAvailable":
    case "Pa_GetStreamWriteAvailable":
      return "long";
    case "Pa_GetStreamTime":
    case "Pa_GetStreamCpuLoad":
      return "double";
    default:
      return "int";
  }
}

function orThrow<Type>(value: Type | null): Type {
  if (value === null) {
    throw new Error("PortAudio returned no value where its header promises one");
  }
  return value;
}

/** The structs and callback types of portaudio.h, in its order. */
function declareTypes(): void {
  koffi.struct("PaVersionInfo", {
    versionMajor: "int",
    versionMinor: "int",
    versionSubMinor: "int",
    versionControlRevision: "const char *",
    versionText: "const char *",
  });
  koffi.struct("PaHostApiInfo", {
    structVersion: "int",
    type: "int",
    name: "const char *",
    deviceCount: "int",
    defaultInputDevice: "int",
    defaultOutputDevice: "int",
  });
  koffi.struct("PaHostErrorInfo", {
    hostApiType: "int",
    errorCode: "long",
    errorText: "const char *",
  });
  koffi.struct("PaDeviceInfo", {
    structVersion: "int",
    name: "const char *",
    hostApi: "int",
    maxInputChannels: "int",
    maxOutputChannels: "int",
    defaultLowInputLatency: "double",
    defaultLowOutputLatency: "double",
    defaultHighInputLatency: "double",
    defaultHighOutputLatency: "double",
    defaultSampleRate: "double",
  });
  koffi.struct("PaStreamParameters", {
    device: "int",
    channelCount: "int",
    sampleFormat: "unsigned long",
    suggestedLatency: "double",
    hostApiSpecificStreamInfo: "void *",
  });
  koffi.struct("PaStreamCallbackTimeInfo", {
    inputBufferAdcTime: "double",
    currentTime: "double",
    outputBufferDacTime: "double",
  });
  koffi.proto(
    "int PaStreamCallback(const void *input, void *output, unsigned long frameCount, const PaStreamCallbackTimeInfo *timeInfo, unsigned long statusFlags, void *userData)",
  );
  koffi.proto("void PaStreamFinishedCallback(void *userData)");
  koffi.struct("PaStreamInfo", {
    structVersion: "int",
    inputLatency: "double",
    outputLatency: "double",
    sampleRate: "double",
  });
}
