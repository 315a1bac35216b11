import { setImmediate } from "node:timers/promises";
import type { Milliseconds } from "../format.js";

/** How long a computation may hold the event loop: well below the 20 ms that streams and timers of the user put up with. */
const SLICE: Milliseconds = 10;

/** Lets the event loop do other work while a long computation is under way. */
export class GiveWay {
  #since: Milliseconds = performance.now();

  /** True when the event loop has been held for long enough; ask every millisecond or so. */
  get isDue(): boolean {
    return performance.now() - this.#since >= SLICE;
  }

  /** Whatever else is ready is done before this resolves. */
  async now(): Promise<void> {
    await setImmediate();
    this.#since = performance.now();
  }
}
