// Runs as the audio thread: the only one that touches its host and its stream.
import { workerData } from "node:worker_threads";
import { AudioError, toErrorMessage } from "../errors.js";
import type { Milliseconds } from "../format.js";
import { ENDED, type Host, type HostName, type HostStream } from "../hosts/host.js";
import { endRing } from "../ring.js";
import { Capture } from "./capture.js";
import { Playback } from "./playback.js";
import {
  type AudioThreadData,
  CLOSED,
  type Command,
  type InputPlan,
  POSTED,
  type Reply,
  RUN,
  UNDERFLOWS,
} from "./protocol.js";

/** Polls come at a quarter of the device's latency, within these bounds. */
const SHORTEST_SLEEP: Milliseconds = 1;
const LONGEST_SLEEP: Milliseconds = 50;
/** A drain ends when everything was played, or when the device has taken nothing for this long. */
const DRAIN_PATIENCE: Milliseconds = 2_000;

// What a thread is born with is typed by its one parent, audio-thread.ts.
const { host: hostName, port, control, parentClock } = workerData as AudioThreadData;
const words = new Int32Array(control);
const clockShift = parentClock - (performance.now() - Number(process.hrtime.bigint()) / 1e6);

let host: Host | undefined;
let open: OpenStream | undefined;

interface OpenStream {
  readonly stream: HostStream;
  readonly inputPlan: InputPlan | undefined;
  readonly capture: Capture | undefined;
  readonly playback: Playback | undefined;
  readonly sleep: Milliseconds;
}

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
      openStream(command, await theHost());
      break;
    case "start":
      run(theStream());
      break;
    case "stop":
      stop(theStream(), command.drain);
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

function theStream(): OpenStream {
  if (open === undefined) {
    throw new AudioError("stream-closed", "The stream is not open.");
  }
  return open;
}

function openStream(command: Extract<Command, { type: "open" }>, by: Host): void {
  const stream = by.open(command.request);
  try {
    const latency = Math.min(
      stream.input?.latency ?? Number.POSITIVE_INFINITY,
      stream.output?.latency ?? Number.POSITIVE_INFINITY,
    );
    open = {
      stream,
      inputPlan: command.input,
      capture: command.input && new Capture(stream, command.input, clockShift),
      playback: command.output && new Playback(stream, command.output),
      sleep: Math.min(LONGEST_SLEEP, Math.max(SHORTEST_SLEEP, (latency * 1000) / 4)),
    };
  } catch (error) {
    stream.close();
    throw error;
  }
  post({
    type: "opened",
    stream: {
      sampleRate: stream.sampleRate,
      inputLatency: stream.input?.latency ?? 0,
      outputLatency: stream.output?.latency ?? 0,
    },
  });
}

/** The loop of the audio thread: it holds the thread until the run word is cleared or the stream ends by itself. */
function run(opened: OpenStream): void {
  const { stream, capture, playback } = opened;
  stream.start();
  capture?.started(performance.now());
  post({ type: "started" });
  try {
    for (;;) {
      const running = Atomics.load(words, RUN) === 1;
      const captured = capture?.pump(performance.now()) ?? 0;
      const played = playback?.pump() ?? 0;
      if (playback !== undefined) {
        Atomics.store(words, UNDERFLOWS, playback.underflows);
      }
      if (captured === ENDED) {
        ended(opened);
        return;
      }
      // The last round came after the word was cleared: what the device had by then was taken.
      if (!running) {
        return;
      }
      if (stream.paced || captured + played === 0) {
        Atomics.wait(words, RUN, 1, opened.sleep);
      }
    }
  } catch (error) {
    ended(opened, error);
  }
}

function ended(opened: OpenStream, error?: unknown): void {
  const position = opened.capture?.position ?? 0;
  try {
    opened.stream.abort();
  } catch {
    // The stream has ended, by a fault or by itself; that is what the parent is told.
  }
  post({
    type: "ended",
    position,
    ...(error === undefined ? {} : { error: toErrorMessage(error) }),
  });
  opened.capture?.end();
}

function stop(opened: OpenStream, drain: boolean): void {
  const { stream, playback } = opened;
  if (drain && playback !== undefined) {
    let deadline = performance.now() + DRAIN_PATIENCE;
    while (!playback.drained && performance.now() < deadline) {
      if (playback.drain() > 0) {
        deadline = performance.now() + DRAIN_PATIENCE;
      }
      Atomics.wait(words, RUN, 0, opened.sleep);
    }
    stream.stop();
  } else {
    stream.abort();
  }
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
  const opened = open;
  open = undefined;
  if (opened !== undefined) {
    attempt(() => opened.stream.close());
    attempt(() => opened.capture?.end());
    if (opened.inputPlan !== undefined) {
      endRing(opened.inputPlan.ring);
    }
  }
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
