import type { Device } from "../hosts/host.js";
import { type DeviceChange, deviceChanges } from "./device-changes.js";

/** Rounds that are kept for a reader that is late. */
const MOST_ROUNDS = 64;

/** What changed from one list to the next. */
interface Round {
  readonly before: readonly Device[];
  readonly changes: readonly DeviceChange[];
}

interface Waiting {
  readonly resolve: (change: DeviceChange | undefined) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Changes in order, for readers that take them one at a time. For a reader that is very late the oldest are drawn
 * together to what they come to: it still learns how the list that it knows became the newest one.
 */
export class ChangeQueue {
  /** What is left of the round of which a reader has taken the first change. */
  #begun: readonly DeviceChange[] = [];
  #rounds: readonly Round[] = [];
  readonly #waiting: Waiting[] = [];
  #ended = false;
  #fault: Error | undefined;

  /** The changes that made one list another. */
  add(before: readonly Device[], after: readonly Device[], changes: readonly DeviceChange[]): void {
    this.#rounds = [...this.#rounds, { before, changes }];
    const oldest = this.#rounds[0];
    if (oldest !== undefined && this.#rounds.length > MOST_ROUNDS) {
      const { before: first } = oldest;
      this.#rounds = [{ before: first, changes: deviceChanges(first, after) }];
    }
    this.#serve();
  }

  /** The next change, as soon as there is one. Undefined when the end has come; rejects with a fault that brought it. */
  take(): Promise<DeviceChange | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#serve();
    });
  }

  /** No more will come: what is there can still be taken, then the fault is told. */
  fail(fault: Error): void {
    this.#ended = true;
    this.#fault = fault;
    this.#serve();
  }

  /** The end, at once: what was not taken is dropped. */
  close(): void {
    this.#ended = true;
    this.#fault = undefined;
    this.#begun = [];
    this.#rounds = [];
    this.#serve();
  }

  #serve(): void {
    for (let reader = this.#waiting[0]; reader !== undefined; reader = this.#waiting[0]) {
      const change = this.#shift();
      if (change === undefined && !this.#ended) {
        return;
      }
      this.#waiting.shift();
      if (change === undefined && this.#fault !== undefined) {
        reader.reject(this.#fault);
      } else {
        reader.resolve(change);
      }
    }
  }

  #shift(): DeviceChange | undefined {
    while (this.#begun.length === 0 && this.#rounds.length > 0) {
      this.#begun = this.#rounds[0]?.changes ?? [];
      this.#rounds = this.#rounds.slice(1);
    }
    const [next, ...rest] = this.#begun;
    this.#begun = rest;
    return next;
  }
}
