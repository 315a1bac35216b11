import { AudioError, asError, fromErrorMessage } from "../errors.js";
import type { AudioThread } from "./audio-thread.js";

/**
 * Where a stream is in its life. It is born `stopped`; `ended` means that the source had no more (the end of a
 * file), `failed` that a fault could not be mended.
 */
export type StreamState = "stopped" | "running" | "ended" | "failed" | "closed";

/**
 * The life of a stream and of the audio thread that it owns: which verbs do what in which state. Start, stop and close
 * come one after another, however they are called.
 */
export class LifeCycle {
  /** Resolves when the stream is over: ended, failed or closed. */
  readonly over: Promise<void>;
  readonly #thread: AudioThread;
  readonly #signal: AbortSignal | undefined;
  readonly #changed: () => void;
  readonly #onAbort: () => void;
  #tellOver: () => void = () => {};
  #state: StreamState = "stopped";
  #started = false;
  #starting: Promise<void> | undefined;
  #failure: Error | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  /** `changed` is called when the state has changed, for whoever waits for frames. */
  constructor(thread: AudioThread, signal: AbortSignal | undefined, changed: () => void) {
    this.#thread = thread;
    this.#signal = signal;
    this.#changed = changed;
    this.over = new Promise((resolve) => {
      this.#tellOver = resolve;
    });
    thread.onEnded = (ended) => {
      this.#end(ended.error === undefined ? undefined : fromErrorMessage(ended.error));
    };
    thread.onDied = () => this.#end(new AudioError("internal", "The audio thread died."));
    this.#onAbort = () => {
      this.stop().catch((error: unknown) => this.#end(asError(error)));
    };
    signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  get state(): StreamState {
    return this.#state;
  }

  /**
   * For a read: waits for a start that is under way, and starts a stream that was never started unless its signal has
   * aborted.
   */
  async readyToRead(): Promise<void> {
    if (!this.#started && this.#state === "stopped" && this.#signal?.aborted !== true) {
      await this.start();
    }
    await this.#starting;
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
      await this.#thread.request({ type: "start" }, "started");
      // It may have ended since, which a short file does at once.
      if (this.#state === "stopped") {
        this.#state = "running";
      }
    });
    // Whoever started it is told of a fault; a read that waits finds the stream as it is then.
    this.#starting = starting.catch(() => {});
    return starting;
  }

  stop(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#state !== "running") {
        return;
      }
      await this.#thread.request({ type: "stop", drain: false }, "stopped");
      if (this.#state === "running") {
        this.#state = "stopped";
      }
      this.#changed();
    });
  }

  close(): Promise<void> {
    if (this.#closing !== undefined) {
      // The first caller is told of a fault; all others only wait.
      return this.#closing.catch(() => {});
    }
    this.#closing = this.#inTurn(async () => {
      this.#signal?.removeEventListener("abort", this.#onAbort);
      this.#state = "closed";
      this.#tellOver();
      this.#changed();
      await this.#thread.close();
    });
    return this.#closing;
  }

  /** Throws the fault that ended the stream, if one did. */
  throwFailure(): void {
    if (this.#failure !== undefined) {
      throw this.#failure;
    }
  }

  #end(failure: Error | undefined): void {
    if (this.#state === "closed") {
      return;
    }
    this.#failure = failure;
    this.#state = failure === undefined ? "ended" : "failed";
    this.#tellOver();
    this.#changed();
  }

  #inTurn<Result>(step: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(step);
    this.#turn = result.catch(() => {
      // Whoever asked for the step is told; the next step does not care.
    });
    return result;
  }
}
