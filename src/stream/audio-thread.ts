import {
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  type Worker,
} from "node:worker_threads";
import { AudioError, asError, fromErrorMessage } from "../errors.js";
import type { Milliseconds } from "../format.js";
import type { HostName } from "../hosts/host.js";
import { sharedWords } from "../process-words.js";
import { end, giveBack, takeWorker } from "./idle-workers.js";
import {
  type AudioThreadData,
  CLOSED,
  CONTROL_WORDS,
  type Command,
  DRAIN_ASKED,
  DRAIN_DONE,
  HURRY,
  POSTED,
  type Reply,
  RUN,
  type Underflow,
} from "./protocol.js";
import { CONTROL_BYTES, StatsWords } from "./stats-words.js";

type Answer = Exclude<Reply["type"], "failed" | "ended" | "underflowed">;
type ReplyOf<Type extends Answer> = Extract<Reply, { type: Type }>;
type Ended = Extract<Reply, { type: "ended" }>;

/** How long the end of the process waits for all audio threads together. */
const EXIT_PATIENCE: Milliseconds = 2_000;

interface Pending {
  readonly expected: Answer;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
}

/** What a thread is for: it only lists devices, or it holds its host open. */
type Purpose = "list" | "hold";

const living = new Set<AudioThread>();
let exitHooked = false;

/** How many threads of this process hold a host open, which freezes its list of devices. */
export function openStreams(host: HostName): number {
  let count = 0;
  for (const thread of living) {
    count += thread.host === host && thread.purpose === "hold" ? 1 : 0;
  }
  return count;
}

/**
 * The parent's handle of one audio thread. Commands are asked either with promises or, by callers that hold their
 * thread (roomtone/portaudio), synchronously; one thread object keeps to one of the two ways.
 */
export class AudioThread {
  /** Called once when the stream ends by itself, in either way. */
  onEnded: ((ended: Ended) => void) | undefined;
  /** Called for each underflow, in either way. */
  onUnderflow: ((underflow: Underflow) => void) | undefined;
  /** Called once when the thread itself died, so that nobody waits for frames of it. */
  onDied: ((cause: Error) => void) | undefined;

  readonly host: HostName;
  readonly purpose: Purpose;
  /** What the thread counts, kept up to date by it. */
  readonly stats: StatsWords;
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #words: Int32Array;
  readonly #pending: Pending[] = [];
  #death: Error | undefined;
  #closed = false;
  #isFit = false;
  #hasProcessor = false;

