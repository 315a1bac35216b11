// Runs in the writer thread.
import { resolve } from "node:path";
import { asError } from "../../errors.js";
import { bytesPerFrame, type Frames, type Milliseconds } from "../../format.js";
import type { CuePoint } from "../../wav/metadata/cues.js";
import type { Mark, Pause, RecordedFile } from "../recorder-result.js";
import type { Gap } from "../recording.js";
import { type DiskJob, DiskQueue } from "./disk-queue.js";
import { type Loss, noteLoss } from "./gap-list.js";
import { Measure } from "./measure.js";
import type { FrameFormat, StartTime, TakeFile } from "./take-file.js";

/** What is handed to the disk at once, at least, while it keeps up: a fifth of a second. */
const RUN_SECONDS = 0.2;
/** And at most. */
const MOST_RUN_BYTES = 2 ** 18;
/** Memory of runs that were written is used again: so many are kept. */
const SPARE_RUNS = 4;
/** The highest position of a cue point. */
const MOST_POSITION: Frames = 0xffff_ffff;
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

/** A file in the making. What it says of itself is about the frames that it was given. */
interface Slot {
  readonly position: Frames;
  readonly measure: Measure;
  readonly gaps: Gap[];
  readonly marks: Mark[];
  frames: Frames;
  start: StartTime | undefined;
  path: string;
  file: TakeFile | undefined;
}

/** Frames that wait to be written: whole frames at the start of the memory. */
interface Run {
  readonly slot: Slot;
  readonly memory: Uint8Array<ArrayBuffer>;
  readonly position: Frames;
  filled: number;
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
  readonly #runBytes: number;
  readonly #soonBytes: number;
  readonly #queue: DiskQueue;
  readonly #writes = new WeakMap<DiskJob, Run>();
  readonly #slots = new WeakMap<DiskJob, Slot>();
  readonly #spare: Uint8Array<ArrayBuffer>[] = [];
  /** Files that were begun and are not complete. */
  readonly #open = new Set<Slot>();
  /** What is said about the next frame, when the file before it is full. */
  readonly #early: ((slot: Slot) => void)[] = [];
  #slot: Slot;
  #run: Run | undefined;
  #error: Error | undefined;
  #rescue: Promise<void> = Promise.resolve();
  #position: Frames = 0;
  #checked: Milliseconds = 0;

