import { setTimeout as sleep } from "node:timers/promises";
import { markOutdated } from "../devices.js";
import { AudioError, asError } from "../errors.js";
import type { Seconds } from "../format.js";
import type { Device } from "../hosts/host.js";
import { ChangeQueue } from "./change-queue.js";
import { type DeviceChange, deviceChanges } from "./device-changes.js";

/** How often a listing may fail in a row, once one has succeeded, before the watch is given up. */
const MOST_FAILURES = 5;

/** Where the lists come from. */
export interface DeviceLister {
  list(known: readonly Device[]): Promise<readonly Device[]>;
  close(): Promise<void>;
}

/** How to watch: checked options. */
export interface WatchPlan {
  readonly intervalSeconds: Seconds;
  /** How long to wait after a failed listing; doubled with each failure that follows. */
  readonly retrySeconds: Seconds;
  readonly onChange: ((change: DeviceChange) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * A running watch; see {@link watchDevices}. Its changes are told from the first list on, each once: to `onChange`, and
 * to whoever iterates, where two loops share them. For a loop that is late changes are kept; when more than 64 rounds
 * of them wait, they are drawn together, and a device that came and went in that time is not told.
 */
export class DeviceWatcher implements AsyncIterable<DeviceChange>, AsyncDisposable {
  readonly #lister: DeviceLister;
  readonly #plan: WatchPlan;
  readonly #queue: ChangeQueue = new ChangeQueue();
  readonly #end: AbortController = new AbortController();
  readonly #onAbort = (): void => void this.close();
  readonly #first: Promise<void>;
  #tellFirst: () => void = () => {};
  #newest: readonly Device[] | undefined;
  #fault: Error | undefined;
  /** Who can be told of a fault: a loop, and those who wait for the first list. */
  #iterated = false;
  #awaited = false;
  #closing: Promise<void> | undefined;

  constructor(lister: DeviceLister, plan: WatchPlan) {
    this.#lister = lister;
    this.#plan = plan;
    this.#first = new Promise((resolve) => {
      this.#tellFirst = resolve;
    });
    plan.signal?.addEventListener("abort", this.#onAbort, { once: true });
    void this.#watch();
  }

  /**
   * The devices as the watch saw them last; waits for the first list, from which on changes are told. Unlike the
   * function `devices()` this list is new also while streams are open.
   *
   * @throws AudioError the fault that ended the watch; `stream-closed` when it was closed before the first list.
   */
  async devices(): Promise<readonly Device[]> {
    this.#awaited = true;
    await this.#first;
    if (this.#fault !== undefined) {
      throw this.#fault;
    }
    if (this.#newest === undefined) {
      throw new AudioError("stream-closed", "The watch of the devices was closed before it began.");
    }
    return this.#newest;
  }

  /** Ends the watch and its process; a loop that waits ends too. Calling it again does nothing. */
  close(): Promise<void> {
    this.#closing ??= this.#stop(() => this.#queue.close());
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * The changes. However the loop is left, the watch is closed then.
   *
   * @throws AudioError when every change before it was taken: at the beginning `library-not-found` and what else
   * `devices()` throws; later `host-error` or `stalled` when the devices could not be listed six times in a row.
   */
  [Symbol.asyncIterator](): AsyncIterator<DeviceChange, undefined> {
    // Not a generator: its return() would wait for the next change instead of ending the wait.
    return {
      next: async () => {
        this.#iterated = true;
        const change = await this.#queue.take();
        return change === undefined
          ? { done: true, value: undefined }
          : { done: false, value: change };
      },
      return: async () => {
        await this.close();
        return { done: true, value: undefined };
      },
    };
  }

  async #watch(): Promise<void> {
    const { intervalSeconds, retrySeconds } = this.#plan;
    let failures = 0;
    while (!this.#end.signal.aborted) {
      try {
        this.#take(await this.#lister.list(this.#newest ?? []));
        failures = 0;
      } catch (error) {
        failures += 1;
        // Nothing is lost by an end at the beginning; later the cause may pass, as when a sound server is restarted.
        if (this.#newest === undefined || failures > MOST_FAILURES) {
          this.#fail(asError(error));
          return;
        }
      }
      await this.#pause(failures === 0 ? intervalSeconds : retrySeconds * 2 ** (failures - 1));
    }
  }

  #take(list: readonly Device[]): void {
    const before = this.#newest;
    if (this.#end.signal.aborted) {
      return;
    }
    this.#newest = list;
    this.#tellFirst();
    const changes = before === undefined ? [] : deviceChanges(before, list);
    if (before === undefined || changes.length === 0) {
      return;
    }
    markOutdated("portaudio");
    this.#queue.add(before, list, changes);
    for (const change of changes) {
      // Each in a turn of its own, so that an exception of one is uncaught and the others are still told.
      process.nextTick(() => {
        if (!this.#end.signal.aborted) {
          this.#plan.onChange?.(change);
        }
      });
    }
  }

  #fail(fault: Error): void {
    if (this.#end.signal.aborted) {
      // It was closed while the devices were listed.
      return;
    }
    this.#fault = fault;
    this.#closing = this.#stop(() => this.#queue.fail(fault));
    // The fault is what is told; close() tells how the end itself went.
    this.#closing.catch(() => {});
    const told = this.#iterated || (this.#awaited && this.#newest === undefined);
    if (!told && this.#plan.onChange !== undefined) {
      // Only the callback is there, and takes no faults: as with an "error" event that nobody listens to.
      process.nextTick(() => {
        throw fault;
      });
    }
  }

  async #stop(endQueue: () => void): Promise<void> {
    this.#end.abort();
    endQueue();
    this.#tellFirst();
    try {
      await this.#lister.close();
    } finally {
      // Last: it is the caller's signal, which may do what it wants.
      this.#plan.signal?.removeEventListener("abort", this.#onAbort);
    }
  }

  async #pause(seconds: Seconds): Promise<void> {
    try {
      await sleep(seconds * 1000, undefined, { signal: this.#end.signal });
    } catch {
      // The watch was closed; there is nothing more to wait for.
    }
  }
}