  constructor(host: HostName, mode: "async" | "sync", purpose: Purpose) {
    this.host = host;
    this.purpose = purpose;
    // Before the first thread starts: threads that found no shared words would each make their own.
    sharedWords();
    const { port1, port2 } = new MessageChannel();
    const control = new SharedArrayBuffer(CONTROL_BYTES);
    this.#words = new Int32Array(control, 0, CONTROL_WORDS);
    this.stats = new StatsWords(control);
    this.#port = port1;
    const data: AudioThreadData = {
      host,
      port: port2,
      control,
      parentClock: performance.now() - Number(process.hrtime.bigint()) / 1e6,
    };
    this.#worker = takeWorker(host);
    this.#worker.postMessage(data, [port2]);
    this.#worker.once("error", (error: unknown) => {
      this.#died(asError(error));
    });
    this.#worker.once("exit", () => {
      living.delete(this);
      // The end may be told before the thread's last words are: these count.
      for (let reply = this.#receive(); reply !== undefined; reply = this.#receive()) {
        this.#take(reply);
      }
      this.#died(new Error("The audio thread ended unasked"));
    });
    if (mode === "async") {
      this.#port.on("message", (reply: Reply) => this.#take(reply));
    } else {
      // Nothing but its owner's calls keeps a synchronous thread in the process.
      this.#worker.unref();
      this.#port.unref();
    }
    living.add(this);
    hookExit();
  }

  /** How often the device ran dry while frames for it were due. */
  get underflows(): number {
    return this.stats.get("underflows");
  }

  /** Lets a thread that sleeps between two polls look at once: there is something new for it. */
  poke(): void {
    Atomics.notify(this.#words, RUN);
  }

  /** Asks that all that is queued be played out, and returns the number of this wish for {@link waitForDrain}. */
  askForDrain(): number {
    const asked = Atomics.add(this.#words, DRAIN_ASKED, 1) + 1;
    this.poke();
    return asked;
  }

  /** Waits until a wish of {@link askForDrain} is fulfilled or the time is over. Returns whether it is. */
  async waitForDrain(asked: number, timeout: Milliseconds): Promise<boolean> {
    const done = Atomics.load(this.#words, DRAIN_DONE);
    if (((done - asked) | 0) >= 0) {
      return true;
    }
    await Atomics.waitAsync(this.#words, DRAIN_DONE, done, timeout).value;
    return ((Atomics.load(this.#words, DRAIN_DONE) - asked) | 0) >= 0;
  }

  /** Lets those look again who wait in {@link waitForDrain}. */
  wakeDrains(): void {
    Atomics.notify(this.#words, DRAIN_DONE);
  }

  /** A stop that plays out what is queued shall drop it instead, also one that is under way. */
  cutDrainShort(): void {
    Atomics.store(this.#words, HURRY, 1);
    Atomics.notify(this.#words, HURRY);
  }

  /** Sends a command; resolves with its reply, or rejects with the AudioError that the thread answered. */
  request<Type extends Answer>(command: Command, expected: Type): Promise<ReplyOf<Type>> {
    return new Promise((resolve, reject) => {
      if (this.#death !== undefined) {
        reject(this.#deathError());
        return;
      }
      const taken = (reply: Reply): void => {
        if (isReply(reply, expected)) {
          resolve(reply);
        } else {
          reject(new AudioError("internal", `Expected the reply ${expected}, got ${reply.type}`));
        }
      };
      // What cannot be sent, because it cannot be cloned, is not answered either.
      this.#send(command);
      this.#pending.push({ expected, resolve: taken, reject });
    });
  }

  /** Like {@link request}, but holds this thread, for at most `timeout`. Throws AudioError `stalled` after it. */
  requestSync<Type extends Answer>(
    command: Command,
    expected: Type,
    timeout: Milliseconds,
  ): ReplyOf<Type> {
    this.#send(command);
    const deadline = performance.now() + timeout;
    for (;;) {
      const posted = Atomics.load(this.#words, POSTED);
      for (let reply = this.#receive(); reply !== undefined; reply = this.#receive()) {
        if (reply.type === "failed") {
          throw fromErrorMessage(reply.error);
        }
        if (!this.#tell(reply) && isReply(reply, expected)) {
          return reply;
        }
      }
      const left = deadline - performance.now();
      if (left <= 0) {
        throw new AudioError(
          "stalled",
          `The audio thread did not answer "${command.type}" within ${timeout / 1000} s.`,
        );
      }
      Atomics.wait(this.#words, POSTED, posted, left);
    }
  }

  /** Takes what a synchronous thread has said by itself: calls `onEnded` when the stream has ended. */
  pollSync(): void {
    for (let reply = this.#receive(); reply !== undefined; reply = this.#receive()) {
      this.#tell(reply);
    }
  }

  /** Gives the device back and ends the thread. Rejects with what failed on the way; the thread ends all the same. */
  async close(): Promise<void> {
    if (this.#closed) {
      return;
    }
    this.#closed = true;
    // Whoever waits for this shall not be left waiting by the end of the process.
    this.#port.ref();
    try {
      await this.request({ type: "close" }, "closed");
      this.#isFit = true;
    } finally {
      this.#release();
    }
  }

  /** Like {@link close}, but holds this thread. */
  closeSync(timeout: Milliseconds): void {
    if (this.#closed) {
      return;
    }
    this.#closed = true;
    try {
      this.requestSync({ type: "close" }, "closed", timeout);
      this.#isFit = true;
    } finally {
      this.#release();
    }
  }

  /** The stream is over: nothing more is to be waited for, so the thread does not keep the process alive. */
  unref(): void {
    this.#worker.unref();
    this.#port.unref();
  }

  /** For the end of the process: asks for the end without waiting. */
  beginExit(): void {
    if (!this.#closed) {
      this.#closed = true;
      this.cutDrainShort();
      this.#send({ type: "close" });
    }
  }

  /** For the end of the process: waits until nothing native is held any more, up to `deadline`. */
  waitForExit(deadline: Milliseconds): void {
    const left = deadline - performance.now();
    if (left > 0 && Atomics.load(this.#words, CLOSED) === 0) {
      Atomics.wait(this.#words, CLOSED, 0, left);
    }
  }

  /** Lets go of the worker: one that closed as it should can serve another stream, with nothing of the user's in it. */
  #release(): void {
    this.#port.close();
    living.delete(this);
    if (this.#isFit && !this.#hasProcessor && this.#death === undefined) {
      giveBack(this.host, this.#worker);
    } else if (Atomics.load(this.#words, CLOSED) === 1) {
      end(this.#worker);
    } else {
      // It hangs in a driver, and shall not hold the process.
      this.#worker.unref();
    }
  }

  #send(command: Command): void {
    if (command.type === "start") {
      Atomics.store(this.#words, HURRY, 0);
    }
    Atomics.store(this.#words, RUN, command.type === "start" ? 1 : 0);
    Atomics.notify(this.#words, RUN);
    const processor = command.type === "open" ? command.processor : undefined;
    this.#hasProcessor ||= processor !== undefined;
    this.#port.postMessage(command, processor === undefined ? [] : [processor.port]);
  }

  #receive(): Reply | undefined {
    const received: { message: Reply } | undefined = receiveMessageOnPort(this.#port);
    return received?.message;
  }

  #take(reply: Reply): void {
    if (this.#tell(reply)) {
      return;
    }
    const pending = this.#pending.shift();
    if (reply.type === "failed") {
      pending?.reject(fromErrorMessage(reply.error));
    } else {
      pending?.resolve(reply);
    }
  }

  /** Passes on what the thread says by itself. False for an answer. */
  #tell(reply: Reply): boolean {
    switch (reply.type) {
      case "ended":
        this.onEnded?.(reply);
        return true;
      case "underflowed":
        this.onUnderflow?.(reply.underflow);
        return true;
      default:
        return false;
    }
  }

  #died(error: Error): void {
    if (this.#death !== undefined) {
      return;
    }
    this.#death = error;
    Atomics.store(this.#words, CLOSED, 1);
    Atomics.notify(this.#words, CLOSED);
    if (!this.#closed) {
      this.onDied?.(error);
    }
    for (const pending of this.#pending.splice(0)) {
      pending.reject(this.#deathError());
    }
  }

  #deathError(): AudioError {
    return new AudioError("internal", "The audio thread died.", { cause: this.#death });
  }
}

function isReply<Type extends Answer>(reply: Reply, type: Type): reply is ReplyOf<Type> {
  return reply.type === type;
}

/**
 * Node unloads native libraries at the end of the process; a stream that still runs then crashes it. So the end
 * waits, for a bounded time, until each audio thread has closed what it holds.
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
