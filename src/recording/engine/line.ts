// Runs in the writer thread.
import type { Frames, Hertz, Milliseconds } from "../../format.js";
import type { EngineClock } from "./engine-setup.js";
import type { StartTime } from "./take-file.js";

/**
 * The line on which the places of an engine are counted: frames heard, and lost ones where silence stands in for them. It
 * knows where the next frame is, and when frames were heard.
 */
export class Line {
  /** The place of the next frame. */
  at: Frames = 0;
  /** Lost frames that are not on the line. */
  leftOut: Frames = 0;
  readonly #clock: EngineClock;
  readonly #rate: Hertz;

  constructor(clock: EngineClock, rate: Hertz) {
    this.#clock = clock;
    this.#rate = rate;
  }

  /** The place in the stream of a place on the line. */
  inStream(at: Frames): Frames {
    return at + this.leftOut;
  }

  /** When the frame at a place was heard; NaN when nothing tells yet. */
  timeOf(at: Frames): Milliseconds {
    return this.#clock.timeOf(this.inStream(at));
  }

  /** The same, with its date. Where nothing tells it is now, and may be as wrong as can be. */
  startOf(at: Frames): StartTime {
    const time = this.timeOf(at);
    return Number.isFinite(time)
      ? { time, date: this.#clock.dateOf(time), uncertainty: this.#clock.uncertainty() }
      : { time, date: new Date(), uncertainty: Number.POSITIVE_INFINITY };
  }

  /** The place of the frame that is heard at a time; that of the next one where nothing tells. */
  placeOf(time: Milliseconds): Frames {
    const place = Math.round(((time - this.timeOf(0)) / 1000) * this.#rate);
    return Number.isFinite(place) ? place : this.at;
  }
}
