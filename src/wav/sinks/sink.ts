/** Where a `WavWriter` puts its bytes. Its methods throw what the system throws. */
export type WavSink = SeekableSink | StreamSink;

interface AnySink {
  /** As an error message names it. */
  readonly name: string;
  /** The file's path; undefined for what has none. */
  readonly path: string | undefined;
  /**
   * Writes bytes at a place of the file; gives how many, which may be fewer, but at least one. A
   * stream is only ever given the place that it has come to, and may keep the bytes.
   */
  write(bytes: Uint8Array, position: number): Promise<number>;
  /** Waits until what was written is durable. A stream has nothing to wait for. */
  sync(): Promise<void>;
  /** The file is complete: gives back what the sink opened, ends a stream. */
  close(): Promise<void>;
  /** The file could not be started: gives everything back and removes what the sink created. */
  discard(): Promise<void>;
}

/** A file that can be written at any place, again and again. */
export interface SeekableSink extends AnySink {
  readonly seekable: true;
  /** Cuts the file. */
  truncate(bytes: number): Promise<void>;
}

/** A pipe: what was written cannot be changed. */
export interface StreamSink extends AnySink {
  readonly seekable: false;
}
