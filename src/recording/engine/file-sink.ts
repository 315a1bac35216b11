// Runs in the writer thread.
import { resolve } from "node:path";
import { asError } from "../../errors.js";
import { bytesPerFrame, type Frames, type Milliseconds } from "../../format.js";
import { type CuePoint, MOST_POSITION } from "../../wav/metadata/cues.js";
import type { Mark, Pause, RecordedFile } from "../recorder-result.js";
import { type DiskJob, DiskQueue } from "./disk-queue.js";
import { FileSlot } from "./file-slot.js";
import type { Loss } from "./gap-list.js";
import type { Measure } from "./measure.js";
import { type Run, Runs } from "./runs.js";
import type { FrameFormat, StartTime, TakeFile } from "./take-file.js";

/** A file is looked for in its place each so many seconds. */
const CHECK_MS: Milliseconds = 2_000;

/** What a file sink tells. */
export interface FileSinkEvents {
  /** A file was created. */
  opened(path: string): void;
  /**
   * A file is complete. What is done then is waited for before the next file is begun; it resolves with the whole
   * paths of files that were removed.
   */
  closed(file: RecordedFile, measure: Measure): Promise<readonly string[]>;
  /**
   * The disk failed: nothing more is written. `from` is the place in the recording of the first frame that is in no
   * file, `rest` the frames from there on that the sink had taken.
   */
  failed(error: Error, from: Frames, rest: readonly Uint8Array[]): void;
  /** There is room for more. */
  drained(): void;
}

/** What a file sink is made of. */
export interface FileSinkSetup {
  readonly format: FrameFormat;
  /** Creates the next file, whose first frame is heard about then: it is valid and has no frames. */
  readonly create: (startedAt: Date) => Promise<TakeFile>;
  /** What a file without a name yet is called in a message. */
  readonly what: string;
  /** Frames of each file; Infinity when there is one. */
  readonly framesOfFile: Frames;
  /** How long the disk may take. */
  readonly patience: Milliseconds;
  readonly events: FileSinkEvents;
}

/**
 * Frames that go to one file or to a series of files of exact length. Nothing here waits for the disk: what it has not
 * taken is kept, and handed back when it fails.
 */
export class FileSink {
  /** The files that are complete, or were when the disk failed, and are there. */
  files: RecordedFile[] = [];
  readonly #setup: FileSinkSetup;
  readonly #frameBytes: number;
  readonly #runs: Runs;
  readonly #queue: DiskQueue;
  readonly #writes = new WeakMap<DiskJob, Run>();
  readonly #slots = new WeakMap<DiskJob, FileSlot>();
  /** Files that were begun and are not complete. */
  readonly #open = new Set<FileSlot>();
  /** What is said about the next frame, when the file before it is full. */
  readonly #early: ((slot: FileSlot) => void)[] = [];
  #slot: FileSlot;
  #error: Error | undefined;
  #rescue: Promise<void> = Promise.resolve();
  #position: Frames = 0;
  #checked: Milliseconds = 0;

