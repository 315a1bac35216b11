// Runs wherever clicks are played and listened for: in the audio thread and on the main thread.

/** Seconds between two clicks. */
const PERIOD_SECONDS = 0.5;
/** Click number n is as loud as (1 + n mod 10) / 16, so that one that is late is not taken for the next. */
const LOUDNESSES = 10;
const STEP = 1 / 16;

/**
 * Puts a click into the output now and then and looks for it in the input. It counts frames, not time: the input and the
 * output of a duplex stream advance alike, so a click that is written beside input frame p and comes back as input
 * frame q has been under way for q - p frames, whoever was late.
 */
export class ClickCounter {
  /** Frames that each click was under way. */
  readonly ways: number[] = [];
  /** Clicks that did not come back within five seconds. */
  missed = 0;
  readonly #period: number;
  /** By loudness, when the click was sent that is still under way. */
  readonly #sentAt = new Map<number, number>();
  #frame = 0;
  #clicks = 0;

  constructor(sampleRate: number) {
    this.#period = Math.round(PERIOD_SECONDS * sampleRate);
  }

  /** Takes one block of mono input and fills the output that answers it with silence, or a click at its start. */
  process(input: Float32Array, output: Float32Array): void {
    output.fill(0);
    // The first second is the start's.
    if (this.#frame >= (2 + this.#clicks) * this.#period) {
      const loudness = 1 + (this.#clicks++ % LOUDNESSES);
      this.missed += this.#sentAt.has(loudness) ? 1 : 0;
      this.#sentAt.set(loudness, this.#frame);
      output[0] = loudness * STEP;
    }
    const found = input.findIndex((sample) => sample > STEP / 2);
    if (found !== -1) {
      const loudness = Math.round((input[found] ?? 0) / STEP);
      const sentAt = this.#sentAt.get(loudness);
      if (sentAt !== undefined) {
        this.ways.push(this.#frame + found - sentAt);
        this.#sentAt.delete(loudness);
      }
    }
    this.#frame += input.length;
  }
}
