import { AudioError } from "../errors.js";
import { checkNumber } from "../options.js";
import type { ParsedMetadata } from "./metadata/metadata.js";
import { readMetadata } from "./metadata/read-metadata.js";
import type { WavChunk, WavLayout } from "./parse.js";
import { answer, readBytes } from "./requests.js";
import type { ByteSource } from "./source.js";

/** Lets a job run when those before it have ended. */
type InTurn = <Result>(job: () => Result | Promise<Result>) => Result | Promise<Result>;

/** Reads the chunks of a WAV file beside its samples. Of a stream it has those that were kept before the data. */
export class ChunkReader {
  readonly #source: ByteSource;
  readonly #layout: WavLayout;
  readonly #inTurn: InTurn;

  constructor(source: ByteSource, layout: WavLayout, inTurn: InTurn) {
    this.#source = source;
    this.#layout = layout;
    this.#inTurn = inTurn;
  }

  /** A chunk by its index or its id. Throws TypeError or RangeError for what is neither. */
  find(which: unknown): WavChunk | undefined {
    const { chunks } = this.#layout;
    if (typeof which === "string") {
      return chunks.find(({ id }) => id === which);
    }
    checkNumber(which, "which", { min: 0, integer: true });
    return chunks.find((_, index) => index === which);
  }

  /** What a chunk has. Rejects with RangeError when it is larger than `most` bytes. */
  async read(chunk: WavChunk, most: number): Promise<Uint8Array> {
    const { id, position, size } = chunk;
    if (size > most) {
      const message = `Expected chunk "${id}" to have at most ${most} bytes (\`maxBytes\`), got ${size}`;
      throw new RangeError(message);
    }
    return await this.#inTurn(async () => {
      if (!this.#layout.isStream) {
        return await answer(readBytes(position, size), this.#source);
      }
      const kept = this.#layout.kept.get(chunk);
      if (kept === undefined) {
        const message = `Cannot read chunk "${id}": ${this.#source.name} cannot go back to byte ${position}.`;
        throw new AudioError("file-not-readable", message);
      }
      return kept.slice();
    });
  }

  /** What those that are metadata say, up to `most` bytes of them in all. */
  async readMetadata(bigEndian: boolean, most: number): Promise<ParsedMetadata> {
    const { isStream, kept, chunks } = this.#layout;
    return await readMetadata(
      isStream ? chunks.filter((chunk) => kept.has(chunk)) : chunks,
      (chunk) => this.read(chunk, most),
      bigEndian,
      most,
    );
  }
}
