import type { MessagePort } from "node:worker_threads";
import type { ErrorMessage } from "../errors.js";
import type { Frames, Hertz, Milliseconds, SampleFormat } from "../format.js";
import type { RingMemory } from "../ring.js";
import type { WavMetadata } from "../wav/metadata/metadata.js";
import type { ClockDrift } from "./clock/drift.js";
import type { SilenceRule, SoundTrigger, VoiceOptions } from "./conditions/check.js";
import type { EnginePhase, JudgedBlock, LevelReport } from "./engine/engine-setup.js";
import type { InputFormat } from "./engine/piece.js";
import type { TakeSummary } from "./engine/take.js";
import type { KeepOptions } from "./files/retention.js";
import type { ProcessingChoice } from "./processing/chain.js";
import type { EndReason, Mark } from "./recorder-result.js";
import type { Gap } from "./recording.js";

/** What a writer thread is born with. */
export interface WriterThreadData {
  readonly port: MessagePort;
  /** The words below, then the numbers of writer-words.ts. */
  readonly control: SharedArrayBuffer;
  /** Adds to the thread's monotonic time in milliseconds to give the `performance.now()` of the parent. */
  readonly parentClock: Milliseconds;
}

/** 1 when the process ends: what is in the ring is written, and the files are closed. */
export const EXIT = 0;
/** 1 when nothing is open any more. */
export const CLOSED = 1;
/** How many levels the parent has received: what it has not is put together. */
export const LEVELS_SEEN = 2;
export const WRITER_WORDS = 16;

/** Where files go and what they are. */
export interface FilePlan {
  /** A path, or a template of files/name-template.ts. */
  readonly path: string;
  readonly kind: "wav" | "flac";
  readonly overwrite: boolean;
  readonly metadata: WavMetadata;
  readonly label: string | undefined;
  /** Frames of each file; Infinity when there is one. */
  readonly framesOfFile: Frames;
  /** Path of the index. */
  readonly index: string | undefined;
  readonly keep: KeepOptions | undefined;
}

/** What a recording shall be, settled for its device. */
export interface RecorderPlan {
  /** How the frames are stored. */
  readonly format: SampleFormat;
  readonly processing: ProcessingChoice;
  /** Channels behind the processing. */
  readonly channels: number;
  readonly dither: boolean;
  readonly fillGaps: boolean;
  /** Voice that begins and ends the recording. */
  readonly voice: Required<VoiceOptions> | undefined;
  readonly file: FilePlan | undefined;
  readonly memory: boolean;
  readonly onDiskError: "fail" | "memory";
  readonly diskPatience: Milliseconds;
  readonly start: {
    /** Milliseconds since 1970. */
    readonly at: number | undefined;
    readonly trigger: Required<SoundTrigger> | undefined;
    /** In frames, as is `maxWait`, which may be Infinity. */
    readonly preRoll: Frames;
    readonly maxWait: Frames;
  };
  readonly stop: {
    /** The length, which may be Infinity, and the option that says so. */
    readonly frames: Frames;
    readonly framesReason: EndReason;
    readonly silence: Required<SilenceRule> | undefined;
    readonly postRoll: Frames;
    readonly until: boolean;
  };
  /** Whether the next take is waited for when one has ended. */
  readonly repeat: boolean;
}

/** The stream that is recorded. */
export interface StreamPlan {
  readonly ring: RingMemory;
  /** The numbers of the audio thread. */
  readonly stats: SharedArrayBuffer;
  readonly input: InputFormat;
  readonly sampleRate: Hertz;
  readonly paced: boolean;
  readonly blockFrames: Frames;
  readonly levelFrames: Frames;
  readonly deviceName: string;
}

/** What the parent asks. */
export type WriterCommand =
  | { readonly type: "open"; readonly plan: RecorderPlan; readonly stream: StreamPlan }
  | { readonly type: "pause"; readonly time: Milliseconds }
  | { readonly type: "resume"; readonly time: Milliseconds }
  | {
      readonly type: "mark";
      readonly time: Milliseconds;
      readonly label: string | undefined;
      readonly id: number;
    }
  | { readonly type: "judged"; readonly isEnd: boolean }
  /** What is recorded is to be told, from now on. */
  | { readonly type: "tap" }
  /** Takes, and bytes that were heard, that nobody has to keep any more. */
  | { readonly type: "claimed"; readonly takes: number; readonly bytes: number }
  /** Nothing more comes into the ring. */
  | { readonly type: "finish"; readonly reason: EndReason }
  | { readonly type: "close" };

/** What a writer thread says. */
export type WriterReply =
  /** `file` is the path of the first file. */
  | { readonly type: "opened"; readonly file: string | undefined }
  | { readonly type: "failed"; readonly error: ErrorMessage }
  | { readonly type: "level"; readonly level: LevelReport }
  | { readonly type: "gap"; readonly gap: Gap }
  | { readonly type: "marked"; readonly mark: Mark | undefined; readonly id: number }
  /** Another file was created. */
  | { readonly type: "file"; readonly path: string }
  | { readonly type: "triggered"; readonly position: Frames; readonly at: Date }
  | { readonly type: "phase"; readonly phase: EnginePhase }
  | { readonly type: "judge"; readonly block: JudgedBlock }
  /** Frames of a take, in order. */
  | {
      readonly type: "segment";
      readonly take: number;
      readonly bytes: Uint8Array<ArrayBuffer>;
      readonly frames: Frames;
    }
  /** Answers a `tap`: all that is recorded from now on is told. */
  | { readonly type: "tapped" }
  /** Frames that were recorded, after a `tap`. */
  | { readonly type: "heard"; readonly bytes: Uint8Array<ArrayBuffer> }
  /** A take is complete. */
  | {
      readonly type: "taken";
      readonly take: number;
      readonly summary: TakeSummary;
      readonly drift: ClockDrift | undefined;
    }
  /** All takes were told. */
  | { readonly type: "done"; readonly error?: ErrorMessage }
  | { readonly type: "closed" };
