import type { ByteSource } from "../wav/source.js";

/** What is read at once. */
const READ_BYTES = 64 * 1024;

/** A part of a source, read forwards: what is being looked at, and what follows. */
export class ByteWindow {
  readonly #source: Pick<ByteSource, "read">;
  readonly #buffer: Uint8Array;
  /** Of the file: where the next bytes are read. */
  #position: number;
  #start = 0;
  #end = 0;
  #ended = false;

  /** A window that can hold `leastBytes` and more, from a position of the source on. */
  constructor(source: Pick<ByteSource, "read">, position: number, leastBytes: number) {
    this.#source = source;
    this.#position = position;
    this.#buffer = new Uint8Array(leastBytes + 4 * READ_BYTES);
  }

  /** What was read and not gone over. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  /** Whether the source has no more. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Reads until there are so many bytes, or the source has ended. */
  async fill(count: number): Promise<void> {
    if (this.#end - this.#start >= count || this.#ended) {
      return;
    }
    this.#buffer.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
    while (!this.#ended && this.#buffer.byteLength - this.#end >= READ_BYTES) {
      const target = this.#buffer.subarray(this.#end, this.#end + READ_BYTES);
      const read = await this.#source.read(target, this.#position);
      this.#position += read;
      this.#end += read;
      this.#ended = read < target.byteLength;
    }
  }

  /** Goes on; a negative number goes back, over what was last gone over. */
  skip(count: number): void {
    this.#start += count;
  }
}
