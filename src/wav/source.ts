import type { ByteReader, SyncByteReader } from "./requests.js";

/** Bytes of a file: what a `WavReader` reads from. */
export interface ByteSource extends ByteReader {
  /** As an error message names it. */
  readonly name: string;
  /** Infinity for a stream: its end is not known, and each read must be behind the one before. */
  readonly size: number;
  close(): Promise<void>;
}

/** Bytes in memory as a source. They are not copied and must not change while they are read. */
export function bytesSource(bytes: Uint8Array): SyncByteReader & Omit<ByteSource, "read" | "lend"> {
  return {
    name: "the bytes",
    size: bytes.byteLength,
    read: (target, position) => {
      const part = bytes.subarray(position, position + target.byteLength);
      target.set(part);
      return part.byteLength;
    },
    lend: (position, length) => bytes.subarray(position, position + length),
    close: () => Promise.resolve(),
  };
}

/** A Blob, for instance a file that someone chose in a browser, as a source. */
export function blobSource(blob: Blob): ByteSource {
  const lend = async (position: number, length: number): Promise<Uint8Array> =>
    new Uint8Array(await blob.slice(position, position + length).arrayBuffer());
  return {
    name: "the blob",
    size: blob.size,
    read: async (target, position) => {
      const part = await lend(position, target.byteLength);
      target.set(part);
      return part.byteLength;
    },
    lend,
    close: () => Promise.resolve(),
  };
}
