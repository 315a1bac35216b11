// Runs wherever clicks are played and listened for: in the audio thread and on the main thread.

/** Between two clicks, so that one is back before the next goes out. */
const PERIOD_SECONDS = 0.5;
/** Above any noise, below the click. */
const THRESHOLD = 0.25;
const CLICK = 0.5;

/**
 * Puts a click into the output now and then and looks for it in the input. It counts frames, not time: the input and the
 * output of a duplex stream advance alike, so a click that is written beside input frame p and comes back as input
 * frame q has been under way for q - p frames, whoever was late.
 */
export class ClickCounter {
  /** Frames that each click was under way. */
  readonly ways: number[] = [];
  /** Clicks that did not come back before the next. */
  missed = 0;
  readonly #period: number;
  #frame = 0;
  #sentAt: number | undefined;
  #nextAt: number;

  constructor(sampleRate: number) {
    this.#period = Math.round(PERIOD_SECONDS * sampleRate);
    this.#nextAt = this.#period * 2;
  }

  /** Takes one block of mono input and fills the output that answers it with silence, or a click at its start. */
  process(input: Float32Array, output: Float32Array): void {
    output.fill(0);
    if (this.#frame >= this.#nextAt) {
      this.missed += this.#sentAt === undefined ? 0 : 1;
      this.#sentAt = this.#frame;
      this.#nextAt += this.#period;
      output[0] = CLICK;
    }
    if (this.#sentAt !== undefined) {
      const found = input.findIndex((sample) => sample > THRESHOLD);
      if (found !== -1) {
        this.ways.push(this.#frame + found - this.#sentAt);
        this.#sentAt = undefined;
      }
    }
    this.#frame += input.length;
  }
}
