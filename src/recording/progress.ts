import type { Level } from "../analysis/level-meter.js";
import type { Frames, Seconds } from "../format.js";
import type { RecorderLevel, RecorderState } from "./recorder-events.js";

/** How far a recording has come. */
export interface RecordProgress extends Level {
  /** What was recorded until now, gaps included. */
  readonly seconds: Seconds;
  readonly frames: Frames;
  /** How much it shall be; undefined when a signal alone ends it. */
  readonly totalSeconds: Seconds | undefined;
  /** Frames lost until now. */
  readonly lostFrames: Frames;
  readonly deviceName: string;
  /** Whether it waits for its start, records, or is paused. */
  readonly state: RecorderState;
}

/** Where progress goes. */
export interface ProgressSink {
  update(progress: RecordProgress): void;
  end(): void;
}

/** How far a recorder is. */
export function levelProgress(
  level: RecorderLevel,
  totalSeconds: Seconds | undefined,
  deviceName: string,
): RecordProgress {
  const { peak, rms, seconds, frames, lostFrames, state } = level;
  return { peak, rms, seconds, frames, totalSeconds, lostFrames, deviceName, state };
}
