import { AudioError, asError, fromErrorMessage } from "../errors.js";
import type { AudioThread } from "./audio-thread.js";

/**
 * Where a stream is in its life. It is born `stopped`; `ended` means that the source had no more (the end of a
 * file), `failed` that a fault could not be mended.
 */
export type StreamState = "stopped" | "running" | "ended" | "failed" | "closed";

/** How a life cycle is set up. */
export interface LifeCycleSetup {
  readonly thread: AudioThread;
  readonly signal: AbortSignal | undefined;
  /** Called when the state has changed, for whoever waits for frames or room. */
  readonly changed: () => void;
  /** Frames are pushed to a callback: nobody but `finished` tells of a fault. */
  readonly pushes: boolean;
  /** A processor takes or makes the frames: perhaps nobody reads or writes. */
  readonly processes: boolean;
}

/**
 * The life of a stream and of the audio thread that it owns: which verbs do what in which state. Start, stop and close
 * come one after another, however they are called.
 */
export class LifeCycle {
  /** Resolves when the stream is over: ended, failed or closed. */
  readonly over: Promise<void>;
  /** Resolves when the stream is over and its frames delivered; rejects with the fault if there was one. */
  readonly finished: Promise<void>;
  /** Resolves when the last frames were handed to a callback. */
  delivered: Promise<void> = Promise.resolve();
  /** How often what was queued was dropped. */
  drops = 0;
  /** How often the stream was started. */
  starts = 0;
  readonly #setup: LifeCycleSetup;
  readonly #thread: AudioThread;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort: () => void;
  #tellOver: () => void = () => {};
  /** Calls those who wait for the next start. */
  #tellStarted: () => void = () => {};
  #nextStart: Promise<void>;
  /** Stops at once and closes that were asked for and not come to: a stop before them need not play out. */
  #dropsAhead = 0;
  /** A stop is under way that plays out what is queued. */
  #draining = false;
  #stopping: Promise<void> | undefined;
  /** Somebody reads or writes, who is told of a fault there. */
  #watched = false;
  #state: StreamState = "stopped";
  #started = false;
  #starting: Promise<void> | undefined;
  #failure: Error | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(setup: LifeCycleSetup) {
    const { thread, signal } = setup;
    this.#setup = setup;
    this.#thread = thread;
    this.#signal = signal;
    this.over = new Promise((resolve) => {
      this.#tellOver = resolve;
    });
    this.#nextStart = this.#promiseStart();
    this.finished = this.over.then(() => this.delivered).then(() => this.throwFailure());
    thread.onEnded = (ended) => {
      this.#end(ended.error === undefined ? undefined : fromErrorMessage(ended.error));
    };
    thread.onDied = (cause) => {
      this.#end(new AudioError("internal", "The audio thread died.", { cause }));
    };
    this.#onAbort = () => {
      this.stop(false).catch((error: unknown) => this.#end(asError(error)));
    };
    signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  get state(): StreamState {
    return this.#state;
  }

  /**
   * For a read or write: waits for a start that is under way, and starts a stream that was never started unless its signal has
   * aborted.
   */
  async ready(): Promise<void> {
    this.#watched = true;
    if (!this.#started && this.#state === "stopped" && this.#signal?.aborted !== true) {
      await this.start();
    }
    await this.#starting;
  }

  /** Resolves with true as soon as it was started more than `starts` times, with false when it is over before. */
  async startedAfter(starts: number): Promise<boolean> {
    while (this.starts <= starts && this.#state === "stopped") {
      await Promise.race([this.#nextStart, this.over]);
    }
    return this.starts > starts;
  }

  /** A stop that is under way; it never rejects. */
  get stopping(): Promise<void> | undefined {
    return this.#stopping;
  }

  start(): Promise<void> {
    this.#started = true;
    const starting = this.#inTurn(async () => {
      if (this.#state === "running") {
        return;
      }
      if (this.#state !== "stopped") {
        throw new AudioError(
          "stream-closed",
          `A stream that is ${this.#state} cannot be started: open a new one.`,
        );
      }
      this.#signal?.throwIfAborted();
      await this.#requestStart();
      // It may have ended since, which a short file does at once.
      if (this.#state === "stopped") {
        this.#state = "running";
      }
      this.starts += 1;
      this.#tellStarted();
      this.#nextStart = this.#promiseStart();
    });
    // Whoever started it is told of a fault; a read that waits finds the stream as it is then.
    this.#starting = starting.catch(() => {});
    return starting;
  }

