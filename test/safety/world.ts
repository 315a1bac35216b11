import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import { isAllowed, tell } from "./judge.js";

/** How long a promise may take when nothing stands in its way: far longer than it needs, on any machine. */
export const PATIENCE = 10_000;

/** A value as a report shows it, whatever it is: not all can be looked at. */
export function glance(value: unknown, depth = 0): string {
  try {
    return inspect(value, { depth, maxArrayLength: 3, customInspect: false });
  } catch {
    return "(cannot be shown)";
  }
}

/** What callbacks have thrown and signals were aborted with: it may come out of any call, also later. */
const OWN = new Set<unknown>();

/** Remembers what a test's own callback throws, or a signal is aborted with. */
export function own(thing: unknown): void {
  OWN.add(thing);
}

/** Whether something is what the test threw, or an error made of it. */
export function isOwn(thing: unknown): boolean {
  return OWN.has(thing) || (thing instanceof Error && thing.constructor === Error);
}

/** A promise of the library that was not kept, or an error that may not be. */
export class Violation extends Error {
  override readonly name = "Violation";
}

/** One stream, or what else must be given back at the end of a sequence, as the model knows it. */
export interface Living {
  /** Looks at everything that can be seen from outside. Throws a Violation. */
  check(): void;
  /** Asks it for work that it must do, as far as it says that it is alive. Throws a Violation. */
  prove(): Promise<void>;
  /** Gives everything back, and checks that nothing is left. */
  close(): Promise<void>;
}

/** All that a sequence of calls has made, and every promise that it was given. */
export class World {
  readonly living: Living[] = [];
  readonly signals: AbortController[] = [];
  /** Told of every call and how it ends. */
  readonly note: (text: string) => void;
  readonly #pending = new Map<Promise<unknown>, string>();
  #violation: Violation | undefined;

  constructor(note: (text: string) => void = () => {}) {
    this.note = note;
  }

  /** Remembers a promise: it must settle before the sequence ends, and well. */
  track(name: string, promise: Promise<unknown>): void {
    this.note(name);
    const watched = promise
      .then(
        (result) => this.note(`${name}: ${glance(result)}`),
        (error: unknown) => this.judge(name, error),
      )
      .finally(() => this.#pending.delete(watched));
    this.#pending.set(watched, name);
  }

  /** Calls something that may throw what is documented. */
  attempt<Result>(name: string, call: () => Result): Result | undefined {
    try {
      const result = call();
      this.note(`${name}: ${glance(result)}`);
      return result;
    } catch (error) {
      this.judge(name, error);
      return undefined;
    }
  }

  /** Takes note of an error that may not be. */
  judge(name: string, error: unknown): void {
    this.note(`${name}: ${glance(error).split("\n", 1)[0]}`);
    if (error instanceof Violation) {
      this.violated(error);
    } else if (!isOwn(error) && !isAllowed(error)) {
      this.violated(new Violation(`${name}: this error is not documented: ${tell(error)}`));
    }
  }

  violated(violation: Violation): void {
    this.#violation ??= violation;
  }

  /** Throws the first violation so far. */
  check(): void {
    for (const one of this.living) {
      try {
        one.check();
      } catch (error) {
        this.judge("check", error);
      }
    }
    if (this.#violation !== undefined) {
      throw this.#violation;
    }
  }

  /** Lets what is pending go on for a while. */
  async pause(milliseconds: number): Promise<void> {
    if (this.#pending.size > 0) {
      await Promise.race([...this.#pending.keys(), sleep(milliseconds)]);
    }
  }

  /** What still lives must still work; then all is closed, and every promise settles. */
  async end(): Promise<void> {
    this.check();
    await this.bounded(
      "still working",
      this.living.map((one) => one.prove()),
    );
    this.check();
    // Streams that are still being opened are there after a while, and are closed with the others.
    const deadline = performance.now() + 2 * PATIENCE;
    for (let closed = 0; closed < this.living.length || this.#pending.size > 0; ) {
      const open = this.living.slice(closed);
      closed = this.living.length;
      const closing = open.map(async (one) => {
        try {
          await one.close();
        } catch (error) {
          this.judge("close()", error);
        }
      });
      await this.bounded("closing", closing);
      if (performance.now() > deadline) {
        throw new Violation(`after close() is still pending: ${this.#names()}`);
      }
      await this.pause(20);
    }
    this.check();
  }

  /** Waits for promises that must settle soon. Throws a Violation when they do not. */
  async bounded(what: string, promises: readonly Promise<unknown>[]): Promise<void> {
    const abort = new AbortController();
    const late = sleep(2 * PATIENCE, "late", { signal: abort.signal }).catch(() => "done");
    const all = Promise.all(promises).then(() => "done");
    try {
      if ((await Promise.race([all, late])) === "late") {
        const names = [...this.#pending.values()].join(", ");
        throw new Violation(
          `${what}: not done after ${2 * PATIENCE} ms; pending: ${names || "none"}`,
        );
      }
    } finally {
      abort.abort();
    }
  }

  #names(): string {
    return [...this.#pending.values()].join(", ") || "nothing";
  }
}
