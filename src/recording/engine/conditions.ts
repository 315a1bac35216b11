// Runs in the writer thread.
import type { Frames } from "../../format.js";
import type { Detector } from "../conditions/detector.js";
import type { Piece } from "./piece.js";

/** A condition that came true. */
export interface Found<Meaning> {
  /** The place right behind the window in which it did. */
  readonly position: Frames;
  readonly meaning: Meaning;
}

/** Several detectors, of which the first to come true counts. */
export class Conditions<Meaning> {
  readonly #all: readonly (readonly [Detector, Meaning])[];

  constructor(all: readonly (readonly [Detector, Meaning])[]) {
    this.#all = all;
  }

  get isEmpty(): boolean {
    return this.#all.length === 0;
  }

  /** Shows them the frames of a piece from `from` up to, not including, `end`; `position` is that of the first. */
  feed(piece: Piece, from: Frames, end: Frames, position: Frames): Found<Meaning> | undefined {
    if (this.isEmpty || piece.isLost || end <= from) {
      return undefined;
    }
    const planar = piece.planar.map((samples) => samples.subarray(from, end));
    let first: Found<Meaning> | undefined;
    for (const [detector, meaning] of this.#all) {
      const found = detector.feed(planar, end - from, position);
      if (found !== undefined && (first === undefined || found < first.position)) {
        first = { position: found, meaning };
      }
    }
    return first;
  }

  /** Begins anew. */
  reset(): void {
    for (const [detector] of this.#all) {
      detector.reset();
    }
  }
}
