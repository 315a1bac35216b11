import { closeSync, constants, fstatSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { AudioError } from "../errors.js";
import { bytesPerFrame } from "../format.js";
import { writeFailure } from "./file-failure.js";
import { padBytes, type WavSpec, wavHeader, wavHeaderBytes } from "./header.js";

/** The header that Python writes, for every number of channels. */
export const PYTHON_HEADER = { extensible: false } as const;
/** Node takes no length above 2^31 - 1 in one call. */
const MOST_BYTES_AT_ONCE = 2 ** 30;

/** A WAV file that is written synchronously, header and data apart: what `WaveWrite` stands on. */
export class SyncWavSink {
  readonly #path: string;
  /** Undefined once closed. */
  #descriptor: number | undefined;
  #spec: WavSpec | undefined;
  #dataBytes = 0;
  /** Bytes of audio that the header tells of. */
  #headerDataBytes = 0;
  /** How many bytes of audio there were when a pad byte was last put behind them. */
  #paddedDataBytes = 0;

  /**
   * Creates a file, or empties an existing one.
   *
   * @throws AudioError `file-not-writable`.
   */
  constructor(path: string) {
    this.#path = path;
    this.#descriptor = openForWriting(path);
  }

  /** Bytes of audio in the file. */
  get dataBytes(): number {
    return this.#dataBytes;
  }

  get closed(): boolean {
    return this.#descriptor === undefined;
  }

  /** Writes the header, which tells of `dataBytes` bytes of audio; data may follow. */
  start(spec: WavSpec, dataBytes: number): void {
    this.#putHeader(spec, dataBytes);
    this.#spec = spec;
  }

  /**
   * Writes behind the data that are there, and leaves the header as it is.
   *
   * @throws AudioError `disk-full`, `file-not-writable`; what went in before is counted, up to the
   *   last whole frame. `stream-closed` after `close()`.
   */
  append(bytes: Uint8Array): void {
    const descriptor = this.#open();
    const spec = this.#started();
    const end = wavHeaderBytes(spec, PYTHON_HEADER) + this.#dataBytes;
    let done = 0;
    try {
      while (done < bytes.byteLength) {
        const length = Math.min(bytes.byteLength - done, MOST_BYTES_AT_ONCE);
        done += writeSync(descriptor, bytes, done, length, end + done);
      }
    } catch (error) {
      const torn = (this.#dataBytes + done) % bytesPerFrame(spec.format, spec.channels);
      if (torn > 0 && torn <= done) {
        done -= torn;
        ftruncateSync(descriptor, end + done);
      }
      throw writeFailure(error, this.#path);
    } finally {
      this.#dataBytes += done;
    }
  }

  /** Brings the header up to the data, and pads them, where that is not done yet. */
  patch(): void {
    if (this.#spec === undefined) {
      return;
    }
    const dataBytes = this.#dataBytes;
    if (this.#headerDataBytes !== dataBytes) {
      this.#putHeader(this.#spec, dataBytes);
    }
    if (padBytes(dataBytes) > 0 && this.#paddedDataBytes !== dataBytes) {
      // After the header, for there may be no room for it. The next frames are written over it.
      this.#put(Uint8Array.of(0), wavHeaderBytes(this.#spec, PYTHON_HEADER) + dataBytes);
      this.#paddedDataBytes = dataBytes;
    }
  }

  /** Gives the file back; a second call does nothing. */
  close(): void {
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    if (descriptor !== undefined) {
      closeSync(descriptor);
    }
  }

  #open(): number {
    if (this.#descriptor === undefined) {
      throw new AudioError("stream-closed", `${this.#path}: the file is closed.`);
    }
    return this.#descriptor;
  }

  #started(): WavSpec {
    if (this.#spec === undefined) {
      throw new AudioError("internal", "Data came before the header.");
    }
    return this.#spec;
  }

  #putHeader(spec: WavSpec, dataBytes: number): void {
    this.#put(wavHeader(spec, dataBytes, PYTHON_HEADER), 0);
    this.#headerDataBytes = dataBytes;
  }

  #put(bytes: Uint8Array, position: number): void {
    const descriptor = this.#open();
    try {
      for (let done = 0; done < bytes.byteLength; ) {
        done += writeSync(descriptor, bytes, done, bytes.byteLength - done, position + done);
      }
    } catch (error) {
      throw writeFailure(error, this.#path);
    }
  }
}

function openForWriting(path: string): number {
  // Without O_NONBLOCK, opening a named pipe would wait for a reader, perhaps for ever.
  const nonBlock = constants.O_NONBLOCK ?? 0;
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | nonBlock;
  let descriptor: number;
  try {
    descriptor = openSync(path, flags);
  } catch (error) {
    throw writeFailure(error, path);
  }
  const stats = fstatSync(descriptor);
  if (stats.isFIFO() || stats.isSocket()) {
    closeSync(descriptor);
    // A pipe cannot be gone back in, to bring the header up to date.
    throw new AudioError("file-not-writable", `Cannot write ${path}: it is a pipe.`);
  }
  return descriptor;
}
