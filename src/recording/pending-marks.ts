import { AudioError } from "../errors.js";
import type { Mark } from "./recorder-result.js";

interface Pending {
  readonly resolve: (mark: Mark) => void;
  readonly reject: (error: Error) => void;
}

/** Marks that were asked for, until the writer thread has told their places. */
export class PendingMarks {
  readonly #pending = new Map<number, Pending>();
  #next = 0;

  /** A new one, which `ask` asks for by its number. Resolves with its place. */
  add(ask: (id: number) => void): Promise<Mark> {
    const id = this.#next;
    this.#next += 1;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      ask(id);
    });
  }

  /** It has its place; undefined when no frame came for it. */
  settle(id: number, mark: Mark | undefined): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (mark === undefined) {
      pending?.reject(new AudioError("stream-closed", "The recording ended before the mark."));
    } else {
      pending?.resolve(mark);
    }
  }

  /** The recording is over: no more places come. */
  end(): void {
    for (const id of this.#pending.keys()) {
      this.settle(id, undefined);
    }
  }
}
