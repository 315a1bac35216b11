// Runs in the writer thread.
import type { Frames } from "../../format.js";
import type { StartRule } from "./engine-setup.js";
import type { Loss } from "./gap-list.js";
import type { Line } from "./line.js";
import type { Piece } from "./piece.js";
import type { Kept, WaitingRoom } from "./waiting-room.js";

/** Looks for the place at which a recording begins, and keeps what is wanted from before it. */
export class StartGate {
  readonly #rule: StartRule;
  readonly #room: WaitingRoom;
  readonly #line: Line;
  /** The place up to which a start is waited for. */
  #end: Frames;
  /** The time at which a recording may begin has come. */
  #isArmed: boolean;

  constructor(rule: StartRule, room: WaitingRoom, line: Line) {
    this.#rule = rule;
    this.#room = room;
    this.#line = line;
    this.#end = rule.maxWait;
    this.#isArmed = rule.at === undefined;
  }

  /** Frames that are waited for yet. */
  get left(): Frames {
    return this.#end - this.#line.at;
  }

  /** Where the start condition comes true, if it does within this stretch: at its start or behind. */
  find(piece: Piece, from: Frames, end: Frames): Frames | undefined {
    const { at: time, conditions } = this.#rule;
    const { at } = this.#line;
    let first = from;
    if (!this.#isArmed && time !== undefined) {
      const place = this.#line.placeOf(time);
      if (place >= at + (end - from) || Number.isNaN(this.#line.timeOf(0))) {
        return undefined;
      }
      this.#isArmed = true;
      first = Math.max(from, from + place - at);
    }
    const position = at + (first - from);
    return conditions.isEmpty ? position : conditions.feed(piece, first, end, position)?.position;
  }

  /** Keeps frames before the start, as long as they may be wanted. */
  keep(bytes: Uint8Array): void {
    this.#room.push(bytes);
  }

  /** Keeps a loss before the next frame. */
  keepLoss(loss: Loss): void {
    this.#room.lose(this.#line.at, loss);
  }

  /** The place of the first frame that is wanted when the condition came true at a place. */
  firstFor(found: Frames): Frames {
    return Math.max(0, found - this.#rule.preRoll);
  }

  /** Hands over what was kept from a place on. */
  handOver(first: Frames): Kept[] {
    const { at } = this.#line;
    return this.#room.take(Math.min(first, at), at);
  }

  /** What comes next is not what follows on what was heard. */
  interrupt(): void {
    this.#rule.conditions.reset();
  }

  /** Forgets all that was heard. */
  forget(): void {
    this.#room.clear();
    this.interrupt();
  }

  /** Waits for the next start, from here on. */
  again(): void {
    this.interrupt();
    this.#end = this.#line.at + this.#rule.maxWait;
  }
}
