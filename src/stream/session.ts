// Runs in the audio thread.
import { AudioError, toErrorMessage } from "../errors.js";
import type { Hertz, Milliseconds } from "../format.js";
import { ENDED, type Host, type HostStream } from "../hosts/host.js";
import type { StreamResampler } from "../resample/stream-resampler.js";
import { endRing, RingReader } from "../ring.js";
import { Capture } from "./capture.js";
import { frameSupply } from "./frame-supply.js";
import { Playback } from "./playback.js";
import { type EngineClocks, ProcessorEngine } from "./processor-engine.js";
import {
  DRAIN_ASKED,
  DRAIN_CUT,
  DRAIN_DONE,
  type OpenCommand,
  type OpenedStream,
  type Reply,
  RUN,
} from "./protocol.js";
import { DEFAULT_RECOVERY, Recovery } from "./recovery.js";
import type { StatsWords } from "./stats-words.js";

/** Polls come at a quarter of the device's latency, within these bounds. */
const SHORTEST_SLEEP: Milliseconds = 1;
const LONGEST_SLEEP: Milliseconds = 50;
/** A drain ends when everything was played, or when the device has taken nothing for this long. */
const DRAIN_PATIENCE: Milliseconds = 2_000;
/** Weight of the newest second in the CPU load. */
const LOAD_SMOOTHING = 0.3;
const LOAD_WINDOW: Milliseconds = 500;

/** What a session shares with the thread that it runs in. */
export interface SessionThread {
  /** The control words of protocol.ts. */
  readonly words: Int32Array;
  readonly stats: StatsWords;
  /** Adds to this thread's `performance.now()` to give the parent's. */
  readonly clockShift: Milliseconds;
  post(reply: Reply): void;
}

/** One open stream: its parts, and the loop that holds the audio thread while it runs. */
export class Session {
  readonly opened: OpenedStream;
  readonly #thread: SessionThread;
  readonly #host: Host;
  readonly #command: OpenCommand;
  readonly #stream: HostStream;
  readonly #capture: Capture | undefined;
  readonly #playback: Playback | undefined;
  readonly #engine: ProcessorEngine | undefined;
  readonly #recovery: Recovery;
  readonly #resamplers: readonly StreamResampler[];
  readonly #sleep: Milliseconds;
  #drained = false;
  #loadSince: Milliseconds = 0;
  #slept: Milliseconds = 0;

  /** Opens the device and sets everything up. Throws what the host says, or AudioError `processor-failed`. */
  static async open(host: Host, command: OpenCommand, thread: SessionThread): Promise<Session> {
    const { input, output, processor } = command;
    const stream = openAtSomeRate(host, command);
    const resamplers: StreamResampler[] = [];
    try {
      const rate = ringRate(command, stream);
      const converter = async (from: Hertz, to: Hertz, channels: number) => {
        const made = await makeResampler(from, to, channels);
        resamplers.push(made);
        return made;
      };
      const differs = rate !== stream.sampleRate;
      let parts: Parts = { capture: undefined, playback: undefined };
      const engine =
        processor &&
        (await ProcessorEngine.load({
          plan: processor,
          sampleRate: rate,
          input,
          output,
          clocks: clocksOf(() => parts, stream, rate, thread.clockShift),
        }));
      parts = {
        capture:
          input &&
          new Capture(
            stream,
            input,
            thread.clockShift,
            differs
              ? { rate, converter: await converter(stream.sampleRate, rate, input.channels.length) }
              : undefined,
            engine,
          ),
        playback:
          output &&
          stream.output &&
          new Playback({
            stream,
            supply: frameSupply(
              new RingReader(output.ring),
              output,
              stream.output,
              differs
                ? {
                    from: rate,
                    to: stream.sampleRate,
                    converter: await converter(rate, stream.sampleRate, output.channels.length),
                  }
                : undefined,
            ),
            rate,
            continuous: input !== undefined,
            onUnderflow: (underflow) => thread.post({ type: "underflowed", underflow }),
          }),
      };
      return new Session(host, command, thread, stream, parts, engine, resamplers, rate);
    } catch (error) {
      for (const resampler of resamplers) {
        resampler.close();
      }
      stream.close();
      throw error;
    }
  }

