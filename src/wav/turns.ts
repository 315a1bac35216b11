/**
 * Lets jobs on one thing run one after the other, in the order in which they were asked for. A job
 * that finds nobody before it runs at once, and one that is done at once costs no promise.
 */
export class Turns {
  /** The end of the last job, well or badly; undefined when none is under way. */
  #last: Promise<void> | undefined;

  /**
   * Runs `job` when all earlier ones have ended, well or badly; gives what it gives, or throws what
   * it throws.
   */
  take<Result>(job: () => Result | Promise<Result>): Result | Promise<Result> {
    const result = this.#last === undefined ? job() : this.#last.then(job);
    if (result instanceof Promise) {
      const ended: Promise<void> = result.then(
        () => this.#leave(ended),
        // A job that fails tells its own caller; the next one must not hear of it.
        () => this.#leave(ended),
      );
      this.#last = ended;
    }
    return result;
  }

  #leave(ended: Promise<void>): void {
    if (this.#last === ended) {
      this.#last = undefined;
    }
  }
}
