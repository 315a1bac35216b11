import type { Level } from "../analysis/level-meter.js";
import type { Frames, Seconds } from "../format.js";
import type { Mark } from "./recorder-result.js";
import type { Gap } from "./recording.js";

/**
 * Where a recorder is in its life. It is born `ready`; `waiting` is for its start condition, `stopping` while the last frames
 * go to the disk, `done` with a result, `failed` with an error.
 */
export type RecorderState =
  | "ready"
  | "waiting"
  | "recording"
  | "paused"
  | "stopping"
  | "done"
  | "failed";

/** How loud it is, and how far the recording is. */
export interface RecorderLevel extends Level {
  /** Samples at full scale or beyond, for each channel. */
  readonly clipped: readonly number[];
  /** Length of what the level is about: more than `levelSeconds` for a listener that was late. */
  readonly length: Frames;
  /** What is recorded, in seconds and frames, silence for lost frames included. */
  readonly seconds: Seconds;
  readonly frames: Frames;
  /** How many gaps there are, and the frames lost in them. */
  readonly gaps: number;
  readonly lostFrames: Frames;
  readonly state: RecorderState;
}

/** The events of a recorder. */
export interface RecorderEvents {
  /** Each `levelSeconds`, also while it waits or is paused. */
  level: [level: RecorderLevel];
  /** Frames were lost. */
  gap: [gap: Gap];
  /** A place was marked. */
  mark: [mark: Mark];
  /** A file is written now: the first is told when the device is started. */
  file: [path: string];
  /** The start condition came true, at a frame of the recording, which was heard then. */
  triggered: [position: Frames, at: Date];
  /** The state has changed. */
  state: [state: RecorderState];
}
