import { EventEmitter } from "node:events";
import type { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { AudioError } from "../errors.js";
import type { Hertz, SampleFormat } from "../format.js";
import type { Device } from "../hosts/host.js";
import { checkText, describe } from "../options.js";
import { Block } from "../stream/block.js";
import type { PackOptions } from "../stream/packed-bytes.js";
import type { RingStream } from "../stream/ring-stream.js";
import type { ClockDrift } from "./clock/drift.js";
import type { JudgedBlock, LevelReport } from "./engine/engine-setup.js";
import type { TakeSummary } from "./engine/take.js";
import { LevelFeed } from "./level-feed.js";
import { LiveTaps } from "./live-taps.js";
import { PendingMarks } from "./pending-marks.js";
import { RecorderEnd } from "./recorder-end.js";
import type { RecorderEvents, RecorderLevel, RecorderState } from "./recorder-events.js";
import {
  checkRecorderOptions,
  type RecorderChoice,
  type RecorderOptions,
} from "./recorder-options.js";
import { openParts, type RecorderParts } from "./recorder-parts.js";
import type { EndReason, Mark, RecorderResult } from "./recorder-result.js";
import type { RecorderStats } from "./recorder-stats.js";
import { TakeResults, withRecording } from "./take-results.js";
import type { WriterNews, WriterThread } from "./writer-thread.js";

interface Settlement {
  readonly resolve: (result: RecorderResult) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Records from a device to a file, to memory or to both, in a thread of its own: this thread may be busy for minutes without a
 * lost frame, and so may the disk for `diskTimeoutSeconds`.
 *
 * ```ts
 * await using recorder = await Recorder.open({ file: "take.wav", silence: { below: -45, for: 1.5 } });
 * await recorder.start();
 * for await (const level of recorder) console.log(level.seconds, level.peak);
 * const { files, reason } = await recorder.stop();
 * ```
 *
 * Whatever ends it, what was recorded is there: files are complete, and an error has the rest as its `recording`.
 */
export class Recorder
  extends EventEmitter<RecorderEvents>
  implements AsyncIterable<RecorderLevel>, AsyncDisposable
{
  readonly device: Device;
  readonly sampleRate: Hertz;
  /** Channels of the recording. */
  readonly numberOfChannels: number;
  /** How the samples are stored. */
  readonly format: SampleFormat;
  readonly #choice: RecorderChoice;
  readonly #stream: RingStream;
  readonly #writer: WriterThread;
  readonly #feed = new LevelFeed<RecorderLevel>();
  readonly #live: LiveTaps;
  readonly #takes: TakeResults;
  readonly #marks = new PendingMarks();
  readonly #end: RecorderEnd;
  readonly #onAbort: () => void;
  readonly #finished: Promise<RecorderResult>;
  #settlement: Settlement | undefined;
  #state: RecorderState = "ready";
  /** The start condition has not come true yet. */
  #isWaiting: boolean;
  #starting: Promise<void> | undefined;
  #settled: Promise<void> | undefined;
  /** Somebody was told how it ended. */
  #isWatched = false;
  #file: string | undefined;

  /**
   * Opens the device and creates the file. Nothing is recorded before `start()`.
   *
   * @throws TypeError, RangeError for wrong options; nothing was started then, unless only the device could tell.
   * @throws AudioError as `InputStream.open()`, and `file-exists`, `file-not-writable`, `disk-full`; the signal's reason
   * if it has aborted already.
   */
  static async open(options: RecorderOptions = {}): Promise<Recorder> {
    return openRecorder(checkRecorderOptions(options, "Recorder.open()"));
  }

  /** Made by `Recorder.open()`. */
  constructor(parts: RecorderParts) {
    super();
    const { choice, plan, stream, writer, file } = parts;
    this.#choice = choice;
    this.#stream = stream;
    this.#writer = writer;
    this.#end = new RecorderEnd(parts);
    this.#file = file;
    this.device = stream.device;
    this.sampleRate = stream.sampleRate;
    this.numberOfChannels = plan.channels;
    this.format = plan.format;
    this.#takes = new TakeResults(this);
    this.#live = new LiveTaps(this, {
      ask: () => writer.tell({ type: "tap" }),
      begin: async () => {
        if (this.#state === "ready" && this.#end.reason === undefined) {
          await this.start();
        }
      },
      claim: (bytes) => writer.tell({ type: "claimed", takes: 0, bytes }),
    });
    this.#isWaiting = choice.hasStartCondition;
    this.#finished = new Promise((resolve, reject) => {
      this.#settlement = { resolve, reject };
    });
    // Whoever stops it or reads it is told; nobody has to wait for this promise.
    this.#finished.catch(() => {});
    writer.onNews = (news) => this.#hear(news);
    writer.onDied = (error) => {
      this.#end.noteWriterFault(error);
      this.#settle();
    };
    stream.finished.then(
      () => this.#end.streamEnded(),
      () => this.#end.streamEnded(),
    );
    this.#onAbort = () => {
      this.#endAs("signal");
    };
    choice.signal?.addEventListener("abort", this.#onAbort, { once: true });
    if (choice.signal?.aborted === true) {
      this.#endAs("signal");
    }
  }

  /** Where it is in its life. */
  get state(): RecorderState {
    return this.#state;
  }

  /** The path of the file that is written now, or was last; undefined for a recording to memory. */
  get file(): string | undefined {
    return this.#file;
  }

  get stats(): RecorderStats {
    const { numbers } = this.#writer;
    const { result } = this.#end;
    const frames = result?.frames ?? numbers.get("frames");
    return {
      state: this.#state,
      seconds: frames / this.sampleRate,
      frames,
      lostFrames: result?.lostFrames ?? numbers.get("lostFrames"),
      gaps: result?.gaps.length ?? numbers.get("gaps"),
      waitingBytes: numbers.get("backlog"),
      stream: this.#stream.stats,
    };
  }

  /**
   * Resolves with the result when the recording is over and everything is in its place, whatever ended it; rejects with the fault
   * that ended it.
   */
  get finished(): Promise<RecorderResult> {
    this.#isWatched = true;
    return this.#finished;
  }

  /**
   * Starts the device. Does nothing when it was started before.
   *
   * @throws AudioError what the host says when it cannot start; `stream-closed` when the recording is over; the signal's
   * reason when it has aborted.
   */
  async start(): Promise<void> {
    this.#choice.signal?.throwIfAborted();
    if (this.#end.reason !== undefined || this.#settled !== undefined) {
      throw new AudioError("stream-closed", "This recorder has ended: open a new one.");
    }
    this.#starting ??= this.#begin();
    await this.#starting;
  }

  /**
   * Leaves out what is heard from now on, until `resume()`. It is no gap; the place and the time left out are in the result's
   * `pauses`, and a cue point of the file.
   *
   * @throws AudioError `stream-closed` unless it is recording or waiting; nothing happens when it is paused already.
   */
  pause(): void {
    if (this.#state !== "paused") {
      this.#checkGoing("pause()");
      this.#writer.tell({ type: "pause", time: performance.now() });
      this.#setState("paused");
    }
  }

  /**
   * Goes on recording, from what is heard now. Does nothing when it is not paused.
   *
   * @throws AudioError `stream-closed` when the recording is over or not begun.
   */
  resume(): void {
    this.#checkGoing("resume()");
    if (this.#state === "paused") {
      this.#writer.tell({ type: "resume", time: performance.now() });
      this.#setState(this.#isWaiting ? "waiting" : "recording");
    }
  }

  /**
   * Marks what is heard now: a cue point of the file. Resolves with its place in the recording as soon as the frame has
   * come out of the device. A mark before the start is at the first frame.
   *
   * @throws AudioError `stream-closed` unless it is recording; TypeError, RangeError for a label that is no text.
   */
  async mark(label?: string): Promise<Mark> {
    const time = performance.now();
    if (label !== undefined) {
      checkText(label, "label");
    }
    this.#checkGoing("mark()");
    return this.#marks.add((id) => this.#writer.tell({ type: "mark", time, label, id }));
  }

  /**
   * Ends the recording: what was heard until now is in it. Resolves with the result when everything is in its place; again the same at
   * each call, also when something else has ended it.
   *
   * @throws AudioError the fault that ended the recording; its `recording` has what is in memory.
   */
  stop(): Promise<RecorderResult> {
    this.#isWatched = true;
    this.#endAs("stop");
    return this.#finished;
  }

  /**
   * The levels, from now on, until the recording is over. It starts a recorder that was never started. A loop that is late gets the
   * newest one. Leaving the loop does not end the recording.
   *
   * @throws the fault that ended the recording.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<RecorderLevel, void, undefined> {
    if (this.#state === "ready" && this.#end.reason === undefined) {
      await this.start();
    }
    yield* this.#feed.values();
    await this.finished;
  }

  /**
   * A Node stream of the frames' bytes while they are recorded, raw or as a WAV file, for anything that takes a stream: a socket,
   * stdout, the body of an upload. It has what is recorded from now on, pre-roll included, and ends with the recording. The
   * first read starts a recorder that was never started. What is not read yet waits in memory; destroying the stream does not end
   * the recording.
   *
   * @throws TypeError, RangeError for wrong options. The stream fails with the fault that ends the recording.
   */
  toReadable(options: PackOptions = {}): Readable {
    return this.#live.readable(options);
  }

  /** The same as a Web stream. */
  toWebReadable(options: PackOptions = {}): ReadableStream<Uint8Array> {
    return this.#live.webReadable(options);
  }

  /** Stops it. A fault that nobody was told of is thrown. */
  async [Symbol.asyncDispose](): Promise<void> {
    const wasWatched = this.#isWatched;
    try {
      await this.stop();
    } catch (error) {
      if (!wasWatched) {
        throw error;
      }
    }
  }

  async #begin(): Promise<void> {
    try {
      await this.#stream.start();
    } catch (error) {
      this.#starting = undefined;
      throw error;
    }
    if (this.#file !== undefined) {
      this.emit("file", this.#file);
    }
    if (this.#state === "ready") {
      this.#setState(this.#isWaiting ? "waiting" : "recording");
    }
  }

  #checkGoing(what: string): void {
    if (this.#state !== "recording" && this.#state !== "waiting" && this.#state !== "paused") {
      throw new AudioError("stream-closed", `${what}: the recorder is ${this.#state}.`);
    }
  }

  #setState(state: RecorderState): void {
    if (this.#state !== state) {
      this.#state = state;
      this.emit("state", state);
    }
  }

  /** Ends it, unless something else does already. */
  #endAs(reason: EndReason): void {
    if (this.#end.reason !== undefined || this.#settled !== undefined) {
      return;
    }
    this.#end.begin(reason);
    if (this.#state !== "failed" && this.#state !== "done") {
      this.#setState("stopping");
    }
  }

  #hear(news: WriterNews): void {
    switch (news.type) {
      case "level":
        this.#writer.sawLevel();
        this.#hearLevel(news.level);
        break;
      case "gap":
        this.emit("gap", news.gap);
        break;
      case "marked":
        this.#marks.settle(news.id, news.mark);
        if (news.mark !== undefined) {
          this.emit("mark", news.mark);
        }
        break;
      case "file":
        this.#file = news.path;
        this.emit("file", news.path);
        break;
      case "triggered":
        if (this.#choice.hasStartCondition) {
          this.emit("triggered", news.position, news.at);
        }
        break;
      case "phase":
        this.#hearPhase(news.phase);
        break;
      case "judge":
        this.#writer.tell({ type: "judged", isEnd: this.#judge(news.block) });
        break;
      case "segment":
        this.#takes.add(news.take, news.bytes, news.frames);
        break;
      case "tapped":
        this.#live.opened();
        break;
      case "heard":
        this.#live.push(news.bytes);
        break;
      case "taken":
        this.#take(news.summary, news.drift);
        break;
      case "done":
        this.#end.noteWriterFault(news.error);
        this.#settle();
        break;
    }
  }

  #hearPhase(phase: LevelReport["phase"]): void {
    if (phase === "over") {
      this.#setState("stopping");
    } else if (phase === "recording") {
      this.#isWaiting = false;
      if (this.#state === "waiting") {
        this.#setState("recording");
      }
    }
  }

  #hearLevel({ peak, rms, clipped, length, frames, gaps, lostFrames }: LevelReport): void {
    const seconds = frames / this.sampleRate;
    const state = this.#state;
    const heard = { peak, rms, clipped, length, seconds, frames, gaps, lostFrames, state };
    this.#feed.push(heard);
    this.emit("level", heard);
  }

  #judge({ bytes, ...place }: JudgedBlock): boolean {
    if (this.#end.isFaulty) {
      return true;
    }
    const { sampleRate, numberOfChannels, format } = this;
    try {
      const block = new Block({ sampleRate, numberOfChannels, format }, bytes, place);
      const isEnd: unknown = this.#choice.until?.(block);
      if (typeof isEnd !== "boolean") {
        // A promise, above all, which would be true for the first block.
        throw new TypeError(`Expected \`until\` to return a boolean, got ${describe(isEnd)}`);
      }
      return isEnd;
    } catch (error) {
      this.#end.noteFault(error);
      return true;
    }
  }

  #take(summary: TakeSummary, drift: ClockDrift | undefined): void {
    this.#end.noteWriterFault(summary.error);
    const result = this.#takes.complete(summary, drift);
    this.#end.noteResult(result);
    this.#choice.extras.onTake?.(result, () =>
      this.#writer.tell({ type: "claimed", takes: 1, bytes: 0 }),
    );
  }

  #settle(): void {
    this.#settled ??= this.#settleOnce();
  }

  /** The writer has done its part: everybody is told. */
  async #settleOnce(): Promise<void> {
    const fault = await this.#end.conclude();
    this.#choice.signal?.removeEventListener("abort", this.#onAbort);
    this.#marks.end();
    const result = this.#end.result ?? this.#takes.lost();
    if (fault === undefined) {
      this.#settlement?.resolve(result);
    } else {
      this.#settlement?.reject(withRecording(fault, result.recording));
    }
    this.#feed.end();
    this.#live.end(fault);
    // Listeners last: whatever they do, everybody else was told.
    this.#setState(fault === undefined ? "done" : "failed");
  }
}

/** The same for options that were checked. */
export async function openRecorder(choice: RecorderChoice): Promise<Recorder> {
  return new Recorder(await openParts(choice));
}
