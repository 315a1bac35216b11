// Runs in the writer thread.
import type { Frames } from "../../format.js";
import type { EndReason } from "../recorder-result.js";
import type { StopRule } from "./engine-setup.js";
import type { Line } from "./line.js";
import type { Piece } from "./piece.js";
import type { Take } from "./take.js";

/** Looks for the place at which a take ends. */
export class StopGate {
  readonly #rule: StopRule;
  readonly #line: Line;
  /** A stop condition came true: where the take ends. */
  #end: { readonly position: Frames; readonly reason: EndReason } | undefined;

  constructor(rule: StopRule, line: Line) {
    this.#rule = rule;
    this.#line = line;
  }

  /** Looks at the next frames: returns how many of them belong to the take. */
  admit(piece: Piece, from: Frames, end: Frames): Frames {
    const { conditions, postRoll } = this.#rule;
    const { at } = this.#line;
    const found = conditions.feed(piece, from, end, at);
    if (found !== undefined) {
      this.#end ??= { position: found.position + postRoll, reason: found.meaning };
    }
    return Math.min(end - from, (this.#end?.position ?? Number.POSITIVE_INFINITY) - at);
  }

  /** Why a take is over before the next frame; undefined when it is not. */
  reasonToEnd(take: Take): EndReason | undefined {
    if (this.#end !== undefined && this.#line.at >= this.#end.position) {
      return this.#end.reason;
    }
    return take.left <= 0 ? this.#rule.framesReason : undefined;
  }

  /** What comes next is not what follows on what was heard. */
  interrupt(): void {
    this.#rule.conditions.reset();
  }

  /** Looks for the end of the next take. */
  again(): void {
    this.#end = undefined;
    this.interrupt();
  }
}
