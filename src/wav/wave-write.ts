import { AudioError } from "../errors.js";
import { bytesPerFrame, type Frames, type Hertz } from "../format.js";
import { checkNumber, checkText, describe } from "../options.js";
import { WAVE_FORMAT_IEEE_FLOAT, WAVE_FORMAT_PCM } from "./format-tags.js";
import {
  MAX_FRAME_BYTES,
  MAX_SAMPLE_RATE,
  maxWavFrames,
  type WavFormat,
  type WavSpec,
} from "./header.js";
import { WavBytes } from "./sinks/memory.js";
import { PYTHON_HEADER, SyncWavSink } from "./sync-sink.js";
import { fileTarget, memoryTarget } from "./sync-target.js";
import { WaveError } from "./wave-error.js";
import type { WaveParams, WaveParamsTuple } from "./wave-params.js";

/** The formats of `setsampwidth()`, by width: those of integers, and those of floats. */
const INTEGERS: ReadonlyMap<number, WavFormat> = new Map([
  [1, "uint8"],
  [2, "int16"],
  [3, "int24"],
  [4, "int32"],
]);
const FLOATS: ReadonlyMap<number, WavFormat> = new Map([
  [4, "float32"],
  [8, "float64"],
]);

/**
 * A WAV file open for writing: Python's `wave.Wave_write`, method by method, with the same bytes in
 * the file. Set channels, width and rate, then write; the header is written before the first frame
 * and is brought up to date by each `writeframes()` and by `close()`.
 *
 * Better than Python's: data of an odd number of bytes gets the pad byte that RIFF asks for, and a
 * file that would pass 4 GiB is refused before its header is broken.
 */
export class WaveWrite implements Disposable {
  readonly #name: string;
  readonly #sink: SyncWavSink;
  #waveFormat = WAVE_FORMAT_PCM;
  #nchannels = 0;
  #sampwidth = 0;
  #framerate: Hertz = 0;
  #nframes: Frames = 0;
  #comptype = "NONE";
  #compname = "not compressed";
  /** Undefined until the header is written; then what is behind it cannot be changed any more. */
  #spec: WavSpec | undefined;

  /**
   * Creates a file, or empties an existing one, as Python does. A `WavBytes` is a file in memory; it
   * is emptied, too.
   *
   * @throws AudioError `file-not-writable`.
   * @throws TypeError, RangeError when `file` is neither.
   */
  constructor(file: string | WavBytes) {
    const target =
      file instanceof WavBytes ? memoryTarget(file) : fileTarget(checkText(file, "file"));
    this.#name = target.name;
    this.#sink = new SyncWavSink(target);
  }

  /**
   * Sets the number of channels.
   *
   * @throws WaveError `bad # of channels` below 1 and above 65,535.
   */
  setnchannels(nchannels: number): void {
    this.#checkUnwritten();
    checkNumber(nchannels, "nchannels", { integer: true });
    if (nchannels < 1 || nchannels > MAX_FRAME_BYTES) {
      throw new WaveError("bad # of channels");
    }
    this.#nchannels = nchannels;
  }

  /** The number of channels; a WaveError where it is not set. */
  getnchannels(): number {
    if (this.#nchannels === 0) {
      throw new WaveError("number of channels not set");
    }
    return this.#nchannels;
  }

  /**
   * Sets the bytes of one sample. One byte is unsigned, more are signed.
   *
   * @throws WaveError `bad sample width` outside 1 to 4; of floats, for all but 4 and 8.
   */
  setsampwidth(sampwidth: number): void {
    this.#checkUnwritten();
    checkNumber(sampwidth, "sampwidth", { integer: true });
    if (!this.#formats().has(sampwidth)) {
      throw new WaveError("bad sample width");
    }
    this.#sampwidth = sampwidth;
  }

  /** The bytes of one sample; a WaveError where they are not set. */
  getsampwidth(): number {
    if (this.#sampwidth === 0) {
      throw new WaveError("sample width not set");
    }
    return this.#sampwidth;
  }