  /**
   * Stops the device; with `drain` after all that is queued was played, or as soon as somebody asks for an end at once:
   * nobody has to wait for a long queue.
   */
  stop(drain: boolean): Promise<void> {
    if (!drain) {
      this.#cutDrainShort();
    }
    const stop = this.#inTurn(async () => {
      const plays = drain && this.#dropsAhead === 0;
      this.#dropsAhead -= drain ? 0 : 1;
      if (this.#state !== "running") {
        return;
      }
      this.drops += plays ? 0 : 1;
      this.#draining = plays;
      try {
        await this.#thread.request({ type: "stop", drain: plays }, "stopped");
      } finally {
        this.#draining = false;
        // Whatever went wrong, the audio thread is out of its loop.
        this.#state = this.#state === "running" ? "stopped" : this.#state;
        this.#setup.changed();
      }
    });
    const stopping = stop
      .catch(() => {})
      .finally(() => {
        this.#stopping = this.#stopping === stopping ? undefined : this.#stopping;
      });
    this.#stopping = stopping;
    return stop;
  }

  close(): Promise<void> {
    if (this.#closing !== undefined) {
      // The first caller is told of a fault; all others only wait.
      return this.#closing.catch(() => {});
    }
    this.#cutDrainShort();
    this.#closing = this.#inTurn(async () => {
      this.#state = "closed";
      this.#tellOver();
      this.#setup.changed();
      try {
        await this.#thread.close();
      } finally {
        // Last: it is the caller's signal, which may do what it wants.
        this.#signal?.removeEventListener("abort", this.#onAbort);
      }
    });
    return this.#closing;
  }

  /** The stream failed on this side of the audio thread: it is stopped, and `finished` rejects. */
  async fail(failure: Error): Promise<void> {
    if (this.#state === "closed") {
      return;
    }
    const wasRunning = this.#state === "running";
    this.#end(failure);
    if (wasRunning) {
      await this.#thread.request({ type: "stop", drain: false }, "stopped");
    }
  }

  /** Throws the fault that ended the stream, if one did. */
  throwFailure(): void {
    if (this.#failure !== undefined) {
      throw this.#failure;
    }
  }

  /** Throws the reason of the signal, if it has aborted. */
  throwIfAborted(): void {
    this.#signal?.throwIfAborted();
  }

  #cutDrainShort(): void {
    this.#dropsAhead += 1;
    this.drops += this.#draining ? 1 : 0;
    this.#thread.cutDrainShort();
  }

  async #requestStart(): Promise<void> {
    try {
      await this.#thread.request({ type: "start" }, "started");
    } catch (error) {
      if (error instanceof AudioError && error.code === "processor-failed") {
        // A device may start the next time; a processor that has failed does not go on.
        this.#end(error);
      }
      this.#started = false;
      throw error;
    }
  }

  #promiseStart(): Promise<void> {
    return new Promise((resolve) => {
      this.#tellStarted = resolve;
    });
  }

  #end(failure: Error | undefined): void {
    if (this.#state === "closed") {
      return;
    }
    if (!this.#setup.pushes && (this.#watched || !this.#setup.processes)) {
      // Whoever reads or writes is told there; nobody has to wait for this promise.
      this.finished.catch(() => {});
    }
    this.#failure = failure;
    this.#state = failure === undefined ? "ended" : "failed";
    this.#thread.unref();
    this.#tellOver();
    this.#setup.changed();
  }

  #inTurn<Result>(step: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(step);
    this.#turn = result.catch(() => {
      // Whoever asked for the step is told; the next step does not care.
    });
    return result;
  }
}
