// Runs in the writer thread.
import { bytesPerFrame, type Frames, type Hertz, type Milliseconds } from "../../format.js";
import type { GapCause } from "../../hosts/host.js";
import type { EndReason, Mark } from "../recorder-result.js";
import type { Gap } from "../recording.js";
import type { Conditions } from "./conditions.js";
import type { Loss } from "./gap-list.js";
import { Measure } from "./measure.js";
import type { Piece, PieceMaker } from "./piece.js";
import type { Take, TakeSummary } from "./take.js";
import type { FrameFormat, StartTime } from "./take-file.js";
import type { WaitingRoom } from "./waiting-room.js";

/** What a recording does at a moment. */
export type EnginePhase = "waiting" | "recording" | "paused" | "over";

/** How loud a stretch was, and how far the recording is behind it. */
export interface LevelReport {
  readonly peak: readonly number[];
  readonly rms: readonly number[];
  readonly clipped: readonly number[];
  /** Frames that this is about. */
  readonly length: Frames;
  /** Frames of the take, and those of them that were lost. */
  readonly frames: Frames;
  readonly lostFrames: Frames;
  readonly gaps: number;
  readonly phase: EnginePhase;
}

/** A block that is shown to the predicate, in memory of its own. */
export interface JudgedBlock {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Its place in the take. */
  readonly position: Frames;
  readonly time: Milliseconds;
  readonly timeUncertainty: Milliseconds;
  readonly droppedBefore: Frames;
  readonly dropCause: GapCause | undefined;
}

/** What an engine tells while it works. */
export interface EngineEvents {
  level(level: LevelReport): void;
  gap(gap: Gap): void;
  /** `mark` is undefined when there is no take that it could be in. */
  marked(mark: Mark | undefined, id: number): void;
  /** The start condition came true at a frame of the take. */
  triggered(position: Frames, start: StartTime): void;
  phase(phase: EnginePhase): void;
  /** A block is to be judged: {@link Engine.judge} is waited for. */
  judge(block: JudgedBlock): void;
  /** A take is complete. */
  taken(summary: TakeSummary): void;
  /** There may be room for more. */
  drained(): void;
}

/** Where frames are in time, on the parent's clock. */
export interface EngineClock {
  /** When the frame at a position of the stream was heard; NaN when that is not known yet. */
  timeOf(position: Frames): Milliseconds;
  uncertainty(): Milliseconds;
  dateOf(time: Milliseconds): Date;
}

/** When a recording begins. */
export interface StartRule {
  /** Not before this time of the parent's clock. */
  readonly at: Milliseconds | undefined;
  /** None: at once. */
  readonly conditions: Conditions<undefined>;
  /** Frames from before the condition came true. */
  readonly preRoll: Frames;
  /** How long it is waited for. */
  readonly maxWait: Frames;
}

/** When it ends. */
export interface StopRule {
  /** After so many frames, and which option said so. */
  readonly frames: Frames;
  readonly framesReason: EndReason;
  readonly conditions: Conditions<EndReason>;
  /** Frames from behind the place where a condition came true. */
  readonly postRoll: Frames;
  /** Whether each block is judged. */
  readonly until: boolean;
}

/** What an engine is made of. */
export interface EngineSetup {
  readonly format: FrameFormat;
  readonly pieces: PieceMaker;
  readonly paced: boolean;
  /** Whether silence stands in for lost frames. */
  readonly fillGaps: boolean;
  readonly levelFrames: Frames;
  readonly start: StartRule;
  readonly stop: StopRule;
  readonly waitingRoom: WaitingRoom;
  /** Whether it waits for the next take when one has ended. */
  readonly repeat: boolean;
  /** Makes the next take; `first` is the one that is made before anything is heard. */
  readonly makeTake: (about: Date, failed: () => void) => Take;
  readonly clock: EngineClock;
  readonly events: EngineEvents;
}

/** Something that was asked for at a time, to be done at the frame that was heard then. */
interface Wish {
  readonly time: Milliseconds;
  readonly obey: () => void;
}