  /**
   * Sets the frames a second, rounded to a whole number as Python rounds (a half to the even one).
   *
   * @throws WaveError `bad frame rate` when it is not above 0 or does not fit into the header.
   */
  setframerate(framerate: Hertz): void {
    this.#checkUnwritten();
    checkNumber(framerate, "framerate");
    if (framerate <= 0 || framerate > MAX_SAMPLE_RATE) {
      throw new WaveError("bad frame rate");
    }
    this.#framerate = roundHalfToEven(framerate);
  }

  /** The frames a second; a WaveError where they are not set. */
  getframerate(): Hertz {
    if (this.#framerate === 0) {
      throw new WaveError("frame rate not set");
    }
    return this.#framerate;
  }

  /**
   * Sets what the samples are: `WAVE_FORMAT_PCM` (default) for integers, `WAVE_FORMAT_IEEE_FLOAT` for
   * floats of 4 or 8 bytes. Set it before the width. Python has this from 3.15 on.
   *
   * @throws WaveError `unsupported wave format` for any other.
   */
  setformat(format: number): void {
    this.#checkUnwritten();
    checkNumber(format, "format", { integer: true });
    if (format !== WAVE_FORMAT_PCM && format !== WAVE_FORMAT_IEEE_FLOAT) {
      throw new WaveError("unsupported wave format");
    }
    this.#waveFormat = format;
  }

  /** `WAVE_FORMAT_PCM` or `WAVE_FORMAT_IEEE_FLOAT`. */
  getformat(): number {
    return this.#waveFormat;
  }

  /** Announces the number of frames: what the first header says. It is corrected later. */
  setnframes(nframes: Frames): void {
    this.#checkUnwritten();
    this.#nframes = checkNumber(nframes, "nframes", { min: 0, integer: true });
  }

  /** Number of frames written. */
  getnframes(): Frames {
    return this.tell();
  }

  /**
   * Sets the compression: there is none.
   *
   * @throws WaveError `unsupported compression type` for anything but `"NONE"`.
   */
  setcomptype(comptype: string, compname: string): void {
    this.#checkUnwritten();
    if (comptype !== "NONE") {
      throw new WaveError("unsupported compression type");
    }
    this.#comptype = comptype;
    this.#compname = compname;
  }

  /** `"NONE"`. */
  getcomptype(): string {
    return this.#comptype;
  }

  /** `"not compressed"`, or what `setcomptype()` was told. */
  getcompname(): string {
    return this.#compname;
  }

  /** Sets everything at once, from what `getparams()` gave or a tuple in Python's order. */
  setparams(params: WaveParams | WaveParamsTuple): void {
    this.#checkUnwritten();
    const [nchannels, sampwidth, framerate, nframes, comptype, compname] = tupleOf(params);
    this.setnchannels(nchannels);
    this.setsampwidth(sampwidth);
    this.setframerate(framerate);
    this.setnframes(nframes);
    this.setcomptype(comptype, compname);
  }

  /** Everything that was set, with the announced number of frames, as in Python. */
  getparams(): WaveParams {
    if (this.#nchannels === 0 || this.#sampwidth === 0 || this.#framerate === 0) {
      throw new WaveError("not all parameters set");
    }
    return {
      nchannels: this.#nchannels,
      sampwidth: this.#sampwidth,
      framerate: this.#framerate,
      nframes: this.#nframes,
      comptype: this.#comptype,
      compname: this.#compname,
    };
  }