  private constructor(
    host: Host,
    command: OpenCommand,
    thread: SessionThread,
    stream: HostStream,
    parts: Parts,
    engine: ProcessorEngine | undefined,
    resamplers: readonly StreamResampler[],
    sampleRate: Hertz,
  ) {
    this.#host = host;
    this.#command = command;
    this.#thread = thread;
    this.#stream = stream;
    this.#capture = parts.capture;
    this.#playback = parts.playback;
    this.#engine = engine;
    this.#resamplers = resamplers;
    const latency = Math.min(
      stream.input?.latency ?? Number.POSITIVE_INFINITY,
      stream.output?.latency ?? Number.POSITIVE_INFINITY,
    );
    this.#sleep = Math.min(LONGEST_SLEEP, Math.max(SHORTEST_SLEEP, (latency * 1000) / 4));
    this.#recovery = new Recovery(stream, command.recovery ?? DEFAULT_RECOVERY, latency);
    this.opened = {
      sampleRate,
      deviceRate: stream.sampleRate,
      inputLatency: stream.input?.latency ?? 0,
      outputLatency: stream.output?.latency ?? 0,
    };
  }

  /** Starts the device and moves frames until the run word is cleared or the stream ends by itself. */
  run(): void {
    this.#askForRealTime();
    this.#engine?.generate(1);
    this.#playback?.prime();
    this.#stream.start();
    const now = performance.now();
    this.#capture?.started(now);
    this.#recovery.started(now);
    this.#loadSince = now;
    this.#slept = 0;
    this.#thread.post({ type: "started" });
    try {
      while (this.#round()) {
        // One round is one poll.
      }
    } catch (error) {
      this.#finish(error);
    }
  }

  /** Stops the device; with `drain` after everything that is queued was played, unless the parent cuts that short. */
  stop(drain: boolean): void {
    const playback = this.#playback;
    if (drain && playback !== undefined && this.#playOut(playback)) {
      this.#publish();
      this.#stream.stop();
    } else {
      this.#stream.abort();
      playback?.drop();
    }
  }

  /** Plays what is queued. Returns false when the parent has asked for an end at once. */
  #playOut(playback: Playback): boolean {
    const { words } = this.#thread;
    let deadline = performance.now() + DRAIN_PATIENCE;
    let before = playback.position + playback.queuedInDevice;
    for (
      let now = performance.now();
      now < deadline && !playback.drained(now);
      now = performance.now()
    ) {
      if (Atomics.load(words, DRAIN_CUT) === 1) {
        return false;
      }
      const place = playback.position + playback.queuedInDevice;
      if (place !== before) {
        before = place;
        deadline = now + DRAIN_PATIENCE;
      }
      Atomics.wait(words, RUN, 0, this.#sleep);
    }
    return true;
  }

  /** Gives everything back, whatever fails on the way: the first fault is thrown after the last step. */
  close(): void {
    const faults: unknown[] = [];
    const attempt = (step: () => void): void => {
      try {
        step();
      } catch (error) {
        faults.push(error);
      }
    };
    attempt(() => this.#stream.close());
    attempt(() => this.#capture?.end());
    attempt(() => this.#engine?.close());
    for (const resampler of this.#resamplers) {
      attempt(() => resampler.close());
    }
    const { input } = this.#command;
    if (input !== undefined) {
      endRing(input.ring);
    }
    if (faults.length > 0) {
      throw faults[0];
    }
  }

  /** One poll. Returns false when the loop shall end. */
  #round(): boolean {
    const { words } = this.#thread;
    const running = Atomics.load(words, RUN) === 1;
    const now = performance.now();
    this.#noteTime(now);
    this.#engine?.takeMessages();
    let moved = 0;
    try {
      const captured = this.#capture?.pump(now) ?? 0;
      if (captured === ENDED) {
        this.#finish();
        return false;
      }
      const played = this.#play(now);
      moved = captured + played;
      // The input is the clock of a stream that has one; an output makes progress as long as it has room.
      if (this.#capture === undefined ? this.#playback?.hasRoom === true : captured > 0) {
        this.#recovery.progress(now);
      }
    } catch (error) {
      this.#recovery.fault(error, now);
    }
    if (this.#recovery.watch(now)) {
      this.#capture?.reopened(this.#recovery.cause);
      this.#playback?.reopened();
    }
    this.#publish();
    if (this.#engine?.finished === true && (this.#playback === undefined || this.#drained)) {
      this.#finish();
      return false;
    }
    // The last round came after the word was cleared: what the device had by then was taken.
    if (!running) {
      return false;
    }
    if (this.#stream.paced || moved === 0) {
      this.#wait();
    }
    return true;
  }

  #play(now: Milliseconds): number {
    const playback = this.#playback;
    if (playback === undefined) {
      return 0;
    }
    this.#engine?.generate(playback.wanted);
    const { words } = this.#thread;
    const asked = Atomics.load(words, DRAIN_ASKED);
    const draining = asked !== Atomics.load(words, DRAIN_DONE) || this.#engine?.finished === true;
    if (!draining) {
      return playback.pump(now);
    }
    const before = playback.position;
    this.#drained = playback.drained(now);
    if (this.#drained) {
      Atomics.store(words, DRAIN_DONE, asked);
      Atomics.notify(words, DRAIN_DONE);
    }
    return playback.position - before;
  }

  #wait(): void {
    const before = performance.now();
    Atomics.wait(this.#thread.words, RUN, 1, this.#sleep);
    const after = performance.now();
    this.#slept += after - before;
  }

  /** Keeps the account of the thread's own time. */
  #noteTime(now: Milliseconds): void {
    const { stats } = this.#thread;
    const elapsed = now - this.#loadSince;
    if (elapsed >= LOAD_WINDOW) {
      const load = Math.max(0, 1 - this.#slept / elapsed);
      stats.set("cpuLoad", stats.get("cpuLoad") * (1 - LOAD_SMOOTHING) + load * LOAD_SMOOTHING);
      this.#loadSince = now;
      this.#slept = 0;
    }
  }

  #publish(): void {
    const { stats } = this.#thread;
    const capture = this.#capture;
    if (capture !== undefined) {
      stats.set("inputFrames", capture.position);
      stats.set("droppedFrames", capture.counts.droppedFrames);
      stats.set("gaps", capture.counts.gaps);
      stats.set("overruns", capture.counts.overruns);
      stats.set("stalls", capture.counts.stalls);
      stats.set("inputClipped", capture.counts.clipped);
      stats.set("timeUncertainty", capture.timeUncertainty);
    }
    const playback = this.#playback;
    if (playback !== undefined) {
      const { clockShift } = this.#thread;
      const ahead = (playback.queuedInDevice / this.#stream.sampleRate) * 1000;
      const start = performance.now() + ahead - (playback.position / this.opened.sampleRate) * 1000;
      stats.set("outputFrames", playback.position);
      stats.set("underflows", playback.underflows);
      stats.set("silentFrames", playback.silentFrames);
      stats.set("outputClipped", playback.clipped);
      stats.set("outputOrigin", start + clockShift);
    }
  }

  #askForRealTime(): void {
    if (this.#command.realTime === true) {
      this.#thread.stats.set("realTime", this.#host.requestRealTime() ? 1 : 2);
    }
  }

