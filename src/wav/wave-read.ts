import { bytesPerFrame, bytesPerSample, type Frames, type Hertz } from "../format.js";
import { checkNumber } from "../options.js";
import { WAVE_FORMAT_IEEE_FLOAT, WAVE_FORMAT_PCM } from "./format-tags.js";
import { isFloat } from "./header.js";
import { checkRoom } from "./read-targets.js";
import { openWavSync, type SyncWavFile } from "./sync-file.js";
import { toWaveError, WaveError } from "./wave-error.js";
import type { WaveParams } from "./wave-params.js";

/**
 * A WAV file open for reading: Python's `wave.Wave_read`, method by method.
 *
 * It does what Python's does and more: it reads everything that `WavReader` does, where Python 3.11
 * refuses all but plain integers, and the length is that of the frames which are really there, where
 * Python believes what the header says.
 */
export class WaveRead implements Disposable {
  readonly #file: SyncWavFile;
  readonly #frameBytes: number;
  #position: Frames = 0;

  /**
   * Opens a file by its path, or the bytes of one.
   *
   * @throws WaveError when it is no WAV file or has a codec that is not supported.
   * @throws AudioError `file-not-readable`.
   */
  constructor(file: string | Uint8Array) {
    try {
      this.#file = openWavSync(file);
    } catch (error) {
      throw toWaveError(error);
    }
    this.#frameBytes = bytesPerFrame(this.#file.format, this.#file.channels);
  }

  /** Number of channels. */
  getnchannels(): number {
    return this.#file.channels;
  }

  /**
   * Bytes of one sample as `readframes()` gives it: 1 (unsigned), 2, 3 or 4; of floats 4 or 8, see
   * `getformat()`; 2 for A-law, mu-law and ADPCM, which are decoded.
   */
  getsampwidth(): number {
    return bytesPerSample(this.#file.format);
  }

  /** Frames a second. */
  getframerate(): Hertz {
    return this.#file.sampleRate;
  }

  /** Number of frames in the file. */
  getnframes(): Frames {
    return this.#file.frames;
  }

  /** Always `"NONE"`. */
  getcomptype(): string {
    return "NONE";
  }

  /** Always `"not compressed"`. */
  getcompname(): string {
    return "not compressed";
  }

  /**
   * What the samples are that `readframes()` gives: `WAVE_FORMAT_PCM` (integers) or
   * `WAVE_FORMAT_IEEE_FLOAT`. Python has this from 3.15 on.
   */
  getformat(): number {
    return isFloat(this.#file.format) ? WAVE_FORMAT_IEEE_FLOAT : WAVE_FORMAT_PCM;
  }

  /** All of it under Python's names. */
  getparams(): WaveParams {
    return {
      nchannels: this.getnchannels(),
      sampwidth: this.getsampwidth(),
      framerate: this.getframerate(),
      nframes: this.getnframes(),
      comptype: this.getcomptype(),
      compname: this.getcompname(),
    };
  }

  /** The frame that `readframes()` goes on from. */
  tell(): Frames {
    return this.#position;
  }

  /**
   * Goes to a frame.
   *
   * @throws WaveError `position not in range`.
   */
  setpos(position: Frames): void {
    checkNumber(position, "position", { integer: true });
    if (position < 0 || position > this.#file.frames) {
      throw new WaveError("position not in range");
    }
    this.#position = position;
  }

  /** Goes to the first frame. */
  rewind(): void {
    this.#position = 0;
  }

  /**
   * Reads up to `nframes` frames, a negative number for all that are left, as interleaved
   * little-endian bytes in memory of their own. Empty at the end.
   *
   * @throws AudioError `stream-closed` after `close()`, `file-not-readable` when the disk fails.
   */
  readframes(nframes: Frames): Uint8Array {
    checkNumber(nframes, "nframes", { integer: true });
    const left = this.#file.frames - this.#position;
    const wanted = (nframes < 0 ? left : Math.min(nframes, left)) * this.#frameBytes;
    // Not a `Buffer`, whose `slice` makes no copy; but like one without zeros, that take longer than to read.
    const bytes = new Uint8Array(Buffer.allocUnsafeSlow(wanted).buffer);
    const read = this.#read(bytes) * this.#frameBytes;
    return read === wanted ? bytes : bytes.slice(0, read);
  }

  /**
   * Reads as many frames as fit and are left into memory of the caller's, and tells how many: 0 at the
   * end. Python has no such method; long files are read faster with it, in constant memory.
   *
   * @throws TypeError when `target` is not a Uint8Array, RangeError when not one frame fits into it.
   * @throws AudioError as `readframes()`.
   */
  readframesinto(target: Uint8Array): Frames {
    checkRoom(target, this.#frameBytes);
    return this.#read(target);
  }

  #read(target: Uint8Array): Frames {
    const frames = this.#file.read(target, this.#position, this.#file.frames - this.#position);
    this.#position += frames;
    return frames;
  }

  /** Markers are not supported, as in Python: always null. */
  getmarkers(): null {
    return null;
  }

  /**
   * Markers are not supported, as in Python.
   *
   * @throws WaveError `no marks`, always.
   */
  getmark(_id: number): never {
    throw new WaveError("no marks");
  }

  /**
   * The file's descriptor, where Python has a file object; undefined for bytes and after `close()`.
   */
  getfp(): number | undefined {
    return this.#file.descriptor;
  }

  /** Gives the file back. A second call does nothing. */
  close(): void {
    this.#file.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
