import type { ByteSource } from "../source.js";

/** A change to a file that a repair makes, or would make. */
export interface WavChange {
  /** What is set to what, for people. */
  readonly what: string;
  /** Where, in bytes from the start of the file. */
  readonly position: number;
  /** The bytes that were there: none where bytes are added at the end. */
  readonly before: Uint8Array;
  /** The bytes that are there now. */
  readonly after: Uint8Array;
}

/** The file as it will be with these changes. */
export function changedSource(source: ByteSource, changes: readonly WavChange[]): ByteSource {
  const read = async (target: Uint8Array, position: number): Promise<number> => {
    let count = await source.read(target, position);
    for (const { position: start, after } of changes) {
      const from = Math.max(start, position);
      const to = Math.min(start + after.byteLength, position + target.byteLength);
      if (from < to) {
        target.set(after.subarray(from - start, to - start), from - position);
        count = Math.max(count, to - position);
      }
    }
    return count;
  };
  return {
    name: source.name,
    size: sizeAfter(source.size, changes),
    read,
    lend: async (position, length) => {
      const target = new Uint8Array(length);
      return target.subarray(0, await read(target, position));
    },
    close: () => source.close(),
  };
}

/** The size of a file of so many bytes with these changes. */
export function sizeAfter(fileBytes: number, changes: readonly WavChange[]): number {
  const ends = changes.map(({ position, after }) => position + after.byteLength);
  return Math.max(fileBytes, ...ends);
}