/** A loss is filled in steps of so many frames. */
const SILENCE_STEP: Frames = 4096;
/** So long the start time gets better, as more is known of the device's clock. */
const REFINE_SECONDS = 5;

/** Frames that wait until a block is judged; `isReady` when they are as they will be stored. */
interface Held {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly frames: Frames;
  readonly isReady: boolean;
}

/**
 * What happens to frames between the ring and the sinks, one after the other and without ever waiting: from the start
 * condition to the stop condition, with pauses and marks. Places are counted on a line: frames heard, and lost ones where
 * silence stands in for them.
 */
export class Engine {
  readonly #setup: EngineSetup;
  readonly #rate: Hertz;
  readonly #meter: Measure;
  readonly #step: Measure;
  readonly #wishes: Wish[] = [];
  readonly #closing = new Set<Take>();
  /** Resolves when all of them are complete, and were told in order. */
  #closed: Promise<void> = Promise.resolve();
  /** What came while a block is judged. */
  readonly #rest: (Loss | Held)[] = [];
  #phase: EnginePhase = "waiting";
  /** What goes on when the pause ends. */
  #paused: { readonly time: Milliseconds } | undefined;
  #take: Take | undefined;
  /** A take that has its file already. */
  #prepared: Take | undefined;
  /** The place of the next frame on the line. */
  #at: Frames = 0;
  /** Lost frames that are not on the line. */
  #leftOut: Frames = 0;
  #waitEnd: Frames;
  #isArmed: boolean;
  #end: { readonly position: Frames; readonly reason: EndReason } | undefined;
  #unjudged: { readonly bytes: Uint8Array; readonly frames: Frames; measure: Measure } | undefined;
  #blockLoss: Loss | undefined;
  #isJudging: boolean;
  #refined: Frames = 0;
  /** How it ends when the block was judged. */
  #finishing: { readonly reason: EndReason; readonly error: Error | undefined } | undefined;
  #error: Error | undefined;

  constructor(setup: EngineSetup) {
    this.#setup = setup;
    this.#rate = setup.format.sampleRate;
    this.#meter = new Measure(setup.format.channels);
    this.#step = new Measure(setup.format.channels);
    this.#waitEnd = setup.start.maxWait;
    this.#isArmed = setup.start.at === undefined;
    this.#isJudging = setup.stop.until;
  }

  /** Makes the first take, with its file. Rejects when that cannot be. */
  async prepare(about: Date): Promise<void> {
    if (!this.#setup.repeat) {
      this.#prepared = this.#makeTake(about);
      await this.#prepared.opened();
    }
  }

  get phase(): EnginePhase {
    return this.#phase;
  }

  /** Frames of the current take. */
  get frames(): Frames {
    return this.#take?.frames ?? 0;
  }

  get lostFrames(): Frames {
    return this.#take?.lostFrames ?? 0;
  }

  get gaps(): number {
    return this.#take?.gaps.length ?? 0;
  }

