/** Bytes that can be read at any place: what a `WavReader` reads from. */
export interface ByteSource {
  /** As an error message names it. */
  readonly name: string;
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
    read: (target, position) => {
      const part = bytes.subarray(position, position + target.byteLength);
      target.set(part);
      return Promise.resolve(part.byteLength);
    },
    close: () => Promise.resolve(),
  };
}
