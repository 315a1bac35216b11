import { AudioError } from "../errors.js";
import { bytesPerFrame } from "../format.js";
import { writeFailure } from "./file-failure.js";
import { padBytes, type WavSpec, wavHeader, wavHeaderBytes } from "./header.js";
import type { SyncTarget } from "./sync-target.js";

/** The header that Python writes, for every number of channels. */
export const PYTHON_HEADER = { extensible: false } as const;

/** A WAV file that is written synchronously, header and data apart: what `WaveWrite` stands on. */
export class SyncWavSink {
  readonly #name: string;
  /** Undefined once closed. */
  #target: SyncTarget | undefined;
  #spec: WavSpec | undefined;
  #dataBytes = 0;
  /** Bytes of audio that the header tells of. */
  #headerDataBytes = 0;
  /** How many bytes of audio there were when a pad byte was last put behind them. */
  #paddedDataBytes = 0;

  /** Takes an empty target, which it closes in the end. */
  constructor(target: SyncTarget) {
    this.#name = target.name;
    this.#target = target;
  }

  /** Bytes of audio in the file. */
  get dataBytes(): number {
    return this.#dataBytes;
  }

  get closed(): boolean {
    return this.#target === undefined;
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
    const target = this.#open();
    const spec = this.#started();
    const end = wavHeaderBytes(spec, PYTHON_HEADER) + this.#dataBytes;
    let done = 0;
    try {
      while (done < bytes.byteLength) {
        done += target.write(bytes.subarray(done), end + done);
      }
    } catch (error) {
      const torn = (this.#dataBytes + done) % bytesPerFrame(spec.format, spec.channels);
      if (torn > 0 && torn <= done) {
        done -= torn;
        target.truncate(end + done);
      }
      throw writeFailure(error, this.#name);
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
    const target = this.#target;
    this.#target = undefined;
    target?.close();
  }

  #open(): SyncTarget {
    if (this.#target === undefined) {
      throw new AudioError("stream-closed", `${this.#name}: the file is closed.`);
    }
    return this.#target;
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
    const target = this.#open();
    try {
      for (let done = 0; done < bytes.byteLength; ) {
        done += target.write(bytes.subarray(done), position + done);
      }
    } catch (error) {
      throw writeFailure(error, this.#name);
    }
  }
}
