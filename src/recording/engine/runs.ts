// Runs in the writer thread.
import { bytesPerFrame, type Frames } from "../../format.js";
import type { FrameFormat } from "./take-file.js";

/** What is handed to the disk at once, at least, while it keeps up: a fifth of a second. */
const RUN_SECONDS = 0.2;
/** And at most. */
const MOST_RUN_BYTES = 2 ** 18;
/** Memory of runs that were written is used again: so many are kept. */
const SPARE_RUNS = 4;

/** Frames that are written at once: the first `filled` bytes of the memory. */
export interface Run {
  readonly memory: Uint8Array<ArrayBuffer>;
  /** The place of the first of them in the recording. */
  readonly position: Frames;
  filled: number;
}

/** Gathers frames into runs, whose size is worth a call to the disk. */
export class Runs {
  readonly #frameBytes: number;
  readonly #mostBytes: number;
  readonly #soonBytes: number;
  readonly #spare: Uint8Array<ArrayBuffer>[] = [];
  #run: Run | undefined;

  constructor({ sampleRate, channels, format }: FrameFormat) {
    this.#frameBytes = bytesPerFrame(format, channels);
    const most = Math.max(1, Math.floor(MOST_RUN_BYTES / this.#frameBytes));
    const soon = Math.max(1, Math.min(most, Math.round(RUN_SECONDS * sampleRate)));
    this.#mostBytes = most * this.#frameBytes;
    this.#soonBytes = soon * this.#frameBytes;
  }

  /** Bytes that are gathered. */
  get bytes(): number {
    return this.#run?.filled ?? 0;
  }

  /** True when there is enough for a disk that has nothing to do. */
  get isWorthwhile(): boolean {
    return this.bytes >= this.#soonBytes;
  }

  /** True when no more frames have room. */
  get isFull(): boolean {
    return this.bytes === this.#mostBytes;
  }

  /** Copies whole frames, the first of which is at `position`, as far as they have room; returns how many bytes did. */
  add(bytes: Uint8Array, position: Frames): number {
    this.#run ??= {
      memory: this.#spare.pop() ?? new Uint8Array(this.#mostBytes),
      position,
      filled: 0,
    };
    const run = this.#run;
    const part = bytes.subarray(0, this.#mostBytes - run.filled);
    run.memory.set(part, run.filled);
    run.filled += part.byteLength;
    return part.byteLength;
  }

  /** Hands over what is gathered, if there is anything. */
  take(): Run | undefined {
    const run = this.#run;
    this.#run = undefined;
    return run;
  }

  /** Takes back the memory of a run that was written. */
  release({ memory }: Run): void {
    if (this.#spare.length < SPARE_RUNS) {
      this.#spare.push(memory);
    }
  }

  /** What runs have of the recording from a place on, in memory of its own. */
  copyFrom(runs: readonly Run[], from: Frames): Uint8Array[] {
    return runs.map(({ memory, filled, position }) => {
      const before = Math.max(0, from - position) * this.#frameBytes;
      return memory.slice(Math.min(before, filled), filled);
    });
  }
}
