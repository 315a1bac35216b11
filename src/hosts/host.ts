import type { Frames, Hertz, SampleFormat, Seconds } from "../format.js";

/** A way to reach devices. */
export type HostName = "portaudio" | "virtual";

/** A host API as PortAudio tells of it, with PyAudio's fields; the virtual host has one of its own. */
export interface HostApi {
  readonly index: number;
  /** Version of PortAudio's struct. */
  readonly structVersion: number;
  /** PortAudio's type id: 8 for ALSA, 12 for JACK, ...; -1 for the virtual host. */
  readonly type: number;
  readonly name: string;
  readonly deviceCount: number;
  /** Index of this host API's default input device, -1 for none. */
  readonly defaultInputDevice: number;
  /** Index of this host API's default output device, -1 for none. */
  readonly defaultOutputDevice: number;
}

/** A device at the time when it was listed: a plain frozen value, with all of PyAudio's fields. */
export interface Device {
  readonly host: HostName;
  readonly hostApi: HostApi;
  /** Position in the host's list. It can change whenever devices come or go; the `id` does not. */
  readonly index: number;
  /** Version of PortAudio's struct. */
  readonly structVersion: number;
  /** What the system calls it. */
  readonly name: string;
  /** Stable name: host, host API and device name, with `#2` behind the second of the same name. */
  readonly id: string;
  /** 0 for a device that cannot record. */
  readonly maxInputChannels: number;
  /** 0 for a device that cannot play. */
  readonly maxOutputChannels: number;
  readonly defaultSampleRate: Hertz;
  /** What the host suggests for duplex work; the high ones for recording and playing. */
  readonly defaultLowInputLatency: Seconds;
  readonly defaultHighInputLatency: Seconds;
  readonly defaultLowOutputLatency: Seconds;
  readonly defaultHighOutputLatency: Seconds;
  readonly isDefaultInput: boolean;
  readonly isDefaultOutput: boolean;
  /** Records what the machine plays (a monitor or loopback), not a microphone. */
  readonly isLoopback: boolean;
}

/** One direction of a stream that a host is asked to open. All values are valid when they come here. */
export interface SideRequest {
  readonly deviceId: string;
  /** Channels to open; the host may open more (see {@link HostSide}). */
  readonly channels: number;
  readonly format: SampleFormat;
  readonly latency: Seconds;
}

/** What a host is asked to open. */
export interface StreamRequest {
  readonly sampleRate: Hertz;
  /** PortAudio's frames per buffer; 0 leaves it to the host. */
  readonly framesPerBuffer: Frames;
  readonly input?: SideRequest;
  readonly output?: SideRequest;
  /** Memory that all streams of one device share: the virtual loopback hears in one stream what another one plays. */
  readonly shared?: SharedArrayBuffer;
}

/** One direction as the host opened it. Format and channels may differ from the request: the audio thread converts. */
export interface HostSide {
  readonly channels: number;
  readonly format: SampleFormat;
  /** The latency that the host reports. */
  readonly latency: Seconds;
}

/** Returned by `read` and `write` when frames are missing and the host does not know how many: the clock tells. */
export const LOSS_UNKNOWN: Frames = -1;

/** Returned by `readAvailable` when the device has nothing more and never will (the end of a file). */
export const ENDED: Frames = -1;

/**
 * Why frames are missing: `overrun`, the device lost them; `stall`, it gave nothing for a while; `buffer-full`, the
 * reader was later than `bufferSeconds`; `device-lost`, the device was away and came back.
 */
export type GapCause = "overrun" | "stall" | "buffer-full" | "device-lost";

/** An open stream of a host. It lives in one audio thread; no call waits for longer than the device needs. */
export interface HostStream {
  /** The actual sample rate. */
  readonly sampleRate: Hertz;
  readonly input: HostSide | undefined;
  readonly output: HostSide | undefined;
  /** True for a device with a clock of its own; false for one that delivers as fast as it is asked. */
  readonly paced: boolean;
  /** True when frames can be written before `start`: they are played first, and then input and output start as one. */
  readonly primes: boolean;
  start(): void;
  /**
   * Frames that can be read now without waiting, or {@link ENDED}.
   * Throws AudioError `device-lost` when the device is gone for good; any other error asks for `reopen`.
   */
  readAvailable(): Frames;
  /**
   * Reads just `frames` frames, not more than `readAvailable` said, interleaved, to the start of `target`.
   * Returns the frames that were lost right before them: 0, a count, or {@link LOSS_UNKNOWN}.
   * After `readAvailable` said ENDED or threw `device-lost`, a read of 0 frames tells of those lost at the very end.
   */
  read(target: Uint8Array, frames: Frames): Frames;
  /** Frames that can be written now without waiting. */
  writeAvailable(): Frames;
  /**
   * Writes just `frames` frames, not more than `writeAvailable` said.
   * Returns how many frames of silence the device played right before them because it had run dry: 0, a count, or
   * {@link LOSS_UNKNOWN}.
   */
  write(source: Uint8Array, frames: Frames): Frames;
  /** Why the frames that the last `read` reported as lost are missing. */
  readonly lossCause: GapCause;
  /**
   * Opens and starts the device anew after a stall; with `standIn` the system's default device takes its place, where
   * the host has one. Throws when that fails; it may be tried again.
   */
  reopen(standIn?: boolean): void;
  /** Plays what is queued, then stops. */
  stop(): void;
  /** Stops at once. */
  abort(): void;
  close(): void;
}

/** A way to reach devices. Everything here is called on an audio thread, never on the main thread. */
export interface Host {
  readonly name: HostName;
  /** Must come before all others; each call is paired with one of `terminate`. */
  initialise(): void;
  terminate(): void;
  /** What this host is made of, in its order; PortAudio freezes the list at the first `initialise`. */
  listing(): HostListing;
  /** Throws AudioError `format-not-supported` (or the host's own reason) when the stream could not be opened so. */
  checkSupported(request: StreamRequest): void;
  open(request: StreamRequest): HostStream;
  /**
   * Asks the system to run the calling thread with real-time priority, and returns whether it does. False where a host
   * has no need of it.
   */
  requestRealTime(): boolean;
  /** Takes it back: the thread may serve another stream, which does not want it. */
  releaseRealTime(): void;
}

/** All that a host can tell without opening a stream. */
export interface HostListing {
  /** The version of the host's library. */
  readonly version: { readonly number: number; readonly text: string };
  readonly hostApis: readonly HostApi[];
  readonly defaultHostApi: number;
  readonly devices: readonly Device[];
}
