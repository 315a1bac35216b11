import type { MessagePort } from "node:worker_threads";
import type { ErrorMessage } from "../errors.js";
import type { Frames, Hertz, Milliseconds, SampleFormat, Seconds } from "../format.js";
import type { HostListing, HostName, StreamRequest } from "../hosts/host.js";
import type { RingMemory } from "../ring.js";

/** What an audio thread is born with. */
export interface AudioThreadData {
  readonly host: HostName;
  readonly port: MessagePort;
  /** The words below, then the numbers of stats-words.ts. */
  readonly control: SharedArrayBuffer;
  /** Adds to this thread's monotonic time in milliseconds to give the `performance.now()` of the parent. */
  readonly parentClock: Milliseconds;
}

/** 1 while the audio thread shall run; it sleeps on this word, so a change is seen at once. */
export const RUN = 0;
/** How many messages the audio thread has posted: a parent that waits without its event loop sleeps on this word. */
export const POSTED = 1;
/** 1 when the audio thread holds nothing native any more. */
export const CLOSED = 2;
/** How often the parent asked that all that is queued be played out. */
export const DRAIN_ASKED = 3;
/** The value of `DRAIN_ASKED` up to which that is done. */
export const DRAIN_DONE = 4;
/** 1 when a stop that plays out what is queued shall end at once, and drop it. */
export const HURRY = 5;
export const CONTROL_WORDS = 16;

/** What the parent asks; each is answered by one reply, in order. */
export type Command =
  | { readonly type: "list" }
  | { readonly type: "check"; readonly request: StreamRequest }
  | OpenCommand
  | { readonly type: "start" }
  | { readonly type: "stop"; readonly drain: boolean }
  | { readonly type: "close" };

/** Opens a stream: what the device is asked for, and how its frames reach the parent. */
export interface OpenCommand {
  readonly type: "open";
  readonly request: StreamRequest;
  readonly input?: InputPlan;
  readonly output?: OutputPlan;
  readonly processor?: ProcessorPlan;
  /** Default: the device is tried for ten seconds, unless it says that it is gone. */
  readonly recovery?: RecoveryPolicy;
  /** What to do when the device does not work at the asked rate. Default `"never"`. */
  readonly resample?: ResampleChoice;
  /** The rate of the device itself: what is opened when frames are resampled. */
  readonly deviceRate?: Hertz;
  /** Whether to ask the system for real-time priority. Default false. */
  readonly realTime?: boolean;
}

/** How recorded frames reach the parent. */
export interface InputPlan {
  readonly ring: RingMemory;
  readonly format: SampleFormat;
  /** The channels to take, in this order, from 0. */
  readonly channels: readonly number[];
  /** Whether narrowing conversions are dithered. Default false. */
  readonly dither?: boolean;
}

/** How frames to play come from the parent: interleaved, `channels.length` channels wide. */
export interface OutputPlan {
  readonly ring: RingMemory;
  readonly format: SampleFormat;
  /** The channels of the device that the frames go to, in this order, from 0; all others are silent. */
  readonly channels: readonly number[];
  /** Whether narrowing conversions are dithered. Default false. */
  readonly dither?: boolean;
}

/** A module whose `process` runs in the audio thread for each block. */
export interface ProcessorPlan {
  readonly url: string;
  readonly blockFrames: Frames;
  /** Messages to and from the module. */
  readonly port: MessagePort;
  /** What its `setup` gets. */
  readonly options: unknown;
}

/** What is done when a device is gone or gives nothing. */
export interface RecoveryPolicy {
  /**
   * `"fail"`: a stall is mended, a device that says that it is gone ends the stream; `"wait"`: the same device is
   * waited for; `"default-device"`: the system's default device stands in for it.
   */
  readonly onDeviceLost: "fail" | "wait" | "default-device";
  /** How long to try before the stream fails. */
  readonly waitSeconds: Seconds;
}

/**
 * `"auto"`: frames are converted when the device cannot be opened at the asked rate; `"always"`: the device runs at
 * its own rate; `"never"`: the device must do it.
 */
export type ResampleChoice = "auto" | "always" | "never";

/** A stream as it was opened. */
export interface OpenedStream {
  /** The rate of the frames in the rings. */
  readonly sampleRate: Hertz;
  /** The rate at which the device runs. */
  readonly deviceRate: Hertz;
  readonly inputLatency: Seconds;
  readonly outputLatency: Seconds;
  /** Whether the device has a clock: one without waits for a reader that is late. */
  readonly paced: boolean;
}

/** What the audio thread says. All but `ended` and `underflowed` answer a command. */
export type Reply =
  | { readonly type: "listed"; readonly listing: HostListing }
  | { readonly type: "checked" }
  | { readonly type: "opened"; readonly stream: OpenedStream }
  | { readonly type: "started" }
  | { readonly type: "stopped" }
  | { readonly type: "closed" }
  | { readonly type: "failed"; readonly error: ErrorMessage }
  /** Silence was heard where frames were due. */
  | { readonly type: "underflowed"; readonly underflow: Underflow }
  /** The stream ended by itself: its source has no more, or a fault that could not be mended. */
  | { readonly type: "ended"; readonly error?: ErrorMessage; readonly position: Frames };

/** Silence that a device played because frames came too late. */
export interface Underflow {
  /** Frames played before it. */
  readonly position: Frames;
  /** How much silence was heard: exact on virtual devices, by the clock and up to a device buffer wrong on others. */
  readonly frames: Frames;
}
