// Runs as the writer thread: it reads the ring of a stream, and writes what was recorded.
import { type MessagePort, parentPort } from "node:worker_threads";
import { asError, toErrorMessage } from "../errors.js";
import type { Milliseconds } from "../format.js";
import { collectGarbage } from "../stream/collect-garbage.js";
import { type BuiltRecording, buildRecording, type RecordingEvents } from "./engine/build.js";
import type { Engine } from "./engine/engine.js";
import type { LevelReport } from "./engine/engine-setup.js";
import { joinLevels } from "./engine/levels.js";
import { openTakeFile } from "./engine/open-take-file.js";
import {
  CLOSED,
  EXIT,
  LEVELS_SEEN,
  WRITER_WORDS,
  type WriterCommand,
  type WriterReply,
  type WriterThreadData,
} from "./writer-protocol.js";
import { WriterWords } from "./writer-words.js";

/** Levels that the parent has not received yet; more are put together. */
const LEVELS_AHEAD = 64;

/** Serves one recorder, until it closes: then the thread waits for the next. */
class Scribe {
  readonly #port: MessagePort;
  readonly #words: Int32Array;
  readonly #numbers: WriterWords;
  readonly #clock: Milliseconds;
  #recording: BuiltRecording | undefined;
  #firstFile: string | undefined;
  #levels = 0;
  #unsaid: LevelReport | undefined;
  #queue: Promise<void> = Promise.resolve();

  constructor({ port, control, parentClock }: WriterThreadData) {
    this.#port = port;
    this.#words = new Int32Array(control, 0, WRITER_WORDS);
    this.#numbers = new WriterWords(control);
    this.#clock = parentClock - (performance.now() - Number(process.hrtime.bigint()) / 1e6);
    port.on("message", (command: WriterCommand) => {
      // What is asked while the files are created is done after that.
      this.#queue = this.#queue.then(() => this.#obey(command));
    });
    void this.#watchExit();
  }

  async #obey(command: WriterCommand): Promise<void> {
    const recording = this.#recording;
    switch (command.type) {
      case "open":
        await this.#open(command);
        break;
      case "pause":
        recording?.engine.pause(command.time);
        break;
      case "resume":
        recording?.engine.resume(command.time);
        break;
      case "mark":
        if (recording === undefined || recording.engine.phase === "over") {
          this.#post({ type: "marked", mark: undefined, id: command.id });
        } else {
          recording.engine.mark(command.time, command.label, command.id);
        }
        break;
      case "judged":
        recording?.engine.judge(command.isEnd);
        break;
      case "tap":
        recording?.tap();
        this.#post({ type: "tapped" });
        break;
      case "claimed":
        recording?.claimed(command.takes, command.bytes);
        break;
      case "finish":
        recording?.pump.finish(command.reason);
        break;
      case "close":
        this.#close();
        break;
    }
  }

  async #open({ plan, stream }: Extract<WriterCommand, { type: "open" }>): Promise<void> {
    try {
      const events = this.#events();
      this.#recording = await buildRecording(plan, stream, this.#clock, openTakeFile, events);
    } catch (error) {
      this.#post({ type: "failed", error: toErrorMessage(error) });
      return;
    }
    this.#post({ type: "opened", file: this.#firstFile });
    void this.#run(this.#recording);
  }

  async #run(recording: BuiltRecording): Promise<void> {
    const { engine } = recording;
    try {
      await recording.run();
      this.#sayLevel();
      this.#post({ type: "done" });
    } catch (error) {
      // What was recorded until then is kept, whatever went wrong here.
      engine.finish("failed", asError(error));
      await engine.closed();
      this.#post({ type: "done", error: toErrorMessage(error) });
    }
    this.#tellClosed();
  }

  #events(): RecordingEvents {
    return {
      level: (level) => this.#level(level),
      gap: (gap) => this.#post({ type: "gap", gap }),
      marked: (mark, id) => this.#post({ type: "marked", mark, id }),
      triggered: (position, { date }) => this.#post({ type: "triggered", position, at: date }),
      phase: (phase) => this.#post({ type: "phase", phase }),
      judge: (block) => this.#post({ type: "judge", block }, [block.bytes.buffer]),
      opened: (path) => {
        if (this.#recording === undefined) {
          this.#firstFile = path;
        } else {
          this.#post({ type: "file", path });
        }
      },
      segment: (take, bytes, frames) =>
        this.#post({ type: "segment", take, bytes, frames }, [bytes.buffer]),
      heard: (bytes) => this.#post({ type: "heard", bytes }, [bytes.buffer]),
      taken: (take, summary, drift) => this.#post({ type: "taken", take, summary, drift }),
      moved: (engine) => this.#count(engine),
    };
  }

  #count(engine: Engine): void {
    this.#numbers.set("frames", engine.frames);
    this.#numbers.set("lostFrames", engine.lostFrames);
    this.#numbers.set("gaps", engine.gaps);
    this.#numbers.set("backlog", engine.backlog);
  }

  /** A parent that is late gets fewer levels, each about a longer time, so that they do not pile up. */
  #level(level: LevelReport): void {
    const joined = this.#unsaid === undefined ? level : joinLevels(this.#unsaid, level);
    const ahead = (this.#levels - Atomics.load(this.#words, LEVELS_SEEN)) | 0;
    this.#unsaid = joined;
    if (ahead < LEVELS_AHEAD) {
      this.#sayLevel();
    }
  }

  #sayLevel(): void {
    if (this.#unsaid !== undefined) {
      this.#levels = (this.#levels + 1) | 0;
      this.#post({ type: "level", level: this.#unsaid });
      this.#unsaid = undefined;
    }
  }

  /** At the end of the process nobody sends a message any more. */
  async #watchExit(): Promise<void> {
    while (Atomics.load(this.#words, EXIT) === 0) {
      const wait = Atomics.waitAsync(this.#words, EXIT, 0);
      await wait.value;
    }
    await this.#queue;
    if (Atomics.load(this.#words, CLOSED) === 0) {
      this.#recording?.engine.stopJudging();
      this.#recording?.pump.finish("stop");
    }
    if (this.#recording === undefined) {
      this.#tellClosed();
    }
  }

  #close(): void {
    this.#recording = undefined;
    this.#tellClosed();
    // Nobody has to wait for the end of the process any more.
    Atomics.store(this.#words, EXIT, 1);
    Atomics.notify(this.#words, EXIT);
    this.#post({ type: "closed" });
    this.#port.close();
    collectGarbage();
  }

  #tellClosed(): void {
    Atomics.store(this.#words, CLOSED, 1);
    Atomics.notify(this.#words, CLOSED);
  }

  #post(reply: WriterReply, transfer: ArrayBuffer[] = []): void {
    this.#port.postMessage(reply, transfer);
  }
}

// What comes from the one parent, writer-thread.ts, is typed there.
parentPort?.on("message", (data: WriterThreadData) => {
  new Scribe(data);
});
