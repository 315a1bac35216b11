import type { Frames, Hertz, Milliseconds } from "../../format.js";

/** Milliseconds of a clock that only ever goes forward and is the same in all threads of the process. */
export function processClock(): Milliseconds {
  return Number(process.hrtime.bigint()) / 1e6;
}

/**
 * Device time: the frames that a device with a clock has heard and played since its stream was opened, without the time
 * in which it was stopped.
 */
export class DeviceClock {
  readonly #sampleRate: Hertz;
  readonly #clock: () => Milliseconds;
  #before: Frames = 0;
  /** `undefined` while it is stopped. */
  #startedAt: Milliseconds | undefined;

  /** `clock` counts milliseconds; it only ever goes forward. */
  constructor(sampleRate: Hertz, clock: () => Milliseconds) {
    this.#sampleRate = sampleRate;
    this.#clock = clock;
  }

  /** Device time now. */
  get frames(): Frames {
    return this.#startedAt === undefined
      ? this.#before
      : this.#before + this.#framesIn(this.#clock() - this.#startedAt);
  }

  /** Lets device time go on. Returns the frame of the machine's own clock that stands for device time 0 from now on. */
  start(): Frames {
    this.#startedAt = this.#clock();
    return this.#framesIn(this.#startedAt) - this.#before;
  }

  /** Stops device time: at `atLeast` if it has not come so far yet. */
  stop(atLeast: Frames): void {
    this.#before = Math.max(this.frames, atLeast);
    this.#startedAt = undefined;
  }

  #framesIn(time: Milliseconds): Frames {
    return Math.floor((time * this.#sampleRate) / 1000);
  }
}
