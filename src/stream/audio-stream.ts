import { receiveMessageOnPort } from "node:worker_threads";
import { AudioError } from "../errors.js";
import type { Hertz } from "../format.js";
import type { LifeCycle, StreamState } from "./life-cycle.js";
import type { OpenStream, StreamSettings } from "./open-stream.js";
import { type SideFacts, type StreamStats, streamStats } from "./stats.js";

/** What a stream hands to its base: the connection, and how the two sides stand. */
export interface StreamParts {
  readonly open: OpenStream<StreamSettings>;
  readonly life: LifeCycle;
  readonly inputFacts: () => SideFacts | undefined;
  readonly outputFacts: () => SideFacts | undefined;
}

/** What all streams have in common: their life and their account. */
export abstract class AudioStream implements AsyncDisposable {
  /** The rate of the frames that are read and written. */
  readonly sampleRate: Hertz;
  /** The rate at which the device runs: another one when frames are converted on the way. */
  readonly deviceSampleRate: Hertz;
  readonly #parts: StreamParts;

  protected constructor(parts: StreamParts) {
    this.#parts = parts;
    this.sampleRate = parts.open.opened.sampleRate;
    this.deviceSampleRate = parts.open.opened.deviceRate;
  }

  /** Where the stream is in its life. */
  get state(): StreamState {
    return this.#parts.life.state;
  }

  /** The account of the stream so far: what was lost, how often, and what it costs. */
  get stats(): StreamStats {
    const { open, inputFacts, outputFacts } = this.#parts;
    return streamStats(open.thread, open.opened, inputFacts(), outputFacts());
  }

  /**
   * Resolves when the stream is over: ended, failed or closed, and `onBlock` has had the last block. Rejects with the
   * fault that ended it, if there was one.
   * Nobody has to wait for it unless frames go to `onBlock` or through a processor: then nothing else tells of a fault.
   */
  get finished(): Promise<void> {
    return this.#parts.life.finished;
  }

  /**
   * Starts the device. Does nothing while it runs.
   *
   * @throws AudioError `stream-closed` when the stream is closed or over; what the host says when it cannot start; the
   * signal's reason when it has aborted.
   */
  start(): Promise<void> {
    return this.#parts.life.start();
  }

  /**
   * Sends a message to the processor's `onMessage`, as a structured clone.
   *
   * @throws TypeError when the stream has no processor, DataCloneError for what cannot be cloned.
   */
  postMessage(message: unknown): void {
    const port = this.#parts.open.processorPort;
    if (port === undefined) {
      throw new TypeError("postMessage(): this stream has no processor; open it with `processor`");
    }
    if (this.state === "closed") {
      throw new AudioError("stream-closed", "This stream is closed: open a new one.");
    }
    port.postMessage(message);
    this.#parts.open.thread.poke();
  }

  /**
   * Gives the device back, from any state. Frames that were not read or not played are dropped. Calling it again does
   * nothing.
   *
   * @throws AudioError with what the host said when closing failed; the stream is closed all the same.
   */
  async close(): Promise<void> {
    try {
      await this.#parts.life.close();
    } finally {
      this.#closeProcessor();
    }
  }

  /** The last words of the processor are told before its port is closed. */
  #closeProcessor(): void {
    const { processorPort: port, onMessage } = this.#parts.open;
    if (port === undefined) {
      return;
    }
    try {
      for (
        let received: { message: unknown } | undefined = receiveMessageOnPort(port);
        received !== undefined;
        received = receiveMessageOnPort(port)
      ) {
        onMessage?.(received.message);
      }
    } finally {
      port.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
