// Runs in the writer thread.
import { AudioError } from "../../errors.js";
import type { Milliseconds } from "../../format.js";

/** Something that is done on the disk. */
export interface DiskJob {
  /** What it is about, for a message: the path of a file. */
  readonly what: string;
  /** Bytes in memory that wait for it. */
  readonly bytes: number;
  run(): Promise<void>;
}

/** A job that waits, with when it came. */
interface Waiting {
  readonly job: DiskJob;
  readonly since: Milliseconds;
}

/**
 * Jobs on the disk, one after another, while the thread goes on. The first that fails, or that does not come to its
 * end in time, is the last: the others stay undone, and are handed back.
 */
export class DiskQueue {
  /** Bytes that wait. */
  bytes = 0;
  readonly #patience: Milliseconds;
  readonly #onFault: (error: unknown, undone: readonly DiskJob[], hangs: boolean) => void;
  readonly #onIdle: () => void;
  readonly #waiting: Waiting[] = [];
  #running: Waiting | undefined;
  /** A job has failed: no more are taken. */
  #isDead = false;
  #timer: NodeJS.Timeout | undefined;
  #tellIdle: (() => void)[] = [];

  /**
   * `onFault` gets what went wrong, the job that it befell and all behind it; `hangs` tells that this job may still
   * be under way. `onIdle` is called whenever nothing is left to do.
   */
  constructor(
    patience: Milliseconds,
    onFault: (error: unknown, undone: readonly DiskJob[], hangs: boolean) => void,
    onIdle: () => void,
  ) {
    this.#patience = patience;
    this.#onFault = onFault;
    this.#onIdle = onIdle;
  }

  /** True when nothing is under way. */
  get isIdle(): boolean {
    return this.#running === undefined;
  }

  /** Adds a job; never waits. */
  add(job: DiskJob): void {
    if (this.#isDead) {
      return;
    }
    this.bytes += job.bytes;
    this.#waiting.push({ job, since: performance.now() });
    if (this.#running === undefined) {
      this.#next();
    }
  }

  /** Resolves when nothing is left to do, or nothing more can be done. */
  async idle(): Promise<void> {
    if (this.#running !== undefined && !this.#isDead) {
      await new Promise<void>((resolve) => {
        this.#tellIdle.push(resolve);
      });
    }
  }

  #next(): void {
    const waiting = this.#waiting.shift();
    this.#running = waiting;
    if (waiting === undefined) {
      this.#onIdle();
      // It may have found something to do.
      if (this.#running === undefined) {
        this.#tell();
      }
      return;
    }
    // A disk that is merely too slow falls behind by ever more.
    const left = waiting.since + this.#patience - performance.now();
    this.#timer = setTimeout(() => this.#tooLate(waiting.job), Math.max(0, left));
    waiting.job.run().then(
      () => this.#done(waiting),
      (error: unknown) => this.#fail(waiting, error, false),
    );
  }

  #done(waiting: Waiting): void {
    if (this.#isDead) {
      return;
    }
    clearTimeout(this.#timer);
    this.bytes -= waiting.job.bytes;
    this.#next();
  }

  #tooLate({ what }: DiskJob): void {
    const waiting = this.#running;
    if (waiting !== undefined) {
      const message = `Writing ${what} has taken more than ${this.#patience / 1000} s: its disk hangs or is too slow.`;
      this.#fail(waiting, new AudioError("disk-stalled", message), true);
    }
  }

  #fail(waiting: Waiting, error: unknown, hangs: boolean): void {
    if (this.#isDead) {
      return;
    }
    clearTimeout(this.#timer);
    this.#isDead = true;
    this.bytes = 0;
    const undone = [waiting, ...this.#waiting.splice(0)].map(({ job }) => job);
    this.#onFault(error, undone, hangs);
    this.#tell();
  }

  #tell(): void {
    for (const tell of this.#tellIdle.splice(0)) {
      tell();
    }
  }
}
