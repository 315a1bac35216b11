// Runs in the audio thread.
import { AudioError, toErrorMessage } from "../errors.js";
import type { Frames, Milliseconds } from "../format.js";
import { ENDED, type Host, type HostStream } from "../hosts/host.js";
import type { StreamResampler } from "../resample/stream-resampler.js";
import { endRing } from "../ring.js";
import type { Capture } from "./capture.js";
import type { Playback } from "./playback.js";
import type { ProcessorEngine } from "./processor-engine.js";
import {
  DRAIN_ASKED,
  DRAIN_DONE,
  HURRY,
  type OpenCommand,
  type OpenedStream,
  RUN,
} from "./protocol.js";
import { DEFAULT_RECOVERY, Recovery } from "./recovery.js";
import { openParts, type SessionParts, type SessionThread } from "./session-parts.js";

/** Polls come at a quarter of the device's latency, within these bounds. */
const SHORTEST_SLEEP: Milliseconds = 1;
const LONGEST_SLEEP: Milliseconds = 50;
/**
 * A stop gives up to play out what is queued when a device without a clock has taken nothing for this long: it waits for a
 * reader. A device with a clock that takes nothing is opened anew.
 */
const DRAIN_PATIENCE: Milliseconds = 2_000;
/** Weight of the newest second in the CPU load. */
const LOAD_SMOOTHING = 0.3;
const LOAD_WINDOW: Milliseconds = 500;

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
  #over = false;
  #loadSince: Milliseconds = 0;
  #slept: Milliseconds = 0;

  /** Opens the device and sets everything up. Throws what the host says, or AudioError `processor-failed`. */
  static async open(host: Host, command: OpenCommand, thread: SessionThread): Promise<Session> {
    // Not known before the first start.
    thread.stats.set("outputOrigin", Number.NaN);
    return new Session(host, command, thread, await openParts(host, command, thread));
  }

  private constructor(
    host: Host,
    command: OpenCommand,
    thread: SessionThread,
    parts: SessionParts,
  ) {
    const { stream } = parts;
    this.#host = host;
    this.#command = command;
    this.#thread = thread;
    this.#stream = stream;
    this.#capture = parts.capture;
    this.#playback = parts.playback;
    this.#engine = parts.engine;
    this.#resamplers = parts.resamplers;
    const latency = Math.min(
      stream.input?.latency ?? Number.POSITIVE_INFINITY,
      stream.output?.latency ?? Number.POSITIVE_INFINITY,
    );
    this.#sleep = Math.min(LONGEST_SLEEP, Math.max(SHORTEST_SLEEP, (latency * 1000) / 4));
    this.#recovery = new Recovery(stream, command.recovery ?? DEFAULT_RECOVERY, latency);
    this.opened = {
      sampleRate: parts.sampleRate,
      deviceRate: stream.sampleRate,
      inputLatency: stream.input?.latency ?? 0,
      outputLatency: stream.output?.latency ?? 0,
      paced: stream.paced,
    };
  }

  /** Starts the device and moves frames until the run word is cleared or the stream ends by itself. */
  run(): void {
    this.#askForRealTime();
    this.#prime();
    this.#stream.start();
    const now = performance.now();
    this.#capture?.started(now);
    this.#recovery.started(now);
    this.#loadSince = now;
    this.#slept = 0;
    // The first block may be read before the first poll is over: the times of the output are to be known by then.
    this.#publish();
    this.#thread.post({ type: "started" });
    try {
      while (this.#round()) {
        // One round is one poll.
      }
    } catch (error) {
      this.#finish(error);
    }
  }

  /**
   * Stops the device; with `drain` after everything that is queued was played, unless the parent is in a hurry.
   * Throws what ended the stream meanwhile; AudioError `stalled` when not all could be played.
   */
  stop(drain: boolean): void {
    const playback = this.#playback;
    if (this.#over) {
      return;
    }
    const isPlayed = drain && playback !== undefined && this.#playOut(playback);
    if (this.#over) {
      return;
    }
    if (isPlayed) {
      this.#stream.stop();
    } else {
      this.#stream.abort();
    }
    // What it had heard until now.
    this.#capture?.stopped();
    const left = playback?.queued ?? 0;
    if (!isPlayed) {
      playback?.drop();
    }
    this.#publish();
    if (drain && playback !== undefined && !isPlayed && !this.#isHurried) {
      throw new AudioError(
        "stalled",
        `The device took nothing for ${DRAIN_PATIENCE / 1000} s, as nobody read what it heard: ${left} frames were not played.`,
      );
    }
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
    if (this.#thread.stats.get("realTime") === 1) {
      attempt(() => this.#host.releaseRealTime());
    }
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

  /** Gives the device what it begins with. */
  #prime(): void {
    const playback = this.#playback;
    const engine = this.#engine;
    if (engine !== undefined) {
      engine.resting = false;
      engine.leadIn(Math.round(this.opened.outputLatency * this.opened.sampleRate));
    }
    if (playback !== undefined && this.#stream.primes) {
      playback.look();
      engine?.generate(playback.wanted);
      playback.prime();
    }
  }

  /**
   * Goes on until everything that is queued was played: what the input hears meanwhile can be read, and a device that
   * stalls is opened anew. Returns whether all was played. Throws what ends the stream.
   */
  #playOut(playback: Playback): boolean {
    if (this.#engine !== undefined) {
      this.#engine.resting = true;
    }
    const patience = this.#stream.paced ? Number.POSITIVE_INFINITY : DRAIN_PATIENCE;
    let deadline = performance.now() + patience;
    let before = playback.queued;
    let drained = false;
    try {
      while (!drained && !this.#isHurried) {
        const now = performance.now();
        if (now >= deadline) {
          return false;
        }
        const moved = this.#poll(now, () => {
          drained = playback.drained(now);
          return 0;
        });
        if (moved === ENDED) {
          this.#finish();
          return false;
        }
        if (playback.queued !== before) {
          before = playback.queued;
          deadline = now + patience;
        }
        if (!drained) {
          Atomics.wait(this.#thread.words, HURRY, 0, this.#sleep);
        }
      }
      // Without a clock, what was just played is heard at once.
      while (!this.#stream.paced && (this.#capture?.pump(performance.now()) ?? 0) > 0) {
        // A pump takes a part only.
      }
    } catch (error) {
      this.#finish(error);
      throw error;
    }
    return drained;
  }

  /** One poll. Returns false when the loop shall end. */
  #round(): boolean {
    const running = Atomics.load(this.#thread.words, RUN) === 1;
    const now = performance.now();
    this.#noteTime(now);
    this.#engine?.takeMessages();
    const moved = this.#poll(now, () => this.#play(now));
    if (moved === ENDED) {
      this.#finish();
      return false;
    }
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

  /** Moves what can be moved, `play` for the output, and mends what can be. Returns the frames moved, or ENDED. */
  #poll(now: Milliseconds, play: () => Frames): Frames {
    let moved = 0;
    try {
      const captured = this.#capture?.pump(now) ?? 0;
      if (captured === ENDED) {
        return ENDED;
      }
      moved = captured + play();
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
    return moved;
  }

  get #isHurried(): boolean {
    return Atomics.load(this.#thread.words, HURRY) === 1;
  }

  #play(now: Milliseconds): Frames {
    const playback = this.#playback;
    if (playback === undefined) {
      return 0;
    }
    if (this.#engine !== undefined) {
      // As much as the device has room for by now: less would be filled up with silence.
      playback.look();
      this.#engine.generate(playback.wanted);
    }
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
      const start = playback.heardAt - (playback.passed / this.opened.sampleRate) * 1000;
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
    this.#over = true;
    const capture = this.#capture;
    if (error instanceof AudioError && error.code === "device-lost") {
      try {
        // The output may have found out first: what the input still has was heard before.
        while ((capture?.pump(performance.now()) ?? 0) > 0) {
          // Until it has no more, or says that it is gone too.
        }
      } catch {
        // The fault is known.
      }
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
