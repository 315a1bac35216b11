import { MessageChannel, type MessagePort, type Worker } from "node:worker_threads";
import { AudioError, asError, fromErrorMessage } from "../errors.js";
import type { Milliseconds } from "../format.js";
import { end, giveBack, takeWorker } from "../stream/idle-workers.js";
import {
  CLOSED,
  EXIT,
  LEVELS_SEEN,
  type RecorderPlan,
  type StreamPlan,
  WRITER_WORDS,
  type WriterCommand,
  type WriterReply,
  type WriterThreadData,
} from "./writer-protocol.js";
import { WRITER_BYTES, WriterWords } from "./writer-words.js";

/** How long the end of the process waits for all files together. */
const EXIT_PATIENCE: Milliseconds = 2_000;

/** What a writer thread says by itself, once its recording is open. */
export type WriterNews = Exclude<WriterReply, { type: "opened" | "failed" | "closed" }>;

const living = new Set<WriterThread>();
let exitHooked = false;

/** The parent's handle of one writer thread, which writes one recording. */
export class WriterThread {
  /** Gets what the thread says. */
  onNews: ((news: WriterNews) => void) | undefined;
  /** Called when the thread itself died. */
  onDied: ((error: AudioError) => void) | undefined;
  /** What the thread counts, kept up to date by it. */
  readonly numbers: WriterWords;
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #words: Int32Array;
  #answer: ((reply: WriterReply) => void) | undefined;
  #refuse: ((error: AudioError) => void) | undefined;
  #death: AudioError | undefined;
  #isClosed = false;

  constructor() {
    const { port1, port2 } = new MessageChannel();
    const control = new SharedArrayBuffer(WRITER_BYTES);
    this.#words = new Int32Array(control, 0, WRITER_WORDS);
    this.numbers = new WriterWords(control);
    this.#port = port1;
    const data: WriterThreadData = {
      port: port2,
      control,
      parentClock: performance.now() - Number(process.hrtime.bigint()) / 1e6,
    };
    this.#worker = takeWorker("writer");
    this.#worker.postMessage(data, [port2]);
    this.#worker.once("error", (error: unknown) => this.#died(asError(error)));
    this.#worker.once("exit", () => this.#died(new Error("The writer thread ended unasked")));
    this.#port.on("message", (reply: WriterReply) => this.#take(reply));
    living.add(this);
    hookExit();
  }

  /** Prepares the recording: its first file is there when this resolves, with its path. Rejects with an AudioError. */
  async open(plan: RecorderPlan, stream: StreamPlan): Promise<string | undefined> {
    const reply = await this.#request({ type: "open", plan, stream });
    if (reply.type === "failed") {
      throw fromErrorMessage(reply.error);
    }
    return reply.type === "opened" ? reply.file : undefined;
  }

  /** Sends a command that is not answered, or by news. */
  tell(command: WriterCommand): void {
    if (!this.#isClosed && this.#death === undefined) {
      this.#port.postMessage(command);
    }
  }

  /** A level was received: the thread sends only so many before. */
  sawLevel(): void {
    Atomics.add(this.#words, LEVELS_SEEN, 1);
  }

  /** Gives the thread back. */
  async close(): Promise<void> {
    if (this.#isClosed) {
      return;
    }
    let isFit = false;
    try {
      await this.#request({ type: "close" });
      isFit = true;
    } catch {
      // It has died, which was told.
    }
    this.#isClosed = true;
    this.#port.close();
    living.delete(this);
    if (isFit && this.#death === undefined) {
      giveBack("writer", this.#worker);
    } else {
      end(this.#worker);
    }
  }

  /** For the end of the process: asks for the end without waiting. */
  beginExit(): void {
    Atomics.store(this.#words, EXIT, 1);
    Atomics.notify(this.#words, EXIT);
  }

  /** For the end of the process: waits until all files are complete, up to `deadline`. */
  waitForExit(deadline: Milliseconds): void {
    const left = deadline - performance.now();
    if (left > 0 && Atomics.load(this.#words, CLOSED) === 0) {
      Atomics.wait(this.#words, CLOSED, 0, left);
    }
  }

  #request(command: WriterCommand): Promise<WriterReply> {
    return new Promise((resolve, reject) => {
      if (this.#death !== undefined) {
        reject(this.#death);
        return;
      }
      this.#answer = resolve;
      this.#refuse = reject;
      this.#port.postMessage(command);
    });
  }

  #take(reply: WriterReply): void {
    switch (reply.type) {
      case "opened":
      case "failed":
      case "closed":
        this.#answer?.(reply);
        break;
      default:
        this.onNews?.(reply);
    }
  }

  #died(cause: Error): void {
    if (this.#death !== undefined) {
      return;
    }
    this.#death = new AudioError("internal", "The writer thread died.", { cause });
    Atomics.store(this.#words, CLOSED, 1);
    Atomics.notify(this.#words, CLOSED);
    this.#refuse?.(this.#death);
    if (!this.#isClosed) {
      this.onDied?.(this.#death);
    }
  }
}

/**
 * At the end of the process what was recorded is written, and the files are completed. The hook of the audio threads comes
 * before this one, so that all that was heard is in the rings by then.
 */
function hookExit(): void {
  if (exitHooked) {
    return;
  }
  exitHooked = true;
  process.on("exit", () => {
    const deadline = performance.now() + EXIT_PATIENCE;
    for (const thread of living) {
      thread.beginExit();
    }
    for (const thread of living) {
      thread.waitForExit(deadline);
    }
  });
}