  /** Number of frames written. */
  tell(): Frames {
    return this.#spec === undefined
      ? 0
      : Math.floor(this.#sink.dataBytes / bytesPerFrame(this.#spec.format, this.#spec.channels));
  }

  /**
   * Appends interleaved little-endian frames and leaves the header as it is until `close()` or the
   * next `writeframes()`.
   *
   * @throws WaveError `# channels not specified` and the like when something was not set, or when
   *   the file would pass 4 GiB; then nothing is written.
   * @throws AudioError `disk-full`: what went in before is counted. `file-not-writable` when the
   *   disk fails otherwise, `stream-closed` after `close()`.
   */
  writeframesraw(data: ArrayBuffer | ArrayBufferView): void {
    const bytes = bytesOf(data);
    if (this.#sink.closed) {
      throw new AudioError("stream-closed", `${this.#name}: the file is closed.`);
    }
    const spec = this.#writeHeaderOnce(bytes.byteLength);
    const most = maxWavFrames(spec, PYTHON_HEADER) * bytesPerFrame(spec.format, spec.channels);
    if (this.#sink.dataBytes + bytes.byteLength > most) {
      throw new WaveError("data does not fit: a WAV file ends at 4 GiB");
    }
    this.#sink.append(bytes);
  }

  /**
   * Appends interleaved little-endian frames and brings the header up to date: the file is valid
   * after each call. Errors as in `writeframesraw()`.
   */
  writeframes(data: ArrayBuffer | ArrayBufferView): void {
    try {
      this.writeframesraw(data);
    } finally {
      this.#sink.patch();
    }
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
   * Markers are not supported, as in Python.
   *
   * @throws WaveError `setmark() not supported`, always.
   */
  setmark(_id: number, _position: Frames, _name: string): never {
    throw new WaveError("setmark() not supported");
  }

  /**
   * Brings the header up to date, writes one if no frame was written, and gives the file back, in
   * any case. A second call does nothing.
   *
   * @throws WaveError when channels, width or rate were never set.
   * @throws AudioError `disk-full`, `file-not-writable`.
   */
  close(): void {
    if (this.#sink.closed) {
      return;
    }
    try {
      this.#writeHeaderOnce(0);
      this.#sink.patch();
    } finally {
      this.#sink.close();
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #checkUnwritten(): void {
    if (this.#spec !== undefined) {
      throw new WaveError("cannot change parameters after starting to write");
    }
  }

  /** The header before the first data: it tells of the announced frames, else of these data. */
  #writeHeaderOnce(dataBytes: number): WavSpec {
    if (this.#spec !== undefined) {
      return this.#spec;
    }
    const spec = this.#checkedSpec();
    const frameBytes = bytesPerFrame(spec.format, spec.channels);
    const nframes = this.#nframes === 0 ? Math.floor(dataBytes / frameBytes) : this.#nframes;
    if (nframes > maxWavFrames(spec, PYTHON_HEADER)) {
      throw new WaveError("data does not fit: a WAV file ends at 4 GiB");
    }
    this.#nframes = nframes;
    this.#sink.start(spec, nframes * frameBytes);
    this.#spec = spec;
    return spec;
  }

  #formats(): ReadonlyMap<number, WavFormat> {
    return this.#waveFormat === WAVE_FORMAT_IEEE_FLOAT ? FLOATS : INTEGERS;
  }

  #checkedSpec(): WavSpec {
    const format = this.#formats().get(this.#sampwidth);
    if (this.#nchannels === 0) {
      throw new WaveError("# channels not specified");
    }
    if (this.#sampwidth === 0) {
      throw new WaveError("sample width not specified");
    }
    if (format === undefined) {
      // The format was set after the width.
      throw new WaveError("bad sample width");
    }
    if (this.#framerate === 0) {
      throw new WaveError("sampling rate not specified");
    }
    if (bytesPerFrame(format, this.#nchannels) > MAX_FRAME_BYTES) {
      throw new WaveError("bad # of channels");
    }
    return { sampleRate: this.#framerate, channels: this.#nchannels, format };
  }
}

function bytesOf(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  if (ArrayBuffer.isView(data)) {
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
  if (data instanceof ArrayBuffer) {
    return new Uint8Array(data);
  }
  throw new TypeError(
    `Expected \`data\` to be an ArrayBuffer, a typed array or a Buffer, got ${describe(data)}`,
  );
}

function tupleOf(params: WaveParams | WaveParamsTuple): WaveParamsTuple {
  if (isTuple(params)) {
    return params;
  }
  if (typeof params !== "object" || params === null || Array.isArray(params)) {
    throw new TypeError(
      `Expected \`params\` to be a tuple of six or an object, got ${describe(params)}`,
    );
  }
  const { nchannels, sampwidth, framerate, nframes, comptype, compname } = params;
  return [nchannels, sampwidth, framerate, nframes, comptype, compname];
}

function isTuple(params: WaveParams | WaveParamsTuple): params is WaveParamsTuple {
  return Array.isArray(params) && params.length === 6;
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const half = value - floor === 0.5;
  return half && floor % 2 === 0 ? floor : Math.round(value);
}
