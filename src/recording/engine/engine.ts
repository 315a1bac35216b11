// Runs in the writer thread.
import type { Frames, Milliseconds } from "../../format.js";
import type { GapCause } from "../../hosts/host.js";
import type { EndReason } from "../recorder-result.js";
import type { EnginePhase, EngineSetup } from "./engine-setup.js";
import type { Loss } from "./gap-list.js";
import { Intake } from "./intake.js";
import { Line } from "./line.js";
import { framesOf, type Piece } from "./piece.js";
import { StartGate } from "./start-gate.js";
import { StopGate } from "./stop-gate.js";
import { TakeDesk } from "./take-desk.js";
import { Verdicts } from "./verdicts.js";
import { Wishes } from "./wishes.js";

/** A loss is filled in steps of so many frames. */
const SILENCE_STEP: Frames = 4096;

/** How something ends. */
interface Ending {
  readonly reason: EndReason;
  readonly error: Error | undefined;
}

/**
 * What happens to frames between the ring and the sinks, one after the other and without ever waiting: from the start
 * condition to the stop condition, with pauses and marks.
 */
export class Engine {
  readonly #setup: EngineSetup;
  readonly #line: Line;
  readonly #wishes: Wishes;
  readonly #start: StartGate;
  readonly #stop: StopGate;
  readonly #takes: TakeDesk;
  readonly #intake: Intake;
  readonly #verdicts: Verdicts;
  #phase: EnginePhase = "waiting";
  /** When the pause began. */
  #pausedAt: Milliseconds | undefined;
  /** How it ends when everything was judged. */
  #ending: Ending | undefined;
  #error: Error | undefined;

