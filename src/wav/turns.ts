/**
 * Lets asynchronous jobs on one thing run one after the other, in the order in which they were
 * asked for.
 */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `job` when all earlier ones have ended, well or badly; gives what it gives. */
  take<Result>(job: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(job);
    // A job that fails tells its own caller; the next one must not hear of it.
    this.#last = result.catch(() => undefined);
    return result;
  }
}
