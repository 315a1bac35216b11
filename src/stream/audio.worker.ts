// Runs as the audio thread: the only one that touches its host and its stream.
import { type MessagePort, parentPort } from "node:worker_threads";
import { AudioError, toErrorMessage } from "../errors.js";
import type { Host, HostName } from "../hosts/host.js";
import { collectGarbage } from "./collect-garbage.js";
import {
  type AudioThreadData,
  CLOSED,
  CONTROL_WORDS,
  type Command,
  POSTED,
  type Reply,
} from "./protocol.js";
import { Session } from "./session.js";
import type { SessionThread } from "./session-parts.js";
import { StatsWords } from "./stats-words.js";

/** Serves one parent, until it closes: then the thread waits for the next. */
class Attendant {
  readonly #hostName: HostName;
  readonly #port: MessagePort;
  readonly #words: Int32Array;
  readonly #thread: SessionThread;
  #host: Host | undefined;
  #session: Session | undefined;
  #queue: Promise<void> = Promise.resolve();

  constructor({ host, port, control, parentClock }: AudioThreadData) {
    this.#hostName = host;
    this.#port = port;
    this.#words = new Int32Array(control, 0, CONTROL_WORDS);
    this.#thread = {
      words: this.#words,
      stats: new StatsWords(control),
      clockShift: parentClock - (performance.now() - Number(process.hrtime.bigint()) / 1e6),
      post: (reply) => this.#post(reply),
    };
    port.on("message", (command: Command) => {
      // Commands are taken one after another: each is answered before the next is looked at.
      this.#queue = this.#queue.then(() => this.#serve(command));
    });
  }

  async #serve(command: Command): Promise<void> {
    try {
      await this.#obey(command);
    } catch (error) {
      this.#post({ type: "failed", error: toErrorMessage(error) });
    }
  }

  async #obey(command: Command): Promise<void> {
    switch (command.type) {
      case "list":
        this.#post({ type: "listed", listing: (await this.#theHost()).listing() });
        break;
      case "check":
        (await this.#theHost()).checkSupported(command.request);
        this.#post({ type: "checked" });
        break;
      case "open":
        this.#session = await Session.open(await this.#theHost(), command, this.#thread);
        this.#post({ type: "opened", stream: this.#session.opened });
        break;
      case "start":
        this.#theSession().run();
        break;
      case "stop":
        this.#theSession().stop(command.drain);
        this.#post({ type: "stopped" });
        break;
      case "close":
        this.#close();
        break;
    }
  }

  /** The host is loaded when it is first needed: the virtual one needs no native code at all. */
  async #theHost(): Promise<Host> {
    if (this.#host === undefined) {
      const made = await makeHost(this.#hostName);
      made.initialise();
      this.#host = made;
    }
    return this.#host;
  }

  #theSession(): Session {
    if (this.#session === undefined) {
      throw new AudioError("stream-closed", "The stream is not open.");
    }
    return this.#session;
  }

  /** Gives everything back, whatever fails on the way: the first fault is told after the last step. */
  #close(): void {
    const faults: unknown[] = [];
    const attempt = (step: () => void): void => {
      try {
        step();
      } catch (error) {
        faults.push(error);
      }
    };
    attempt(() => this.#session?.close());
    this.#session = undefined;
    attempt(() => this.#host?.terminate());
    this.#host = undefined;
    Atomics.store(this.#words, CLOSED, 1);
    Atomics.notify(this.#words, CLOSED);
    this.#post(
      faults.length === 0
        ? { type: "closed" }
        : { type: "failed", error: toErrorMessage(faults[0]) },
    );
    this.#port.close();
    collectGarbage();
  }

  #post(reply: Reply): void {
    this.#port.postMessage(reply);
    Atomics.add(this.#words, POSTED, 1);
    Atomics.notify(this.#words, POSTED);
  }
}

async function makeHost(name: HostName): Promise<Host> {
  switch (name) {
    case "portaudio":
      return new (await import("../hosts/portaudio/host.js")).PortAudioHost();
    case "virtual":
      return new (await import("../hosts/virtual/host.js")).VirtualHost();
  }
}

// What comes from the one parent, audio-thread.ts, is typed there.
parentPort?.on("message", (data: AudioThreadData) => {
  new Attendant(data);
});