  /** Bytes that wait: for the disk, or to be judged. */
  get backlog(): number {
    const held = this.#rest.reduce(
      (sum, one) => sum + ("bytes" in one ? one.bytes.byteLength : 0),
      0,
    );
    const closing = [...this.#closing].reduce((sum, take) => sum + take.backlog, 0);
    return held + closing + (this.#take?.backlog ?? 0);
  }

  /** Takes that are over and not complete yet. */
  get unfinished(): number {
    return this.#closing.size;
  }

  /** Takes the next frames of the stream; the memory may be used again. */
  feed(bytes: Uint8Array, frames: Frames): void {
    if (this.#unjudged === undefined) {
      this.#advance(this.#setup.pieces.make(bytes, frames));
    } else {
      this.#rest.push({ bytes: Uint8Array.from(bytes), frames, isReady: false });
    }
  }

  /** Takes a loss before the next frames. */
  lose(frames: Frames, cause: GapCause): void {
    const loss = { frames, cause, filled: this.#setup.fillGaps };
    if (this.#unjudged === undefined) {
      this.#lose(loss);
    } else {
      this.#rest.push(loss);
    }
  }

  /** Does something at the frame that is heard at a time of the parent's clock, or was heard then. */
  wish(time: Milliseconds, obey: () => void): void {
    this.#wishes.push({ time, obey });
    if (this.#unjudged === undefined) {
      this.#obey();
    }
  }

  /** Leaves out what is heard from a time on. */
  pause(time: Milliseconds): void {
    this.wish(time, () => {
      if (this.#phase === "recording" || this.#phase === "waiting") {
        this.#paused = { time };
        this.#setPhase("paused");
        this.#setup.waitingRoom.clear();
        this.#setup.start.conditions.reset();
        this.#setup.stop.conditions.reset();
      }
    });
  }

  /** Records what is heard from a time on. */
  resume(time: Milliseconds): void {
    this.wish(time, () => this.#resume(time));
  }

  /** Marks the frame that is heard at a time. */
  mark(time: Milliseconds, label: string | undefined, id: number): void {
    this.wish(time, () => {
      const take = this.#take ?? this.#prepared;
      this.#setup.events.marked(take?.mark(label, this.#setup.clock.dateOf(time)), id);
    });
  }

  /** The answer about the block that was to be judged. */
  judge(isEnd: boolean): void {
    const block = this.#unjudged;
    if (block === undefined) {
      return;
    }
    this.#unjudged = undefined;
    this.#admit(block.bytes, block.measure);
    this.#level(block.measure);
    if (isEnd) {
      this.#endTake("until");
    } else {
      this.#checkEnd();
    }
    while (this.#unjudged === undefined && this.#phase !== "over") {
      const next = this.#rest.shift();
      if (next === undefined) {
        break;
      }
      if ("bytes" in next) {
        const { pieces } = this.#setup;
        const { bytes, frames, isReady } = next;
        this.#advance(isReady ? pieces.again(bytes, frames) : pieces.make(bytes, frames));
      } else {
        this.#lose(next);
      }
    }
    if (this.#unjudged === undefined && this.#finishing !== undefined) {
      this.finish(this.#finishing.reason, this.#finishing.error);
    }
    this.#setup.events.drained();
  }

  /** Nobody is there to judge any more: everything is recorded. */
  stopJudging(): void {
    this.#isJudging = false;
    while (this.#unjudged !== undefined) {
      this.judge(false);
    }
  }

  /** True while a block is judged. */
  get isJudged(): boolean {
    return this.#unjudged !== undefined;
  }

  /** Nothing more comes, or nothing more is wanted. What is to be judged is judged before. */
  finish(reason: EndReason, error?: Error): void {
    if (this.#phase === "over") {
      return;
    }
    if (this.#unjudged !== undefined && error === undefined) {
      this.#finishing ??= { reason, error };
      return;
    }
    this.#error ??= error;
    for (const { obey } of this.#wishes.splice(0)) {
      obey();
    }
    if (this.#paused !== undefined) {
      const now = this.#now(this.#at);
      this.#resume(Number.isFinite(now) ? now : this.#paused.time);
    }
    this.#endTake(reason, true);
  }

  /** Resolves when all takes are complete, with the fault that ended the last one. */
  async closed(): Promise<void> {
    await this.#closed;
  }

  #makeTake(about: Date): Take {
    return this.#setup.makeTake(about, () => this.finish("failed"));
  }

  #current(): Take {
    this.#take ??= this.#prepared ?? this.#makeTake(this.#setup.clock.dateOf(this.#now(this.#at)));
    this.#prepared = undefined;
    return this.#take;
  }

  #setPhase(phase: EnginePhase): void {
    if (this.#phase !== phase) {
      this.#phase = phase;
      this.#setup.events.phase(phase);
    }
  }

  #now(at: Frames): Milliseconds {
    return this.#setup.clock.timeOf(at + this.#leftOut);
  }

