// Runs in the writer thread.
import { bytesPerFrame, type Frames, type Milliseconds } from "../../format.js";
import type { GapCause } from "../../hosts/host.js";
import type { EndReason } from "../recorder-result.js";
import type { EnginePhase, EngineSetup } from "./engine-setup.js";
import type { Loss } from "./gap-list.js";
import { LevelWindow } from "./levels.js";
import { Line } from "./line.js";
import { Measure } from "./measure.js";
import type { Piece } from "./piece.js";
import type { Take } from "./take.js";
import { TakeDesk } from "./take-desk.js";
import { Verdicts } from "./verdicts.js";
import type { Kept } from "./waiting-room.js";
import { Wishes } from "./wishes.js";

/** A loss is filled in steps of so many frames. */
const SILENCE_STEP: Frames = 4096;
/** So long the start time gets better, as more is known of the device's clock. */
const REFINE_SECONDS = 5;

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
  readonly #levels: LevelWindow;
  readonly #takes: TakeDesk;
  readonly #verdicts = new Verdicts();
  /** What a step of frames is measured with. */
  readonly #step: Measure;
  #phase: EnginePhase = "waiting";
  /** When the pause began. */
  #pausedAt: Milliseconds | undefined;
  /** The place up to which a start is waited for. */
  #waitEnd: Frames;
  /** The time at which a recording may begin has come. */
  #isArmed: boolean;
  /** A stop condition came true: where the take ends. */
  #end: { readonly position: Frames; readonly reason: EndReason } | undefined;
  #isJudging: boolean;
  /** Frames lost before the next block that is judged. */
  #blockLoss: Loss | undefined;
  /** How it ends when everything was judged. */
  #ending: Ending | undefined;
  /** Frames of the take when its start time was told last. */
  #refined: Frames = 0;
  #error: Error | undefined;

  constructor(setup: EngineSetup) {
    const { format, clock, events, start } = setup;
    this.#setup = setup;
    this.#line = new Line(clock, format.sampleRate);
    this.#wishes = new Wishes(this.#line, setup.paced);
    this.#levels = new LevelWindow(setup.levelFrames, format.channels);
    this.#takes = new TakeDesk(
      (about) => setup.makeTake(about, () => this.finish("failed")),
      (summary) => {
        events.taken(summary);
        events.drained();
      },
    );
    this.#step = new Measure(format.channels);
    this.#waitEnd = start.maxWait;
    this.#isArmed = start.at === undefined;
    this.#isJudging = setup.stop.until;
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
    return this.#takes.current?.frames ?? 0;
  }

  get lostFrames(): Frames {
    return this.#takes.current?.lostFrames ?? 0;
  }

  get gaps(): number {
    return this.#takes.current?.gaps.length ?? 0;
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
      const { start, stop, waitingRoom } = this.#setup;
      if (this.#phase === "recording" || this.#phase === "waiting") {
        this.#pausedAt = time;
        waitingRoom.clear();
        start.conditions.reset();
        stop.conditions.reset();
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
    this.#admit(block.bytes, block.measure);
    this.#level(block.measure);
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
    this.#isJudging = false;
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

  /** The take that is recorded. */
  #take(): Take {
    return this.#takes.begin(() => this.#line.startOf(this.#line.at).date);
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
    const { start, stop, waitingRoom, pieces, events } = this.#setup;
    start.conditions.reset();
    stop.conditions.reset();
    if (this.#phase === "waiting") {
      waitingRoom.lose(this.#line.at, loss);
    }
    if (!loss.filled) {
      this.#line.leftOut += loss.frames;
      if (this.#phase === "recording") {
        this.#noteLoss(loss);
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

  #noteLoss(loss: Loss): void {
    const take = this.#take();
    const isNew = take.lose(loss);
    const gap = take.gaps.at(-1);
    if (isNew && gap !== undefined && !loss.filled) {
      this.#setup.events.gap(gap);
    }
    const before = this.#blockLoss;
    this.#blockLoss =
      before === undefined ? loss : { ...before, frames: before.frames + loss.frames };
  }

  /** Moves through a piece, from one point at which something changes to the next. */
  #advance(piece: Piece, loss?: Loss): void {
    let from = 0;
    while (from < piece.frames && this.#phase !== "over") {
      if (this.isJudged) {
        // It was processed already.
        const bytes = slice(piece, from, piece.frames);
        this.#verdicts.pushFirst({ bytes, frames: piece.frames - from, isReady: true });
        return;
      }
      this.#wishes.obeyDue();
      const end = Math.min(
        piece.frames,
        // A block is judged as a whole.
        from + (this.#isJudging ? Number.POSITIVE_INFINITY : this.#levels.left),
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
          this.#pass(piece, from, end);
          from = end;
      }
    }
  }

  /** Frames that are not recorded: the meter alone hears them. */
  #pass(piece: Piece, from: Frames, end: Frames): void {
    this.#measure(piece, from, end);
    this.#line.at += end - from;
    this.#level(this.#step);
  }

  /** Frames before the start: returns how many of them there are. */
  #wait(piece: Piece, from: Frames, most: Frames, loss: Loss | undefined): Frames {
    const { waitingRoom } = this.#setup;
    const end = Math.min(most, from + this.#waitEnd - this.#line.at);
    const found = this.#started(piece, from, end);
    if (found !== undefined) {
      return this.#begin(piece, from, found, loss);
    }
    waitingRoom.push(view(piece, from, end));
    this.#pass(piece, from, end);
    if (this.#line.at >= this.#waitEnd) {
      this.#endTake("maxWait", true);
    }
    return end - from;
  }

  /** Where the start condition comes true, if it does within this stretch: at its start or behind. */
  #started(piece: Piece, from: Frames, end: Frames): Frames | undefined {
    const { start } = this.#setup;
    const { at } = this.#line;
    let first = from;
    if (!this.#isArmed && start.at !== undefined) {
      const place = this.#line.placeOf(start.at);
      if (place >= at + (end - from) || Number.isNaN(this.#line.timeOf(0))) {
        return undefined;
      }
      this.#isArmed = true;
      first = Math.max(from, from + place - at);
    }
    const position = at + (first - from);
    return start.conditions.isEmpty
      ? position
      : start.conditions.feed(piece, first, end, position)?.position;
  }

  /**
   * The start condition came true at a place within a piece or right behind it: what is wanted from before is recorded.
   * Returns the frames of the piece up to there.
   */
  #begin(piece: Piece, from: Frames, found: Frames, loss: Loss | undefined): Frames {
    const { start, waitingRoom, events } = this.#setup;
    const { at } = this.#line;
    const first = Math.max(0, found - start.preRoll);
    this.#end = undefined;
    this.#blockLoss = undefined;
    const take = this.#take();
    this.#setPhase("recording");
    this.#admitKept(take, waitingRoom.take(Math.min(first, at), at), at);
    const end = from + found - at;
    const begin = Math.max(from, from + first - at);
    this.#pass(piece, from, begin);
    take.triggeredAt = take.frames + (end - begin);
    this.#store(take, piece, begin, end, loss);
    this.#line.at = found;
    events.triggered(take.triggeredAt, this.#line.startOf(found));
    this.#checkEnd();
    return end - from;
  }

  /** Frames of the take: returns how many of them belong to it. */
  #record(piece: Piece, from: Frames, most: Frames, loss: Loss | undefined): Frames {
    const { stop } = this.#setup;
    const { at } = this.#line;
    const take = this.#take();
    const left = Math.min(most - from, take.left, take.leftInFile);
    const found = stop.conditions.feed(piece, from, from + left, at);
    if (found !== undefined) {
      this.#end ??= { position: found.position + stop.postRoll, reason: found.meaning };
    }
    const frames = Math.min(left, (this.#end?.position ?? Number.POSITIVE_INFINITY) - at);
    if (this.#isJudging && !piece.isLost && frames > 0) {
      this.#askAbout(piece, from, from + frames);
    } else {
      this.#store(take, piece, from, from + frames, loss);
      this.#checkEnd();
    }
    return frames;
  }

  /** Puts frames into the take, as far as they are wanted. */
  #store(take: Take, piece: Piece, from: Frames, end: Frames, loss: Loss | undefined): void {
    for (let at = from; at < end && take.left > 0; ) {
      const next = Math.min(end, at + take.left, at + take.leftInFile);
      this.#measure(piece, at, next);
      if (loss !== undefined) {
        this.#noteLoss({ ...loss, frames: next - at });
      }
      this.#admit(view(piece, at, next), this.#step);
      this.#level(this.#step);
      at = next;
    }
  }

  /** Puts what was kept from before the start into the take. The meter has heard it. */
  #admitKept(take: Take, kept: readonly Kept[], end: Frames): void {
    const { format, pieces } = this.#setup;
    const frameBytes = bytesPerFrame(format.format, format.channels);
    const all = kept.reduce((sum, one) => sum + ("bytes" in one ? one.bytes.byteLength : 0), 0);
    this.#line.at = end - all / frameBytes;
    for (const one of kept) {
      if (take.left <= 0) {
        break;
      }
      if ("loss" in one) {
        const { loss } = one;
        const frames = loss.filled ? Math.min(loss.frames, take.left) : loss.frames;
        this.#noteLoss({ ...loss, frames });
        continue;
      }
      const frames = one.bytes.byteLength / frameBytes;
      const piece = pieces.again(one.bytes, frames);
      for (let at = 0; at < frames && take.left > 0; ) {
        const next = Math.min(frames, at + take.left, at + take.leftInFile);
        this.#measure(piece, at, next);
        this.#admit(view(piece, at, next), this.#step);
        at = next;
      }
    }
    this.#line.at = end;
  }

  #admit(bytes: Uint8Array, measure: Measure): void {
    const take = this.#take();
    const { at } = this.#line;
    if (take.frames === 0) {
      take.position = this.#line.inStream(at);
    }
    take.write(bytes, measure, () => this.#line.startOf(at));
    this.#line.at += measure.frames;
  }

  #measure(piece: Piece, from: Frames, end: Frames): void {
    this.#step.clear();
    if (piece.isLost) {
      this.#step.takeSilence(end - from);
    } else {
      this.#step.take(piece.planar, from, end, this.#setup.format.format);
    }
  }

  #level(measure: Measure): void {
    this.#levels.add(measure);
    if (this.#levels.left <= 0) {
      this.#report();
      this.#refine();
    }
  }

  #report(): void {
    const { frames, lostFrames, gaps, phase } = this;
    this.#setup.events.level(this.#levels.report({ frames, lostFrames, gaps, phase }));
  }

  /** The time of the first frame is known better some seconds later. */
  #refine(): void {
    const { sampleRate } = this.#setup.format;
    const { frames } = this;
    const take = this.#takes.current;
    const isEarly = frames <= REFINE_SECONDS * sampleRate && frames - this.#refined >= sampleRate;
    if (take !== undefined && isEarly && this.#phase === "recording") {
      this.#refined = frames;
      take.setStart(this.#line.startOf(take.position - this.#line.leftOut));
    }
  }

  #askAbout(piece: Piece, from: Frames, end: Frames): void {
    const { clock, events, format } = this.#setup;
    const bytes = slice(piece, from, end);
    const measure = new Measure(format.channels);
    measure.take(piece.planar, from, end, format.format);
    this.#verdicts.ask({ bytes, measure });
    const loss = this.#blockLoss;
    this.#blockLoss = undefined;
    events.judge({
      bytes: Uint8Array.from(bytes),
      position: this.frames,
      time: this.#line.timeOf(this.#line.at),
      timeUncertainty: clock.uncertainty(),
      droppedBefore: loss?.frames ?? 0,
      dropCause: loss?.cause,
    });
  }

  #checkEnd(): void {
    const take = this.#takes.current;
    if (this.#phase !== "recording" || take === undefined) {
      return;
    }
    if (this.#end !== undefined && this.#line.at >= this.#end.position) {
      this.#endTake(this.#end.reason);
    } else if (take.left <= 0) {
      this.#endTake(this.#setup.stop.framesReason);
    }
  }

  /**
   * The take is over: the next is waited for, or nothing more is done. One that is over because it is full goes on in the
   * next with the next frame.
   */
  #endTake(reason: EndReason, isLast = !this.#setup.repeat): void {
    const { start, stop } = this.#setup;
    if (isLast && !this.#levels.isEmpty) {
      this.#report();
    }
    this.#refined = 0;
    this.#takes.end(reason, this.#error);
    if (isLast) {
      this.#verdicts.clear();
      this.#setPhase("over");
      return;
    }
    if (reason === stop.framesReason) {
      return;
    }
    this.#end = undefined;
    start.conditions.reset();
    stop.conditions.reset();
    this.#waitEnd = this.#line.at + start.maxWait;
    this.#setPhase("waiting");
  }
}

/** Frames of a piece, over its memory. */
function view(piece: Piece, from: Frames, end: Frames): Uint8Array {
  const frameBytes = piece.bytes.byteLength / piece.frames;
  return piece.bytes.subarray(from * frameBytes, end * frameBytes);
}

/** Frames of a piece, in memory of their own. */
function slice(piece: Piece, from: Frames, end: Frames): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(view(piece, from, end));
}