  /** `now` is about when the first frame will be heard: it names the file. */
  constructor(setup: FileSinkSetup, now: StartTime["date"]) {
    const { sampleRate, channels, format } = setup.format;
    this.#setup = setup;
    this.#frameBytes = bytesPerFrame(format, channels);
    const most = Math.max(1, Math.floor(MOST_RUN_BYTES / this.#frameBytes));
    const soon = Math.max(1, Math.min(most, Math.round(RUN_SECONDS * sampleRate)));
    this.#runBytes = most * this.#frameBytes;
    this.#soonBytes = soon * this.#frameBytes;
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
    return this.#queue.bytes + (this.#run?.filled ?? 0);
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
    for (let from = 0; from < bytes.byteLength; ) {
      const run = this.#openRun();
      const part = bytes.subarray(from, from + this.#runBytes - run.filled);
      run.memory.set(part, run.filled);
      run.filled += part.byteLength;
      from += part.byteLength;
      if (run.filled === this.#runBytes || (run.filled >= this.#soonBytes && this.#queue.isIdle)) {
        this.#flush();
      }
    }
    const frames = bytes.byteLength / this.#frameBytes;
    this.#position += frames;
    this.#slot.frames += frames;
    this.#slot.measure.add(measure);
  }

  /** Notes frames lost before the next frame. */
  gap(loss: Loss): void {
    this.#note((slot) => {
      noteLoss(slot.gaps, slot.frames, loss);
    });
  }

  /** Notes a mark at the next frame. */
  mark(mark: Mark): void {
    this.#note((slot) => {
      slot.marks.push({ ...mark, position: slot.frames });
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

  #note(note: (slot: Slot) => void): void {
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

  #cue(slot: Slot, remarks: Omit<CuePoint, "position">): void {
    const position = slot.frames;
    if (position <= MOST_POSITION) {
      this.#add(slot, async () => slot.file?.addCue({ position, ...remarks }));
    }
  }

  #beginSlot(startedAt: Date): Slot {
    const { create, format, events } = this.#setup;
    const slot: Slot = {
      position: this.#position,
      measure: new Measure(format.channels),
      gaps: [],
      marks: [],
      frames: 0,
      start: undefined,
      path: this.#setup.what,
      file: undefined,
    };
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
      if (slot.file !== undefined) {
        for (const gap of slot.gaps) {
          slot.file.addGap(gap);
        }
        await slot.file.check();
        const file = this.#describe(slot, await slot.file.close(), true);
        this.#open.delete(slot);
        this.files.push(file);
        const removed = await this.#setup.events.closed(file, slot.measure);
        this.files = this.files.filter(({ path }) => !removed.includes(resolve(path)));
      }
    });
  }

  #describe(slot: Slot, bytes: number, complete: boolean): RecordedFile {
    const frames = slot.file?.frames ?? 0;
    return {
      path: slot.path,
      position: slot.position,
      frames,
      seconds: frames / this.#setup.format.sampleRate,
      bytes,
      ...(slot.start === undefined || frames === 0 ? {} : { startedAt: slot.start.date }),
      gaps: slot.gaps.filter((gap) => complete || gap.position < frames),
      marks: slot.marks.filter((mark) => complete || mark.position <= frames),
      complete,
    };
  }

  #openRun(): Run {
    this.#run ??= {
      slot: this.#slot,
      memory: this.#spare.pop() ?? new Uint8Array(this.#runBytes),
      position: this.#position,
      filled: 0,
    };
    return this.#run;
  }

  /** Hands the frames of the run to the disk. */
  #flush(): void {
    const run = this.#run;
    if (run === undefined || run.filled === 0) {
      return;
    }
    this.#run = undefined;
    const { slot, memory } = run;
    const job = this.#job(slot, run.filled, async () => {
      await slot.file?.write(memory.subarray(0, run.filled));
      const now = performance.now();
      if (now - this.#checked > CHECK_MS) {
        this.#checked = now;
        await slot.file?.check();
      }
      if (this.#spare.length < SPARE_RUNS) {
        this.#spare.push(memory);
      }
    });
    this.#writes.set(job, run);
    this.#queue.add(job);
  }

  #idle(): void {
    if ((this.#run?.filled ?? 0) >= this.#soonBytes) {
      this.#flush();
    }
    this.#setup.events.drained();
  }

  #add(slot: Slot, run: () => Promise<void>): void {
    this.#queue.add(this.#job(slot, 0, run));
  }

  #job(slot: Slot, bytes: number, run: () => Promise<void>): DiskJob {
    const job = { what: slot.path, bytes, run };
    this.#slots.set(job, slot);
    return job;
  }

  #fail(error: unknown, undone: readonly DiskJob[], hangs: boolean): void {
    const runs = undone.flatMap((job) => this.#writes.get(job) ?? []);
    if (this.#run !== undefined) {
      runs.push(this.#run);
    }
    this.#run = undefined;
    const broken = (undone[0] && this.#slots.get(undone[0])) ?? this.#slot;
    const from = broken.position + (broken.file?.frames ?? 0);
    const rest: Uint8Array[] = [];
    // A file may hold back frames that it was given before.
    const before = ((runs[0]?.position ?? this.#position) - from) * this.#frameBytes;
    if (before > 0 && broken.file !== undefined) {
      rest.push(broken.file.waiting.slice(0, before));
    }
    for (const { memory, filled, position } of runs) {
      // Of the first run a part may have been written.
      const written = Math.max(0, from - position) * this.#frameBytes;
      rest.push(memory.slice(Math.min(written, filled), filled));
    }
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
      this.files.push(this.#describe(slot, bytes ?? 0, bytes !== undefined));
    }
    this.#open.clear();
  }
}

function timeout(patience: Milliseconds): Promise<undefined> {
  return new Promise((resolve) => {
    setTimeout(resolve, patience, undefined).unref();
  });
}
