/** Ctrl-C and its like, as a signal that ends what a command does in good order. */
export class Interruption implements Disposable {
  readonly #stop = new AbortController();
  readonly #end = (): void => this.#stop.abort();
  readonly #pipeFault = (error: NodeJS.ErrnoException): void => {
    if (error.code !== "EPIPE") {
      throw error;
    }
    // Whoever reads along has stopped reading, as `head` does.
    this.#end();
  };

  constructor() {
    // Once: a second Ctrl-C ends the program the hard way.
    process.once("SIGINT", this.#end);
    process.once("SIGTERM", this.#end);
    process.once("SIGHUP", this.#end);
    process.stdout.on("error", this.#pipeFault);
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  [Symbol.dispose](): void {
    process.off("SIGINT", this.#end);
    process.off("SIGTERM", this.#end);
    process.off("SIGHUP", this.#end);
    // The fault of the last line that was written comes later.
  }
}
