// Runs in the writer thread.
import { bytesPerFrame, type Frames } from "../../format.js";
import type { EnginePhase, EngineSetup } from "./engine-setup.js";
import type { Loss } from "./gap-list.js";
import { LevelWindow } from "./levels.js";
import type { Line } from "./line.js";
import { Measure } from "./measure.js";
import { framesOf, type Piece } from "./piece.js";
import type { Take } from "./take.js";
import type { TakeDesk } from "./take-desk.js";
import type { Kept } from "./waiting-room.js";

/** So long the start time gets better, as more is known of the device's clock. */
const REFINE_SECONDS = 5;

/** What an intake needs of the engine's setup. */
export type IntakeSetup = Pick<EngineSetup, "format" | "pieces" | "levelFrames" | "events">;

/**
 * Moves frames off the line: measured, and into the take that is recorded or past it. It tells the levels of all of
 * them, and the losses of those that are recorded.
 */
export class Intake {
  readonly #setup: IntakeSetup;
  readonly #line: Line;
  readonly #takes: TakeDesk;
  readonly #phase: () => EnginePhase;
  readonly #levels: LevelWindow;
  /** What a step of frames is measured with. */
  readonly #step: Measure;
  /** What was lost since that was asked for. */
  #newLoss: Loss | undefined;
  /** Frames of the take when its start time was told last. */
  #refined: Frames = 0;

  constructor(setup: IntakeSetup, line: Line, takes: TakeDesk, phase: () => EnginePhase) {
    const { levelFrames, format } = setup;
    this.#setup = setup;
    this.#line = line;
    this.#takes = takes;
    this.#phase = phase;
    this.#levels = new LevelWindow(levelFrames, format.channels);
    this.#step = new Measure(format.channels);
  }

  /** Frames before the next level is told. */
  get framesToLevel(): Frames {
    return this.#levels.left;
  }

  /** The take that is recorded; a new one where there is none. */
  take(): Take {
    return this.#takes.begin(() => this.#line.startOf(this.#line.at).date);
  }

  /** Frames that are not recorded: the meter alone hears them. */
  pass(piece: Piece, from: Frames, end: Frames): void {
    this.#measure(piece, from, end);
    this.#line.at += end - from;
    this.#level(this.#step);
  }

  /** Puts frames into the take, as far as they are wanted. `loss` is what they stand in for. */
  store(piece: Piece, from: Frames, end: Frames, loss: Loss | undefined): void {
    this.#put(piece, from, end, true, loss);
  }

  /** Puts what was kept from before the start, up to here, into the take. The meter has heard it. */
  storeKept(kept: readonly Kept[]): void {
    const { format, pieces } = this.#setup;
    const end = this.#line.at;
    const take = this.take();
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
        this.noteLoss({ ...loss, frames });
      } else {
        const frames = one.bytes.byteLength / frameBytes;
        this.#put(pieces.again(one.bytes, frames), 0, frames, false);
      }
    }
    this.#line.at = end;
  }

  /** Puts frames that were measured into the take. */
  storeMeasured(bytes: Uint8Array, measure: Measure): void {
    this.#admit(bytes, measure);
    this.#level(measure);
  }

  /** Notes a loss before the next frame of the take. */
  noteLoss(loss: Loss): void {
    const take = this.take();
    const isNew = take.lose(loss);
    const gap = take.gaps.at(-1);
    if (isNew && gap !== undefined && !loss.filled) {
      this.#setup.events.gap(gap);
    }
    const before = this.#newLoss;
    this.#newLoss =
      before === undefined ? loss : { ...before, frames: before.frames + loss.frames };
  }

  /** What was noted as lost since this was asked for, as one. */
  takeNewLoss(): Loss | undefined {
    const loss = this.#newLoss;
    this.#newLoss = undefined;
    return loss;
  }

  /** The take is over. */
  endTake(): void {
    this.#refined = 0;
  }

  /** No more frames come: tells the level of the last. */
  end(): void {
    if (!this.#levels.isEmpty) {
      this.#report();
    }
  }

  #put(piece: Piece, from: Frames, end: Frames, isNew: boolean, loss?: Loss): void {
    const take = this.take();
    for (let at = from; at < end && take.left > 0; ) {
      const next = Math.min(end, at + take.left, at + take.leftInFile);
      this.#measure(piece, at, next);
      if (loss !== undefined) {
        this.noteLoss({ ...loss, frames: next - at });
      }
      this.#admit(framesOf(piece, at, next), this.#step);
      if (isNew) {
        this.#level(this.#step);
      }
      at = next;
    }
  }

  #admit(bytes: Uint8Array, measure: Measure): void {
    const take = this.take();
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
    const { frames, lostFrames, gaps } = this.#takes;
    const place = { frames, lostFrames, gaps, phase: this.#phase() };
    this.#setup.events.level(this.#levels.report(place));
  }

  /** The time of the first frame is known better some seconds later. */
  #refine(): void {
    const { sampleRate } = this.#setup.format;
    const { current: take, frames } = this.#takes;
    const isEarly = frames <= REFINE_SECONDS * sampleRate && frames - this.#refined >= sampleRate;
    if (take !== undefined && isEarly && this.#phase() === "recording") {
      this.#refined = frames;
      take.setStart(this.#line.startOf(take.position - this.#line.leftOut));
    }
  }
}
