import type { Frames } from "../format.js";
import type { Gap } from "../recording/recording.js";
import type { RingReader } from "../ring.js";

/** Every loss of frames that the reader of a stream has come by, in order. */
export class GapList {
  readonly #gaps: Gap[] = [];
  /** Frames that came before the present ring, which counts from 0. */
  #before: Frames = 0;

  get gaps(): readonly Gap[] {
    return this.#gaps;
  }

  /** Position of the reader's next frame since the stream was opened, lost frames included. */
  positionOf(reader: RingReader): Frames {
    return this.#before + reader.position;
  }

  /** The next frames come from another ring than this reader's. */
  leave(reader: RingReader): void {
    this.#before += reader.position;
  }

  /** Takes the loss right before the reader's next frame, if there is one, and adds it to the list. */
  take(reader: RingReader): Gap | undefined {
    const position = this.positionOf(reader);
    const first = reader.takeGap();
    if (first === undefined) {
      return undefined;
    }
    let { frames } = first;
    // Losses right behind one another are one gap to whoever reads.
    for (let next = reader.takeGap(); next !== undefined; next = reader.takeGap()) {
      frames += next.frames;
    }
    const gap: Gap = { position, frames, cause: first.cause };
    this.#gaps.push(gap);
    return gap;
  }
}
