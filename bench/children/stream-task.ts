// Runs in a process of its own, as a part of each stream-*.js: what a recording program of the comparison is told, and
// what all of them do alike.
import { closeSync, openSync, writeFileSync, writeSync } from "node:fs";

/** What a program shall record: the first argument, as JSON. Moments are seconds since the start of the process. */
export interface StreamTask {
  /** Gets the raw float32 frames; the same name with `.json` gets what the program said of its losses. */
  readonly file: string;
  readonly seconds: number;
  readonly rate: number;
  readonly channels: number;
  /** Frames of a block. */
  readonly block: number;
  /** When the thread of the script is held, and for how long; 0 for never. */
  readonly holdAt: number;
  readonly holdFor: number;
  /** The folder that has packages of others. */
  readonly packages: string;
}

export function readTask(): StreamTask {
  // This file and the one that starts the program agree on the type.
  return JSON.parse(process.argv[2] ?? "") as StreamTask;
}

/** Seconds since the start of this process. */
export function now(): number {
  return performance.now() / 1000;
}

/** Holds this thread as a synchronous call does that waits. It uses no core, so that it holds this thread alone. */
export function holdThread(seconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, seconds * 1000);
}

/** Holds the event loop once at its moment, if the task says so. */
export function planHold(task: StreamTask): void {
  if (task.holdFor > 0) {
    setTimeout(() => holdThread(task.holdFor), (task.holdAt - now()) * 1000);
  }
}

/** A file that is written in pieces of 64 KiB, as Python's are in the programs beside these. */
export class RawFile {
  readonly #name: string;
  readonly #file: number;
  readonly #piece = new Uint8Array(65_536);
  #filled = 0;

  constructor(name: string) {
    this.#name = name;
    this.#file = openSync(name, "w");
  }

  write(bytes: Uint8Array): void {
    if (this.#filled + bytes.byteLength > this.#piece.byteLength) {
      this.#flush();
    }
    if (bytes.byteLength > this.#piece.byteLength) {
      writeSync(this.#file, bytes);
    } else {
      this.#piece.set(bytes, this.#filled);
      this.#filled += bytes.byteLength;
    }
  }

  /** @param said what the program was told of losses, in a few words. */
  end(said: string): void {
    this.#flush();
    closeSync(this.#file);
    writeFileSync(`${this.#name}.json`, JSON.stringify(said));
  }

  #flush(): void {
    writeSync(this.#file, this.#piece, 0, this.#filled);
    this.#filled = 0;
  }
}