  constructor(setup: EngineSetup) {
    const { format, clock, events, start, stop, waitingRoom } = setup;
    this.#setup = setup;
    this.#line = new Line(clock, format.sampleRate);
    this.#wishes = new Wishes(this.#line, setup.paced);
    this.#start = new StartGate(start, waitingRoom, this.#line);
    this.#stop = new StopGate(stop, this.#line);
    this.#takes = new TakeDesk(
      (about) => setup.makeTake(about, () => this.finish("failed")),
      (summary) => {
        events.taken(summary);
        events.drained();
      },
    );
    this.#intake = new Intake(setup, this.#line, this.#takes, () => this.#phase);
    this.#verdicts = new Verdicts(setup, this.#line);
  }

  /** Makes the first take, with its file. Rejects when that cannot be. */
  async prepare(about: Date): Promise<void> {
    if (!this.#setup.repeat) {
      await this.#takes.prepare(about);
    }
  }

  get phase(): EnginePhase {
    return this.#phase;
  }

  /** Frames of the current take. */
  get frames(): Frames {
    return this.#takes.frames;
  }

  get lostFrames(): Frames {
    return this.#takes.lostFrames;
  }

  get gaps(): number {
    return this.#takes.gaps;
  }

  /** Bytes that wait: for the disk, or to be judged. */
  get backlog(): number {
    return this.#verdicts.bytes + this.#takes.backlog;
  }

  /** Takes that are over and not complete yet. */
  get unfinished(): number {
    return this.#takes.unfinished;
  }

  /** True while a block is judged. */
  get isJudged(): boolean {
    return this.#verdicts.isPending;
  }

  /** Takes the next frames of the stream; the memory may be used again. */
  feed(bytes: Uint8Array, frames: Frames): void {
    if (this.isJudged) {
      this.#verdicts.push({ bytes: Uint8Array.from(bytes), frames, isReady: false });
    } else {
      this.#advance(this.#setup.pieces.make(bytes, frames));
    }
  }

  /** Takes a loss before the next frames. */
  lose(frames: Frames, cause: GapCause): void {
    const loss = { frames, cause, filled: this.#setup.fillGaps };
    if (this.isJudged) {
      this.#verdicts.push(loss);
    } else {
      this.#lose(loss);
    }
  }

  /** Leaves out what is heard from a time of the parent's clock on. */
  pause(time: Milliseconds): void {
    this.#wish(time, () => {
      if (this.#phase === "recording" || this.#phase === "waiting") {
        this.#pausedAt = time;
        this.#start.forget();
        this.#stop.interrupt();
        this.#setPhase("paused");
      }
    });
  }

  /** Records what is heard from a time on. */
  resume(time: Milliseconds): void {
    this.#wish(time, () => this.#resume(time));
  }

  /** Marks the frame that is heard at a time. */
  mark(time: Milliseconds, label: string | undefined, id: number): void {
    this.#wish(time, () => {
      const { clock, events } = this.#setup;
      events.marked(this.#takes.next?.mark(label, clock.dateOf(time)), id);
    });
  }

  /** The answer about the block that was to be judged. */
  judge(isEnd: boolean): void {
    const block = this.#verdicts.answer();
    if (block === undefined) {
      return;
    }
    this.#intake.storeMeasured(block.bytes, block.measure);
    if (isEnd) {
      this.#endTake("until");
    } else {
      this.#checkEnd();
    }
    const { pieces, events } = this.#setup;
    for (let next = this.#verdicts.shift(); next !== undefined; next = this.#verdicts.shift()) {
      if ("bytes" in next) {
        const { bytes, frames, isReady } = next;
        this.#advance(isReady ? pieces.again(bytes, frames) : pieces.make(bytes, frames));
      } else {
        this.#lose(next);
      }
    }
    if (!this.isJudged && this.#ending !== undefined) {
      this.finish(this.#ending.reason, this.#ending.error);
    }
    events.drained();
  }

  /** Nobody is there to judge any more: everything is recorded. */
  stopJudging(): void {
    this.#verdicts.isWanted = false;
    while (this.isJudged) {
      this.judge(false);
    }
  }

  /** Nothing more comes, or nothing more is wanted. What is to be judged is judged before. */
  finish(reason: EndReason, error?: Error): void {
    if (this.#phase === "over") {
      return;
    }
    if (this.isJudged && error === undefined) {
      this.#ending ??= { reason, error };
      return;
    }
    this.#error ??= error;
    this.#wishes.obeyAll();
    const now = this.#line.timeOf(this.#line.at);
    this.#resume(Number.isFinite(now) ? now : (this.#pausedAt ?? 0));
    this.#endTake(reason, true);
  }

  /** Resolves when all takes are complete. */
  closed(): Promise<void> {
    return this.#takes.closed();
  }

  #wish(time: Milliseconds, obey: () => void): void {
    this.#wishes.add(time, obey);
    if (!this.isJudged) {
      this.#wishes.obeyDue();
    }
  }

  #setPhase(phase: EnginePhase): void {
    if (this.#phase !== phase) {
      this.#phase = phase;
      this.#setup.events.phase(phase);
    }
  }

  #resume(time: Milliseconds): void {
    const began = this.#pausedAt;
    if (began === undefined) {
      return;
    }
    this.#pausedAt = undefined;
    const take = this.#takes.current;
    const seconds = Math.max(0, time - began) / 1000;
    take?.pause({ seconds, at: this.#setup.clock.dateOf(began) });
    this.#setPhase(take === undefined ? "waiting" : "recording");
  }

  #lose(loss: Loss): void {
    const { pieces, events } = this.#setup;
    this.#start.interrupt();
    this.#stop.interrupt();
    if (this.#phase === "waiting") {
      this.#start.keepLoss(loss);
    }
    if (!loss.filled) {
      this.#line.leftOut += loss.frames;
      if (this.#phase === "recording") {
        this.#intake.noteLoss(loss);
      }
      return;
    }
    const known = this.gaps;
    for (let left = loss.frames; left > 0 && this.#phase !== "over"; ) {
      const frames = Math.min(left, SILENCE_STEP);
      this.#advance(pieces.silence(frames), loss);
      left -= frames;
    }
    const gap = this.#takes.current?.gaps.at(-1);
    if (gap !== undefined && this.gaps > known) {
      events.gap(gap);
    }
  }

  /** Moves through a piece, from one point at which something changes to the next. */
  #advance(piece: Piece, loss?: Loss): void {
    let from = 0;
    while (from < piece.frames && this.#phase !== "over") {
      if (this.isJudged) {
        this.#verdicts.pushRest(piece, from);
        return;
      }
      this.#wishes.obeyDue();
      const end = Math.min(
        piece.frames,
        // A block is judged as a whole.
        from + (this.#verdicts.isWanted ? Number.POSITIVE_INFINITY : this.#intake.framesToLevel),
        from + this.#wishes.framesToNext,
      );
      switch (this.#phase) {
        case "waiting":
          from += this.#wait(piece, from, end, loss);
          break;
        case "recording":
          from += this.#record(piece, from, end, loss);
          break;
        default:
          this.#intake.pass(piece, from, end);
          from = end;
      }
    }
  }

  /** Frames before the start: returns how many of them there are. */
  #wait(piece: Piece, from: Frames, most: Frames, loss: Loss | undefined): Frames {
    const end = Math.min(most, from + this.#start.left);
    const found = this.#start.find(piece, from, end);
    if (found !== undefined) {
      return this.#begin(piece, from, found, loss);
    }
    this.#start.keep(framesOf(piece, from, end));
    this.#intake.pass(piece, from, end);
    if (this.#start.left <= 0) {
      this.#endTake("maxWait", true);
    }
    return end - from;
  }

  /**
   * The start condition came true at a place within a piece or right behind it: what is wanted from before is recorded.
   * Returns the frames of the piece up to there.
   */
  #begin(piece: Piece, from: Frames, found: Frames, loss: Loss | undefined): Frames {
    const { at } = this.#line;
    const first = this.#start.firstFor(found);
    const kept = this.#start.handOver(first);
    this.#stop.again();
    this.#intake.takeNewLoss();
    const take = this.#intake.take();
    this.#setPhase("recording");
    this.#intake.storeKept(kept);
    const end = from + found - at;
    const begin = Math.max(from, from + first - at);
    this.#intake.pass(piece, from, begin);
    take.triggeredAt = take.frames + (end - begin);
    this.#intake.store(piece, begin, end, loss);
    this.#line.at = found;
    this.#setup.events.triggered(take.triggeredAt, this.#line.startOf(found));
    this.#checkEnd();
    return end - from;
  }

  /** Frames of the take: returns how many of them belong to it. */
  #record(piece: Piece, from: Frames, most: Frames, loss: Loss | undefined): Frames {
    const take = this.#intake.take();
    const left = Math.min(most - from, take.left, take.leftInFile);
    const frames = this.#stop.admit(piece, from, from + left);
    if (this.#verdicts.isWanted && !piece.isLost && frames > 0) {
      const before = this.#intake.takeNewLoss();
      this.#verdicts.ask(piece, from, from + frames, this.frames, before);
    } else {
      this.#intake.store(piece, from, from + frames, loss);
      this.#checkEnd();
    }
    return frames;
  }

  #checkEnd(): void {
    const take = this.#takes.current;
    if (this.#phase !== "recording" || take === undefined) {
      return;
    }
    const reason = this.#stop.reasonToEnd(take);
    if (reason !== undefined) {
      this.#endTake(reason);
    }
  }

  /**
   * The take is over: the next is waited for, or nothing more is done. One that is over because it is full goes on in the
   * next with the next frame.
   */
  #endTake(reason: EndReason, isLast = !this.#setup.repeat): void {
    if (isLast) {
      this.#intake.end();
    }
    this.#intake.endTake();
    this.#takes.end(reason, this.#error);
    if (isLast) {
      this.#verdicts.clear();
      this.#setPhase("over");
      return;
    }
    if (reason === this.#setup.stop.framesReason) {
      return;
    }
    this.#start.again();
    this.#stop.again();
    this.#setPhase("waiting");
  }
}
