// Runs in the writer thread.
import type { Frames, Milliseconds } from "../../format.js";
import type { GapCause } from "../../hosts/host.js";
import type { EndReason, Mark } from "../recorder-result.js";
import type { Gap } from "../recording.js";
import type { Conditions } from "./conditions.js";
import type { PieceMaker } from "./piece.js";
import type { Take, TakeSummary } from "./take.js";
import type { FrameFormat, StartTime } from "./take-file.js";
import type { WaitingRoom } from "./waiting-room.js";

/** What a recording does at a moment. */
export type EnginePhase = "waiting" | "recording" | "paused" | "over";

/** How loud a stretch was, and how far the recording is behind it. */
export interface LevelReport {
  readonly peak: readonly number[];
  readonly rms: readonly number[];
  readonly clipped: readonly number[];
  /** Frames that this is about. */
  readonly length: Frames;
  /** Frames of the take, and those of them that were lost. */
  readonly frames: Frames;
  readonly lostFrames: Frames;
  readonly gaps: number;
  readonly phase: EnginePhase;
}

/** A block that is shown to the predicate, in memory of its own. */
export interface JudgedBlock {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Its place in the take. */
  readonly position: Frames;
  readonly time: Milliseconds;
  readonly timeUncertainty: Milliseconds;
  readonly droppedBefore: Frames;
  readonly dropCause: GapCause | undefined;
}

/** What an engine tells while it works. */
export interface EngineEvents {
  level(level: LevelReport): void;
  gap(gap: Gap): void;
  /** `mark` is undefined when there is no take that it could be in. */
  marked(mark: Mark | undefined, id: number): void;
  /** The start condition came true at a frame of the take. */
  triggered(position: Frames, start: StartTime): void;
  phase(phase: EnginePhase): void;
  /** A block is to be judged: {@link Engine.judge} is waited for. */
  judge(block: JudgedBlock): void;
  /** A take is complete. */
  taken(summary: TakeSummary): void;
  /** There may be room for more. */
  drained(): void;
}

/** Where frames are in time, on the parent's clock. */
export interface EngineClock {
  /** When the frame at a position of the stream was heard; NaN when that is not known yet. */
  timeOf(position: Frames): Milliseconds;
  uncertainty(): Milliseconds;
  dateOf(time: Milliseconds): Date;
}

/** When a recording begins. */
export interface StartRule {
  /** Not before this time of the parent's clock. */
  readonly at: Milliseconds | undefined;
  /** None: at once. */
  readonly conditions: Conditions<undefined>;
  /** Frames from before the condition came true. */
  readonly preRoll: Frames;
  /** How long it is waited for. */
  readonly maxWait: Frames;
}

/** When it ends. */
export interface StopRule {
  /** After so many frames, and which option said so. */
  readonly frames: Frames;
  readonly framesReason: EndReason;
  readonly conditions: Conditions<EndReason>;
  /** Frames from behind the place where a condition came true. */
  readonly postRoll: Frames;
  /** Whether each block is judged. */
  readonly until: boolean;
}

/** What an engine is made of. */
export interface EngineSetup {
  readonly format: FrameFormat;
  readonly pieces: PieceMaker;
  readonly paced: boolean;
  /** Whether silence stands in for lost frames. */
  readonly fillGaps: boolean;
  readonly levelFrames: Frames;
  readonly start: StartRule;
  readonly stop: StopRule;
  readonly waitingRoom: WaitingRoom;
  /** Whether it waits for the next take when one has ended. */
  readonly repeat: boolean;
  /** Makes the next take; `first` is the one that is made before anything is heard. */
  readonly makeTake: (about: Date, failed: () => void) => Take;
  readonly clock: EngineClock;
  readonly events: EngineEvents;
}
