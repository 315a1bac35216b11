import { AudioError } from "../../errors.js";
import type { SeekableSink } from "./sink.js";

/**
 * A WAV file in memory, to be given to `WavWriter.create()` in place of a path.
 *
 * ```ts
 * const file = new WavBytes();
 * const writer = await WavWriter.create(file, { sampleRate: 8000, channels: 1, format: "int16" });
 * await writer.write(samples);
 * await writer.close();
 * new Blob([file.toUint8Array()], { type: "audio/wav" });
 * ```
 */
export class WavBytes {
  #bytes = new Uint8Array(0);
  #size = 0;

  /** Size of the file in bytes. */
  get size(): number {
    return this.#size;
  }

  /** The file as it stands, in memory of its own. */
  toUint8Array(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#size);
  }

  /**
   * Puts bytes at a place, as a writer does.
   *
   * @throws AudioError `disk-full` when there is no memory for them.
   */
  put(bytes: Uint8Array, position: number): void {
    const end = position + bytes.byteLength;
    if (end > this.#bytes.byteLength) {
      this.#grow(end);
    }
    this.#bytes.set(bytes, position);
    this.#size = Math.max(this.#size, end);
  }

  /** Cuts the file. */
  truncate(size: number): void {
    this.#bytes.fill(0, size, this.#size);
    this.#size = size;
  }

  /** Twice as large, so that writing on costs no more than writing at once. */
  #grow(least: number): void {
    let grown: Uint8Array<ArrayBuffer>;
    try {
      grown = new Uint8Array(Math.max(least, this.#bytes.byteLength * 2, 4096));
    } catch (error) {
      const message = `Cannot write the file: there is no memory for ${least} bytes.`;
      throw new AudioError("disk-full", message, { cause: error });
    }
    grown.set(this.#bytes.subarray(0, this.#size));
    this.#bytes = grown;
  }
}

/**
 * Takes a file in memory.
 *
 * @throws AudioError `file-exists` when there is something in it and `overwrite` is not true.
 */
export function memoryFile(file: WavBytes, overwrite: boolean): SeekableSink {
  if (file.size > 0 && !overwrite) {
    const message = "There is a file in the WavBytes; give a new one, or `overwrite: true`.";
    throw new AudioError("file-exists", message);
  }
  const truncate = async (size: number): Promise<void> => file.truncate(size);
  file.truncate(0);
  return {
    name: "the bytes",
    path: undefined,
    seekable: true,
    write: async (bytes, position) => {
      file.put(bytes, position);
      return bytes.byteLength;
    },
    truncate,
    sync: () => Promise.resolve(),
    close: () => Promise.resolve(),
    discard: () => truncate(0),
  };
}