  /** `now` is about when the first frame will be heard: it names the file. */
  constructor(setup: FileSinkSetup, now: StartTime["date"]) {
    const { channels, format } = setup.format;
    this.#setup = setup;
    this.#frameBytes = bytesPerFrame(format, channels);
    this.#runs = new Runs(setup.format);
    this.#queue = new DiskQueue(
      setup.patience,
      (error, undone, hangs) => this.#fail(error, undone, hangs),
      () => this.#idle(),
    );
    this.#slot = this.#beginSlot(now);
  }

  /** Resolves when the first file is there; rejects when it cannot be. */
  async opened(): Promise<void> {
    await this.#queue.idle();
    if (this.#error !== undefined) {
      throw this.#error;
    }
  }

  /** Frames that the current file takes before the next begins. */
  get left(): Frames {
    return this.#isFull ? this.#setup.framesOfFile : this.#setup.framesOfFile - this.#slot.frames;
  }

  /** Bytes that wait for the disk. */
  get backlog(): number {
    return this.#queue.bytes + this.#runs.bytes;
  }

  /** Tells when the first frame of all was heard; it may be told again, until the second file is begun. */
  setStart(start: StartTime): void {
    if (this.#slot.position === 0) {
      this.#startSlot(start);
    }
  }

  /**
   * Takes whole interleaved frames, no more than `left`; they are copied. `start` tells when the first of them was heard,
   * for the file that begins with it.
   */
  write(bytes: Uint8Array, measure: Measure, start: () => StartTime): void {
    if (this.#isFull) {
      this.#finishSlot();
      const now = start();
      this.#slot = this.#beginSlot(now.date);
      this.#startSlot(now);
      this.#noteEarly();
    }
    const frames = bytes.byteLength / this.#frameBytes;
    this.#slot.enter(frames, measure);
    for (let from = 0; from < bytes.byteLength; ) {
      const taken = this.#runs.add(bytes.subarray(from), this.#position);
      from += taken;
      this.#position += taken / this.#frameBytes;
      if (this.#runs.isFull || (this.#runs.isWorthwhile && this.#queue.isIdle)) {
        this.#flush();
      }
    }
  }

  /** Notes frames lost before the next frame. */
  gap(loss: Loss): void {
    this.#note((slot) => slot.enterLoss(loss));
  }

  /** Notes a mark at the next frame. */
  mark(mark: Mark): void {
    this.#note((slot) => {
      slot.enterMark(mark);
      this.#cue(slot, mark.label === undefined ? {} : { label: mark.label });
    });
  }

  /** Notes a time that was left out before the next frame. */
  pause({ seconds }: Pause): void {
    this.#note((slot) => {
      this.#cue(slot, { label: "pause", note: `${seconds.toFixed(3)} s left out` });
    });
  }

  /** Completes what is open, and resolves when it is on the disk or cannot be. */
  async close(): Promise<void> {
    this.#noteEarly();
    this.#finishSlot();
    await this.#queue.idle();
    await this.#rescue;
  }

  get #isFull(): boolean {
    return this.#slot.frames >= this.#setup.framesOfFile;
  }

  #note(note: (slot: FileSlot) => void): void {
    if (this.#isFull) {
      this.#early.push(note);
    } else {
      note(this.#slot);
    }
  }

  #noteEarly(): void {
    for (const note of this.#early.splice(0)) {
      note(this.#slot);
    }
  }

  #cue(slot: FileSlot, remarks: Omit<CuePoint, "position">): void {
    const position = slot.frames;
    if (position <= MOST_POSITION) {
      this.#add(slot, async () => slot.file?.addCue({ position, ...remarks }));
    }
  }

  #beginSlot(startedAt: Date): FileSlot {
    const { create, format, events, what } = this.#setup;
    const slot = new FileSlot(this.#position, format, what);
    this.#add(slot, async () => {
      slot.file = await create(startedAt);
      slot.path = slot.file.path;
      this.#open.add(slot);
      await slot.file.check();
      events.opened(slot.path);
    });
    return slot;
  }

  #startSlot(start: StartTime): void {
    const slot = this.#slot;
    slot.start = start;
    this.#add(slot, async () => slot.file?.setStart(start));
  }

  #finishSlot(): void {
    this.#flush();
    const slot = this.#slot;
    this.#add(slot, async () => {
      const file = await slot.complete();
      if (file !== undefined) {
        this.#open.delete(slot);
        this.files.push(file);
        const removed = await this.#setup.events.closed(file, slot.measure);
        this.files = this.files.filter(({ path }) => !removed.includes(resolve(path)));
      }
    });
  }

  /** Hands the frames of the run to the disk. */
  #flush(): void {
    const run = this.#runs.take();
    if (run === undefined) {
      return;
    }
    const slot = this.#slot;
    const job = this.#job(slot, run.filled, async () => {
      await slot.file?.write(run.memory.subarray(0, run.filled));
      const now = performance.now();
      if (now - this.#checked > CHECK_MS) {
        this.#checked = now;
        await slot.file?.check();
      }
      this.#runs.release(run);
    });
    this.#writes.set(job, run);
    this.#queue.add(job);
  }

  #idle(): void {
    if (this.#runs.isWorthwhile) {
      this.#flush();
    }
    this.#setup.events.drained();
  }

  #add(slot: FileSlot, run: () => Promise<void>): void {
    this.#queue.add(this.#job(slot, 0, run));
  }

  #job(slot: FileSlot, bytes: number, run: () => Promise<void>): DiskJob {
    const job = { what: slot.path, bytes, run };
    this.#slots.set(job, slot);
    return job;
  }

  #fail(error: unknown, undone: readonly DiskJob[], hangs: boolean): void {
    const runs = undone.flatMap((job) => this.#writes.get(job) ?? []);
    const last = this.#runs.take();
    if (last !== undefined) {
      runs.push(last);
    }
    const broken = (undone[0] && this.#slots.get(undone[0])) ?? this.#slot;
    const from = broken.written;
    const rest: Uint8Array[] = [];
    // A file may hold back frames that it was given before.
    const before = ((runs[0]?.position ?? this.#position) - from) * this.#frameBytes;
    if (before > 0 && broken.file !== undefined) {
      rest.push(broken.file.waiting.slice(0, before));
    }
    rest.push(...this.#runs.copyFrom(runs, from));
    this.#rescue = this.#completeOpen(hangs);
    this.#error = asError(error);
    this.#setup.events.failed(this.#error, from, rest);
  }

  /** After a fault: what can still be completed is, unless the disk hangs. */
  async #completeOpen(hangs: boolean): Promise<void> {
    for (const slot of this.#open) {
      const { file } = slot;
      const closing = hangs || file === undefined ? undefined : file.close();
      const bytes = await Promise.race([closing, timeout(this.#setup.patience)]).catch(
        () => undefined,
      );
      // The fault that came first is the one that is told.
      this.files.push(slot.describe(bytes ?? 0, bytes !== undefined));
    }
    this.#open.clear();
  }
}

function timeout(patience: Milliseconds): Promise<undefined> {
  return new Promise((resolve) => {
    setTimeout(resolve, patience, undefined).unref();
  });
}
