/** Bytes of a file: what a `WavReader` reads from. */
export interface ByteSource {
  /** As an error message names it. */
  readonly name: string;
  /** Infinity for a stream: its end is not known, and each read must be behind the one before. */
  readonly size: number;
  /** Fills `target` with the bytes from `position` on; gives how many there were before the end. */
  read(target: Uint8Array, position: number): Promise<number>;
  close(): Promise<void>;
}

/** Bytes in memory as a source. They are not copied and must not change while they are read. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return {
    name: "the bytes",
    size: bytes.byteLength,
    read: (target, position) => Promise.resolve(copyBytes(bytes, target, position)),
    close: () => Promise.resolve(),
  };
}

/** Fills `target` with bytes from `position` on; gives how many there were. */
export function copyBytes(bytes: Uint8Array, target: Uint8Array, position: number): number {
  const part = bytes.subarray(position, position + target.byteLength);
  target.set(part);
  return part.byteLength;
}

/** A Blob, for instance a file that someone chose in a browser, as a source. */
export function blobSource(blob: Blob): ByteSource {
  return {
    name: "the blob",
    size: blob.size,
    read: async (target, position) => {
      const part = await blob.slice(position, position + target.byteLength).arrayBuffer();
      target.set(new Uint8Array(part));
      return part.byteLength;
    },
    close: () => Promise.resolve(),
  };
}
