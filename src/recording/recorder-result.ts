import type { AudioError } from "../errors.js";
import type { Frames, Milliseconds, Seconds } from "../format.js";
import type { ClockDrift } from "./clock/drift.js";
import type { Gap, Recording } from "./recording.js";

/**
 * What ended a take: the option of that name (`"seconds"`, `"frames"`, `"silence"`, `"voice"`, `"until"`, `"maxBytes"`,
 * `"maxWait"`, `"signal"`), `stop()`, the end of the source (a file as a device), or a fault.
 */
export type EndReason =
  | "seconds"
  | "frames"
  | "silence"
  | "voice"
  | "until"
  | "maxBytes"
  | "maxWait"
  | "signal"
  | "stop"
  | "source-ended"
  | "failed";

/** A place in a recording that somebody marked. */
export interface Mark {
  /** Counted from the start of the recording. */
  readonly position: Frames;
  readonly label?: string;
  /** When the frame there was heard. */
  readonly at: Date;
}

/** A time that was left out of a recording. */
export interface Pause {
  /** Behind this frame of the recording it began. */
  readonly position: Frames;
  /** How long it was. */
  readonly seconds: Seconds;
  /** When it began. */
  readonly at: Date;
}

/** One file of a recording. */
export interface RecordedFile {
  readonly path: string;
  /** The place of its first frame in the recording. */
  readonly position: Frames;
  /** Frames in the file. */
  readonly frames: Frames;
  readonly seconds: Seconds;
  /** Size of the file. */
  readonly bytes: number;
  /** When its first frame was heard; undefined for a file without frames. */
  readonly startedAt?: Date;
  /** Lost frames, counted from the start of the file. */
  readonly gaps: readonly Gap[];
  readonly marks: readonly Mark[];
  /** False when a fault kept it from being closed as it should: it is valid up to its last checkpoint. */
  readonly complete: boolean;
}

/** What was recorded between a start and an end. */
export interface RecorderResult {
  /** Why it ended. */
  readonly reason: EndReason;
  /** The frames in memory: all of them, or from `recordingFrom` on where a disk failed. */
  readonly recording?: Recording;
  /** The place of the first frame of `recording`: 0 unless only the rest is in memory. */
  readonly recordingFrom: Frames;
  /** The files, in order. */
  readonly files: readonly RecordedFile[];
  /** Frames recorded, silence for lost ones included. */
  readonly frames: Frames;
  readonly seconds: Seconds;
  /** Frames that were lost, and where. */
  readonly lostFrames: Frames;
  readonly gaps: readonly Gap[];
  readonly marks: readonly Mark[];
  readonly pauses: readonly Pause[];
  /** When the first frame was heard, and by how much that may be wrong; undefined without a frame. */
  readonly startedAt?: Date;
  readonly startedAtUncertainty?: Milliseconds;
  /** How the device's clock went against the system's; undefined for devices without a clock and before some 40 s. */
  readonly clockDrift?: ClockDrift;
  /** The same as `startedAt`, in milliseconds of this thread's `performance.now()`: finer, and not set by anybody. */
  readonly startTime?: Milliseconds;
  /** The place of the first frame in the stream: how many frames, lost ones included, were heard before it. */
  readonly position: Frames;
  /** The frame of the recording at which its start condition came true: what is before it is pre-roll. */
  readonly triggeredAt?: Frames;
  /** What the disk did, when the recording went on in memory (`onDiskError: "memory"`). */
  readonly diskError?: AudioError;
}