  #startTime(at: Frames): StartTime {
    const { clock } = this.#setup;
    const time = this.#now(at);
    return { time, date: clock.dateOf(time), uncertainty: clock.uncertainty() };
  }

  /** The place on the line of the frame that is heard at a time; that of the next one where nothing tells. */
  #placeOf(time: Milliseconds): Frames {
    const origin = this.#now(0);
    const place = Math.round(((time - origin) / 1000) * this.#rate);
    return Number.isFinite(place) ? place : this.#at;
  }

  #lose(loss: Loss): void {
    if (this.#phase === "over") {
      return;
    }
    this.#setup.start.conditions.reset();
    this.#setup.stop.conditions.reset();
    if (this.#phase === "waiting") {
      this.#setup.waitingRoom.lose(this.#at, loss);
    }
    if (!loss.filled) {
      this.#leftOut += loss.frames;
      if (this.#phase === "recording") {
        this.#noteLoss(loss);
      }
      return;
    }
    const known = this.gaps;
    for (let left = loss.frames; left > 0 && this.#isGoing; ) {
      const frames = Math.min(left, SILENCE_STEP);
      this.#advance(this.#setup.pieces.silence(frames), loss);
      left -= frames;
    }
    const gap = this.#take?.gaps.at(-1);
    if (gap !== undefined && this.gaps > known) {
      this.#setup.events.gap(gap);
    }
  }

  #noteLoss(loss: Loss): void {
    const take = this.#current();
    const isNew = take.lose(loss);
    const gap = take.gaps.at(-1);
    if (isNew && gap !== undefined && !loss.filled) {
      this.#setup.events.gap(gap);
    }
    this.#blockLoss = this.#blockLoss && {
      ...this.#blockLoss,
      frames: this.#blockLoss.frames + loss.frames,
    };
    this.#blockLoss ??= loss;
  }

  get #isGoing(): boolean {
    return this.#phase !== "over";
  }

  /** Moves through a piece, from one point at which something changes to the next. */
  #advance(piece: Piece, loss?: Loss): void {
    let from = 0;
    while (from < piece.frames && this.#isGoing) {
      this.#obey();
      const most = Math.min(
        piece.frames - from,
        // A block is judged as a whole.
        this.#isJudging ? Number.POSITIVE_INFINITY : this.#setup.levelFrames - this.#meter.frames,
        this.#toNextWish(),
      );
      const end = from + most;
      switch (this.#phase) {
        case "waiting":
          from += this.#wait(piece, from, end, loss);
          break;
        case "recording":
          from += this.#record(piece, from, end, loss);
          break;
        default:
          from += this.#pass(piece, from, end);
      }
      if (this.#unjudged !== undefined && from < piece.frames) {
        this.#keep(piece, from, loss);
        return;
      }
    }
  }

  /** Keeps what is left of a piece until the block before it was judged. It was processed already. */
  #keep(piece: Piece, from: Frames, loss: Loss | undefined): void {
    const frames = piece.frames - from;
    if (loss !== undefined) {
      this.#rest.unshift({ ...loss, frames });
    } else {
      this.#rest.unshift({ bytes: this.#slice(piece, from, piece.frames), frames, isReady: true });
    }
  }

  /** Does what was asked for at the next frame or before it. */
  #obey(): void {
    for (let wish = this.#wishes[0]; wish !== undefined; wish = this.#wishes[0]) {
      if (this.#setup.paced && this.#placeOf(wish.time) > this.#at) {
        return;
      }
      this.#wishes.shift();
      wish.obey();
    }
  }

  #toNextWish(): Frames {
    const wish = this.#wishes[0];
    return wish === undefined
      ? Number.POSITIVE_INFINITY
      : Math.max(1, this.#placeOf(wish.time) - this.#at);
  }

  #resume(time: Milliseconds): void {
    if (this.#paused === undefined) {
      return;
    }
    const { time: began } = this.#paused;
    this.#paused = undefined;
    if (this.#take === undefined) {
      this.#setPhase("waiting");
      return;
    }
    const seconds = Math.max(0, time - began) / 1000;
    this.#take.pause({ seconds, at: this.#setup.clock.dateOf(began) });
    this.#setPhase("recording");
  }

  /** Frames that are not recorded: they are heard by the meter alone. */
  #pass(piece: Piece, from: Frames, end: Frames): Frames {
    this.#measure(piece, from, end);
    this.#at += end - from;
    this.#level(this.#step);
    return end - from;
  }

  #wait(piece: Piece, from: Frames, most: Frames, loss: Loss | undefined): Frames {
    const { start, waitingRoom, events } = this.#setup;
    const end = Math.min(most, from + this.#waitEnd - this.#at);
    const found = this.#started(piece, from, end);
    if (found === undefined) {
      waitingRoom.push(this.#view(piece, from, end));
      this.#pass(piece, from, end);
      if (this.#at >= this.#waitEnd) {
        this.#endTake("maxWait", true);
      }
      return end - from;
    }
    const at = this.#at;
    const take = this.#current();
    const first = Math.max(0, found - start.preRoll);
    this.#end = undefined;
    this.#blockLoss = undefined;
    this.#setPhase("recording");
    this.#admitKept(waitingRoom.take(Math.min(first, at), at), at);
    const heard = from + found - at;
    const begin = Math.max(from, from + first - at);
    this.#measure(piece, from, Math.max(from, begin));
    this.#at = at + (begin - from);
    this.#level(this.#step);
    take.triggeredAt = take.frames + (heard - begin);
    if (heard > begin) {
      this.#store(piece, begin, heard, loss);
    }
    this.#at = at + (heard - from);
    events.triggered(take.triggeredAt, this.#startTime(found));
    this.#checkEnd();
    return heard - from;
  }

  /** Where the recording begins, if it does within this stretch: at its start or behind. */
  #started(piece: Piece, from: Frames, end: Frames): Frames | undefined {
    const { start } = this.#setup;
    let first = from;
    if (!this.#isArmed && start.at !== undefined) {
      const place = this.#placeOf(start.at);
      if (place >= this.#at + (end - from) || Number.isNaN(this.#now(0))) {
        return undefined;
      }
      this.#isArmed = true;
      first = Math.max(from, from + place - this.#at);
    }
    const position = this.#at + (first - from);
    return start.conditions.isEmpty
      ? position
      : start.conditions.feed(piece, first, end, position)?.position;
  }

  #record(piece: Piece, from: Frames, most: Frames, loss: Loss | undefined): Frames {
    const { stop } = this.#setup;
    const take = this.#current();
    let frames = Math.min(most - from, take.left, take.leftInFile);
    const found = stop.conditions.feed(piece, from, from + frames, this.#at);
    if (found !== undefined) {
      this.#end ??= { position: found.position + stop.postRoll, reason: found.meaning };
    }
    if (this.#end !== undefined) {
      frames = Math.min(frames, this.#end.position - this.#at);
    }
    const end = from + frames;
    if (this.#isJudging && !piece.isLost) {
      this.#askAbout(piece, from, end);
    } else {
      this.#store(piece, from, end, loss);
      this.#checkEnd();
    }
    return frames;
  }

  /** Puts frames into the take, which has room for them before anything else begins. */
  #store(piece: Piece, from: Frames, end: Frames, loss: Loss | undefined): void {
    const take = this.#current();
    for (let at = from; at < end && take.left > 0; ) {
      const next = Math.min(end, at + take.left, at + take.leftInFile);
      this.#measure(piece, at, next);
      if (piece.isLost && loss !== undefined) {
        this.#noteLoss({ ...loss, frames: next - at });
      }
      this.#admit(this.#view(piece, at, next), this.#step);
      this.#level(this.#step);
      at = next;
    }
  }

  /** Puts what was kept from before the start into the take. It was heard by the meter already. */
  #admitKept(
    kept: readonly ({ readonly bytes: Uint8Array } | { readonly loss: Loss })[],
    end: Frames,
  ): void {
    const take = this.#current();
    const { format, channels } = this.#setup.format;
    const frameBytes = bytesPerFrame(format, channels);
    const all = kept.reduce((sum, one) => sum + ("bytes" in one ? one.bytes.byteLength : 0), 0);
    this.#at = end - all / frameBytes;
    for (const one of kept) {
      if ("loss" in one) {
        if (take.left > 0) {
          this.#noteLoss(one.loss);
        }
        continue;
      }
      const frames = one.bytes.byteLength / frameBytes;
      const piece = this.#setup.pieces.again(one.bytes, frames);
      for (let at = 0; at < frames && take.left > 0; ) {
        const next = Math.min(frames, at + take.left, at + take.leftInFile);
        this.#measure(piece, at, next);
        this.#admit(this.#view(piece, at, next), this.#step);
        at = next;
      }
    }
    this.#at = end;
  }

  #admit(bytes: Uint8Array, measure: Measure): void {
    const take = this.#current();
    const at = this.#at;
    if (take.frames === 0) {
      take.position = at + this.#leftOut;
    }
    take.write(bytes, measure, () => this.#startTime(at));
    this.#at += measure.frames;
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
    this.#meter.add(measure);
    if (this.#meter.frames >= this.#setup.levelFrames) {
      this.#report();
      this.#refine();
    }
  }

  #report(): void {
    const { peak, rms, clipped, frames: length } = this.#meter;
    this.#setup.events.level({
      peak: Array.from(peak),
      rms,
      clipped: Array.from(clipped),
      length,
      frames: this.frames,
      lostFrames: this.lostFrames,
      gaps: this.gaps,
      phase: this.#phase,
    });
    this.#meter.clear();
  }

  /** The time of the first frame is known better some seconds later. */
  #refine(): void {
    const take = this.#take;
    const since = this.frames - this.#refined;
    if (take?.start === undefined || this.frames > REFINE_SECONDS * this.#rate) {
      return;
    }
    if (since >= this.#rate && this.#phase === "recording") {
      this.#refined = this.frames;
      take.setStart(this.#startTime(take.position - this.#leftOut));
    }
  }

  #askAbout(piece: Piece, from: Frames, end: Frames): void {
    const { clock, events } = this.#setup;
    const bytes = this.#slice(piece, from, end);
    const measure = new Measure(this.#setup.format.channels);
    measure.take(piece.planar, from, end, this.#setup.format.format);
    this.#unjudged = { bytes, frames: end - from, measure };
    const loss = this.#blockLoss;
    this.#blockLoss = undefined;
    events.judge({
      bytes: Uint8Array.from(bytes),
      position: this.frames,
      time: this.#now(this.#at),
      timeUncertainty: clock.uncertainty(),
      droppedBefore: loss?.frames ?? 0,
      dropCause: loss?.cause,
    });
  }

  #checkEnd(): void {
    const take = this.#take;
    if (this.#phase !== "recording" || take === undefined) {
      return;
    }
    if (this.#end !== undefined && this.#at >= this.#end.position) {
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
    const take = this.#take ?? this.#prepared;
    if (isLast && this.#meter.frames > 0) {
      this.#report();
    }
    this.#take = undefined;
    this.#prepared = undefined;
    this.#unjudged = undefined;
    this.#refined = 0;
    if (take !== undefined) {
      this.#close(take, reason);
    }
    if (isLast) {
      this.#rest.length = 0;
      this.#setPhase("over");
      return;
    }
    if (reason === stop.framesReason) {
      return;
    }
    this.#end = undefined;
    start.conditions.reset();
    stop.conditions.reset();
    this.#waitEnd = this.#at + start.maxWait;
    this.#setPhase("waiting");
  }

  /** Completes a take, when all before it are complete: indexes and parents get them in order. */
  #close(take: Take, reason: EndReason): void {
    const fault = this.#error;
    this.#closing.add(take);
    this.#closed = this.#closed.then(async () => {
      const summary = await take.close(reason, fault);
      this.#closing.delete(take);
      this.#setup.events.taken(summary);
      this.#setup.events.drained();
    });
  }

  #view(piece: Piece, from: Frames, end: Frames): Uint8Array {
    const frameBytes = piece.bytes.byteLength / piece.frames;
    return piece.bytes.subarray(from * frameBytes, end * frameBytes);
  }

  #slice(piece: Piece, from: Frames, end: Frames): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.#view(piece, from, end));
  }
}
