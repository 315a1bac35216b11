// Runs in the writer thread.
import type { Frames } from "../../format.js";
import type { EndReason } from "../recorder-result.js";
import type { Take, TakeSummary } from "./take.js";

/** Makes a take whose first frame is heard about then. */
export type TakeMaker = (about: Date) => Take;

/** The takes of an engine: the one that is recorded, the one that is ready, and those that are being completed. */
export class TakeDesk {
  readonly #make: TakeMaker;
  readonly #taken: (summary: TakeSummary) => void;
  readonly #closing = new Set<Take>();
  /** Resolves when all of them are complete. */
  #closed: Promise<void> = Promise.resolve();
  #current: Take | undefined;
  /** A take that has its file already. */
  #ready: Take | undefined;

  constructor(make: TakeMaker, taken: (summary: TakeSummary) => void) {
    this.#make = make;
    this.#taken = taken;
  }

  /** Makes a take, with its file. Rejects when that cannot be. */
  async prepare(about: Date): Promise<void> {
    this.#ready = this.#make(about);
    await this.#ready.opened();
  }

  /** The take that is recorded, if one is. */
  get current(): Take | undefined {
    return this.#current;
  }

  /** The take that is recorded, or will be. */
  get next(): Take | undefined {
    return this.#current ?? this.#ready;
  }

  /** Frames of the take that is recorded. */
  get frames(): Frames {
    return this.#current?.frames ?? 0;
  }

  /** Those of them that were lost. */
  get lostFrames(): Frames {
    return this.#current?.lostFrames ?? 0;
  }

  get gaps(): number {
    return this.#current?.gaps.length ?? 0;
  }

  /** Takes that are over and not complete yet. */
  get unfinished(): number {
    return this.#closing.size;
  }

  /** Bytes that wait for the disk. */
  get backlog(): number {
    let bytes = this.#current?.backlog ?? 0;
    for (const take of this.#closing) {
      bytes += take.backlog;
    }
    return bytes;
  }

  /** The take that is recorded; a new one where there is none. */
  begin(about: () => Date): Take {
    this.#current ??= this.#ready ?? this.#make(about());
    this.#ready = undefined;
    return this.#current;
  }

  /** The take is over. It is completed when all before it are: indexes and parents get them in order. */
  end(reason: EndReason, fault: Error | undefined): void {
    const take = this.next;
    this.#current = undefined;
    this.#ready = undefined;
    if (take === undefined) {
      return;
    }
    this.#closing.add(take);
    this.#closed = this.#closed.then(async () => {
      const summary = await take.close(reason, fault);
      this.#closing.delete(take);
      this.#taken(summary);
    });
  }

  /** Resolves when all takes that are over are complete. */
  async closed(): Promise<void> {
    await this.#closed;
  }
}
