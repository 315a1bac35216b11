/** The frames of a recording while it is recorded, for one reader: what it has not taken yet waits in memory. */
export class LiveFrames implements AsyncIterable<Uint8Array> {
  /** Bytes that wait. */
  waitingBytes = 0;
  readonly #begin: () => Promise<void>;
  readonly #taken: () => void;
  readonly #waiting: Uint8Array[] = [];
  #end: { readonly error: Error | undefined } | undefined;
  #wake: (() => void) | undefined;

  /** `begin` is called at the first read, `taken` whenever the reader has taken something. */
  constructor(begin: () => Promise<void>, taken: () => void) {
    this.#begin = begin;
    this.#taken = taken;
  }

  /** More frames came; the memory is the reader's. */
  push(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.waitingBytes += bytes.byteLength;
    this.#wake?.();
  }

  /** No more will come. */
  end(error: Error | undefined): void {
    this.#end ??= { error };
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    await this.#begin();
    for (;;) {
      const bytes = this.#waiting.shift();
      if (bytes !== undefined) {
        this.waitingBytes -= bytes.byteLength;
        this.#taken();
        yield bytes;
      } else if (this.#end !== undefined) {
        if (this.#end.error !== undefined) {
          throw this.#end.error;
        }
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
