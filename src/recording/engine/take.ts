// Runs in the writer thread.
import type { ErrorMessage } from "../../errors.js";
import { toErrorMessage } from "../../errors.js";
import type { Frames, Hertz, Milliseconds } from "../../format.js";
import type { EndReason, Mark, Pause, RecordedFile } from "../recorder-result.js";
import type { Gap } from "../recording.js";
import type { FileSink, FileSinkEvents } from "./file-sink.js";
import { type Loss, noteLoss } from "./gap-list.js";
import type { Measure } from "./measure.js";
import type { MemorySink } from "./memory-sink.js";
import type { StartTime } from "./take-file.js";

/** A take as it is told to the parent, beside its segments. */
export interface TakeSummary {
  /** The first take is 0. */
  readonly number: number;
  readonly reason: EndReason;
  readonly frames: Frames;
  readonly lostFrames: Frames;
  readonly gaps: readonly Gap[];
  readonly marks: readonly Mark[];
  readonly pauses: readonly Pause[];
  readonly files: readonly RecordedFile[];
  readonly startedAt: Date | undefined;
  readonly startedAtUncertainty: Milliseconds | undefined;
  /** The same as `startedAt` on the parent's clock. */
  readonly startTime: Milliseconds | undefined;
  /** The place of its first frame in the stream, lost frames included. */
  readonly position: Frames;
  readonly triggeredAt: Frames | undefined;
  /** The place of the first frame that is in memory. */
  readonly memoryFrom: Frames;
  /** Whether frames are in memory. */
  readonly inMemory: boolean;
  readonly error: ErrorMessage | undefined;
  readonly diskError: ErrorMessage | undefined;
}

/** Where the frames of a take go. */
export interface TakeSetup {
  readonly number: number;
  readonly sampleRate: Hertz;
  /** Frames that the take shall have; Infinity when something else ends it. */
  readonly wanted: Frames;
  readonly onDiskError: "fail" | "memory";
  /** Makes the file sink, if there is one. */
  readonly file: ((events: Pick<FileSinkEvents, "failed" | "drained">) => FileSink) | undefined;
  /** Whether all frames go to memory. */
  readonly memory: boolean;
  readonly makeMemory: () => MemorySink;
  /** Sees the frames too; their memory is used again. */
  readonly tap: (bytes: Uint8Array) => void;
  /** The disk has failed, and the take shall end. */
  readonly failed: () => void;
  readonly drained: () => void;
}

/** The account of one take, and its sinks. */
export class Take {
  frames: Frames = 0;
  lostFrames: Frames = 0;
  readonly gaps: Gap[] = [];
  /** The place of the first frame in the stream. */
  position: Frames = 0;
  start: StartTime | undefined;
  triggeredAt: Frames | undefined;
  readonly #setup: TakeSetup;
  readonly #marks: Mark[] = [];
  readonly #pauses: Pause[] = [];
  readonly #file: FileSink | undefined;
  #memory: MemorySink | undefined;
  #memoryFrom: Frames = 0;
  #error: Error | undefined;
  #diskFailed = false;

  constructor(setup: TakeSetup) {
    this.#setup = setup;
    this.#memory = setup.memory ? setup.makeMemory() : undefined;
    this.#file = setup.file?.({
      failed: (error, from, rest) => this.#fail(error, from, rest),
      drained: setup.drained,
    });
  }

  /** Resolves when the first file is there; rejects when it cannot be. */
  async opened(): Promise<void> {
    await this.#file?.opened();
  }

  /** Frames that are wanted yet. */
  get left(): Frames {
    return this.#setup.wanted - this.frames;
  }

  /** Frames up to the next point at which something begins anew. */
  get leftInFile(): Frames {
    return this.#diskFailed
      ? Number.POSITIVE_INFINITY
      : (this.#file?.left ?? Number.POSITIVE_INFINITY);
  }

  /** Bytes that wait for the disk. */
  get backlog(): number {
    return this.#diskFailed ? 0 : (this.#file?.backlog ?? 0);
  }

  /** Takes frames, no more than `left` and `leftInFile`; they are copied. `start` tells when the first was heard. */
  write(bytes: Uint8Array, measure: Measure, start: () => StartTime): void {
    if (this.frames === 0) {
      this.setStart(start());
    }
    if (!this.#diskFailed) {
      this.#file?.write(bytes, measure, start);
    }
    this.#memory?.write(bytes);
    this.#setup.tap(bytes);
    this.frames += measure.frames;
  }

  /** Says when the first frame was heard: better known some time later. */
  setStart(start: StartTime): void {
    this.start = start;
    if (!this.#diskFailed) {
      this.#file?.setStart(start);
    }
  }

  /** Notes frames lost before the next frame. Returns whether it is a new gap. */
  lose(loss: Loss): boolean {
    this.lostFrames += loss.frames;
    if (!this.#diskFailed) {
      this.#file?.gap(loss);
    }
    return noteLoss(this.gaps, this.frames, loss);
  }

  /** Notes a mark at the next frame. */
  mark(label: string | undefined, at: Date): Mark {
    const mark = { position: this.frames, at, ...(label === undefined ? {} : { label }) };
    this.#marks.push(mark);
    this.#file?.mark(mark);
    return mark;
  }

  /** Notes a time that was left out before the next frame. */
  pause(pause: Omit<Pause, "position">): void {
    const noted = { position: this.frames, ...pause };
    this.#pauses.push(noted);
    this.#file?.pause(noted);
  }

  /** Completes what was recorded. */
  async close(reason: EndReason, fault: Error | undefined): Promise<TakeSummary> {
    await this.#file?.close();
    this.#memory?.flush();
    const stops = this.#setup.onDiskError === "fail";
    const error = fault ?? (stops ? this.#error : undefined);
    return {
      number: this.#setup.number,
      reason: error === undefined ? reason : "failed",
      frames: this.frames,
      lostFrames: this.lostFrames,
      gaps: this.gaps,
      marks: this.#marks,
      pauses: this.#pauses,
      files: this.#file?.files ?? [],
      startedAt: this.start?.date,
      startedAtUncertainty: this.start?.uncertainty,
      startTime: this.start?.time,
      position: this.position,
      triggeredAt: this.triggeredAt,
      memoryFrom: this.#memoryFrom,
      inMemory: this.#memory !== undefined,
      error: error && toErrorMessage(error),
      diskError: stops ? undefined : this.#error && toErrorMessage(this.#error),
    };
  }

  #fail(error: Error, from: Frames, rest: readonly Uint8Array[]): void {
    this.#error = error;
    this.#diskFailed = true;
    if (this.#memory === undefined) {
      this.#memory = this.#setup.makeMemory();
      this.#memoryFrom = from;
      for (const bytes of rest) {
        this.#memory.write(bytes);
      }
    }
    if (this.#setup.onDiskError === "fail") {
      this.#setup.failed();
    }
  }
}
