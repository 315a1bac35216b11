/**
 * The newest value of something that goes on, for one `for await` loop each: a loop that is late gets the newest one alone.
 */
export class LevelFeed<Value> {
  readonly #listeners = new Set<() => void>();
  #newest: Value | undefined;
  #count = 0;
  #isOver = false;

  /** A new value. */
  push(value: Value): void {
    this.#newest = value;
    this.#count += 1;
    this.#tell();
  }

  /** There will be no more. */
  end(): void {
    this.#isOver = true;
    this.#tell();
  }

  /** The values from now on; the last one is handed over before the end. */
  async *values(): AsyncGenerator<Value, void, undefined> {
    for (let seen = this.#count; ; ) {
      if (this.#newest !== undefined && seen < this.#count) {
        seen = this.#count;
        yield this.#newest;
      } else if (this.#isOver) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#listeners.add(resolve);
        });
      }
    }
  }

  #tell(): void {
    for (const tell of this.#listeners) {
      tell();
    }
    this.#listeners.clear();
  }
}
