// Runs as the audio thread: the only one that touches its host and its stream.
import { workerData } from "node:worker_threads";
import { AudioError, toErrorMessage } from "../errors.js";
import type { Host, HostName } from "../hosts/host.js";
import {
  type AudioThreadData,
  CLOSED,
  CONTROL_WORDS,
  type Command,
  POSTED,
  type Reply,
} from "./protocol.js";
import { Session } from "./session.js";
import { StatsWords } from "./stats-words.js";

// What a thread is born with is typed by its one parent, audio-thread.ts.
const { host: hostName, port, control, parentClock } = workerData as AudioThreadData;
const words = new Int32Array(control, 0, CONTROL_WORDS);
const stats = new StatsWords(control);
const clockShift = parentClock - (performance.now() - Number(process.hrtime.bigint()) / 1e6);

let host: Host | undefined;
let session: Session | undefined;

port.on("message", (command: Command) => {
  // Commands are taken one after another: each is answered before the next is looked at.
  queue = queue.then(() => serve(command));
});
let queue: Promise<void> = Promise.resolve();

async function serve(command: Command): Promise<void> {
  try {
    await obey(command);
  } catch (error) {
    post({ type: "failed", error: toErrorMessage(error) });
  }
}

async function obey(command: Command): Promise<void> {
  switch (command.type) {
    case "list":
      post({ type: "listed", listing: (await theHost()).listing() });
      break;
    case "check":
      (await theHost()).checkSupported(command.request);
      post({ type: "checked" });
      break;
    case "open":
      session = await Session.open(await theHost(), command, { words, stats, clockShift, post });
      post({ type: "opened", stream: session.opened });
      break;
    case "start":
      theSession().run();
      break;
    case "stop":
      theSession().stop(command.drain);
      post({ type: "stopped" });
      break;
    case "close":
      close();
      break;
  }
}

/** The host is loaded when it is first needed: the virtual one needs no native code at all. */
async function theHost(): Promise<Host> {
  if (host === undefined) {
    const made = await makeHost(hostName);
    made.initialise();
    host = made;
  }
  return host;
}

async function makeHost(name: HostName): Promise<Host> {
  switch (name) {
    case "portaudio":
      return new (await import("../hosts/portaudio/host.js")).PortAudioHost();
    case "virtual":
      return new (await import("../hosts/virtual/host.js")).VirtualHost();
  }
}

function theSession(): Session {
  if (session === undefined) {
    throw new AudioError("stream-closed", "The stream is not open.");
  }
  return session;
}

/** Gives everything back, whatever fails on the way: the first fault is told after the last step. */
function close(): void {
  const faults: unknown[] = [];
  const attempt = (step: () => void): void => {
    try {
      step();
    } catch (error) {
      faults.push(error);
    }
  };
  attempt(() => session?.close());
  session = undefined;
  attempt(() => host?.terminate());
  host = undefined;
  post(
    faults.length === 0 ? { type: "closed" } : { type: "failed", error: toErrorMessage(faults[0]) },
  );
  Atomics.store(words, CLOSED, 1);
  Atomics.notify(words, CLOSED);
  port.close();
}

function post(reply: Reply): void {
  port.postMessage(reply);
  Atomics.add(words, POSTED, 1);
  Atomics.notify(words, POSTED);
}
