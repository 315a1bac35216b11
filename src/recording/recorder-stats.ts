import type { Frames, Seconds } from "../format.js";
import type { StreamStats } from "../stream/stats.js";
import type { RecorderState } from "./recorder-events.js";

/** How far a recorder is, at this moment, also when this thread was busy until now. */
export interface RecorderStats {
  readonly state: RecorderState;
  /** What is recorded, silence for lost frames included. */
  readonly seconds: Seconds;
  readonly frames: Frames;
  readonly lostFrames: Frames;
  readonly gaps: number;
  /** Bytes in memory that wait for the disk. */
  readonly waitingBytes: number;
  /** The account of the stream that is recorded. */
  readonly stream: StreamStats;
}
