import type { MessagePort } from "node:worker_threads";
import type { ErrorMessage } from "../errors.js";
import type { Frames, Hertz, Milliseconds, SampleFormat, Seconds } from "../format.js";
import type { HostListing, HostName, StreamRequest } from "../hosts/host.js";
import type { RingMemory } from "../ring.js";

/** What an audio thread is born with. */
export interface AudioThreadData {
  readonly host: HostName;
  readonly port: MessagePort;
  /** The words below. */
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
/** How often the device ran dry while frames for it were due. */
export const UNDERFLOWS = 3;
export const CONTROL_BYTES = 32;

/** What the parent asks; each is answered by one reply, in order. */
export type Command =
  | { readonly type: "list" }
  | { readonly type: "check"; readonly request: StreamRequest }
  | {
      readonly type: "open";
      readonly request: StreamRequest;
      readonly input?: InputPlan;
      readonly output?: OutputPlan;
    }
  | { readonly type: "start" }
  | { readonly type: "stop"; readonly drain: boolean }
  | { readonly type: "close" };

/** How recorded frames reach the parent. */
export interface InputPlan {
  readonly ring: RingMemory;
  readonly format: SampleFormat;
  /** The channels to take, in this order, from 0. */
  readonly channels: readonly number[];
}

/** How frames to play come from the parent: interleaved, as the device was asked for. */
export interface OutputPlan {
  readonly ring: RingMemory;
  readonly format: SampleFormat;
  readonly channels: number;
}

/** A stream as it was opened. */
export interface OpenedStream {
  readonly sampleRate: Hertz;
  readonly inputLatency: Seconds;
  readonly outputLatency: Seconds;
}

/** What the audio thread says. All but `ended` answer a command. */
export type Reply =
  | { readonly type: "listed"; readonly listing: HostListing }
  | { readonly type: "checked" }
  | { readonly type: "opened"; readonly stream: OpenedStream }
  | { readonly type: "started" }
  | { readonly type: "stopped" }
  | { readonly type: "closed" }
  | { readonly type: "failed"; readonly error: ErrorMessage }
  /** The stream ended by itself: its source has no more, or a fault that could not be mended. */
  | { readonly type: "ended"; readonly error?: ErrorMessage; readonly position: Frames };
