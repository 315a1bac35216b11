// Runs in audio threads only.
import type { Frames, Hertz, Seconds } from "../../format.js";

/** JACK counts frames in 32 bits. */
const WRAP: Frames = 2 ** 32;
/** A loss is certain when no frame has come in its time for so long, for two periods of the server, at some polls. */
const CERTAIN: Seconds = 0.1;
const CERTAIN_PERIODS = 2;
const CERTAIN_POLLS = 4;
/** PortAudio's buffer for JACK holds at least so many periods. */
const BUFFER_PERIODS = 3;

/**
 * Finds the frames that a stream has lost by JACK's own time. PortAudio never tells: when its buffer is full it drops
 * what comes, and periods in which the process did not run are simply not there (pa_jack.c, `BlockingCallback`).
 *
 * In JACK frames come in their period or never. So a newest frame that is older by whole periods than the newest frame
 * ever was, at each poll for a while, stands behind just so many lost ones.
 */
export class JackClock {
  readonly #rate: Hertz;
  #time: Frames | undefined;
  /** JACK's time without its wrap. */
  #now: Frames = 0;
  /** Frames that came and frames that were lost, until the last poll. */
  #came: Frames = 0;
  #lost: Frames = 0;
  /** Frames of a period: what all arrivals are multiples of; 0 when nothing came yet. */
  #period: Frames = 0;
  /** The least age of the newest frame, ever and in the window that ends at `#windowEnd`. */
  #youngest: Frames = Number.POSITIVE_INFINITY;
  #youngestNow: Frames = Number.POSITIVE_INFINITY;
  #windowEnd: Frames = 0;
  #polls = 0;

  constructor(sampleRate: Hertz) {
    this.#rate = sampleRate;
  }

  /**
   * Notes a poll: the stream's time, how many frames were read by then, and how many wait. Returns how many frames are
   * now known to be lost, beyond those of earlier calls.
   */
  lost(time: Seconds, read: Frames, waiting: Frames): Frames {
    this.#advance(Math.round(time * this.#rate));
    this.#learnPeriod(read + waiting - this.#came, waiting);
    this.#came = read + waiting;
    if (this.#period === 0) {
      return 0;
    }
    const age = this.#now - this.#came - this.#lost;
    this.#youngest = Math.min(this.#youngest, age);
    this.#youngestNow = Math.min(this.#youngestNow, age);
    this.#polls += 1;
    if (this.#now < this.#windowEnd || this.#polls < CERTAIN_POLLS) {
      return 0;
    }
    // Never one too many: no age is less than the least. One too few is found by a later window.
    const late = Math.floor((this.#youngestNow - this.#youngest) / this.#period);
    const lost = late * this.#period;
    this.#lost += lost;
    this.#youngestNow = Number.POSITIVE_INFINITY;
    this.#windowEnd = this.#now + Math.max(CERTAIN * this.#rate, CERTAIN_PERIODS * this.#period);
    this.#polls = 0;
    return lost;
  }

  #advance(time: Frames): void {
    const step = time - (this.#time ?? time);
    this.#now += step < -WRAP / 2 ? step + WRAP : step;
    this.#time = time;
  }

  #learnPeriod(frames: Frames, waiting: Frames): void {
    // A buffer that may be full, it holds a power of two, has taken but a part of a period.
    const mayBeFull =
      waiting >= BUFFER_PERIODS * this.#period &&
      this.#period > 0 &&
      (waiting & (waiting - 1)) === 0;
    if (frames > 0 && !mayBeFull) {
      this.#period = greatestCommonDivisor(this.#period, frames);
    }
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