  /** The stream has ended, by a fault or by itself. */
  #finish(error?: unknown): void {
    const capture = this.#capture;
    if (error instanceof AudioError && error.code === "device-lost") {
      try {
        capture?.loseAtEnd();
      } catch {
        // A device that is gone need not tell what it lost at the very end.
      }
    }
    this.#publish();
    try {
      this.#stream.abort();
    } catch {
      // It is over already; that is what the parent is told.
    }
    this.#thread.post({
      type: "ended",
      position: capture?.position ?? this.#playback?.position ?? 0,
      ...(error === undefined ? {} : { error: toErrorMessage(error) }),
    });
    capture?.end();
  }
}

interface Parts {
  readonly capture: Capture | undefined;
  readonly playback: Playback | undefined;
}

function clocksOf(
  parts: () => Parts,
  stream: HostStream,
  rate: Hertz,
  clockShift: Milliseconds,
): EngineClocks {
  return {
    inputOrigin: () => parts().capture?.origin ?? Number.NaN,
    outputTime: (queued) => {
      const inDevice = (parts().playback?.queuedInDevice ?? 0) / stream.sampleRate;
      return performance.now() + clockShift + (queued / rate + inDevice) * 1000;
    },
    underflows: () => parts().playback?.underflows ?? 0,
  };
}

/** Opens the device at the asked rate or, where frames may be converted, at its own. */
function openAtSomeRate(host: Host, command: OpenCommand): HostStream {
  const { request, deviceRate, resample = "never" } = command;
  const own = deviceRate === undefined ? request : { ...request, sampleRate: deviceRate };
  if (resample === "always") {
    return host.open(own);
  }
  try {
    return host.open(request);
  } catch (error) {
    const mayConvert =
      resample === "auto" &&
      own.sampleRate !== request.sampleRate &&
      error instanceof AudioError &&
      error.code === "format-not-supported";
    if (!mayConvert) {
      throw error;
    }
    try {
      return host.open(own);
    } catch {
      // The first error is about what the caller asked for.
      throw error;
    }
  }
}

/** The rate of the frames in the rings: the asked one where frames are converted, else what the device runs at. */
function ringRate(command: OpenCommand, stream: HostStream): Hertz {
  const asked = command.request.sampleRate;
  const converts = command.deviceRate !== undefined && stream.sampleRate === command.deviceRate;
  return converts && (command.resample ?? "never") !== "never" ? asked : stream.sampleRate;
}

async function makeResampler(from: Hertz, to: Hertz, channels: number): Promise<StreamResampler> {
  const { loadResampler, StreamResampler } = await import("../resample/stream-resampler.js");
  await loadResampler();
  return new StreamResampler(from, to, channels);
}
