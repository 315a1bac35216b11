import type { Frames } from "../format.js";
import { type Coding, codingOf } from "./codecs/coding.js";
import type { WavEncoding } from "./encoding.js";
import type { WavFormat } from "./header.js";
import type { WavLayout } from "./parse.js";
import type { Requests } from "./requests.js";
import type { WavWarning, WavWarningCode } from "./warning.js";

/** About as many bytes of the file are decoded at once: they then stay in the processor's cache. */
const PIECE_BYTES = 32 * 1024;
const NO_BYTES = new Uint8Array(0);

/**
 * Reads frames of a parsed file from any place of it, decoded. Like the parser it does no reading
 * itself. It keeps memory for one decoded piece of the file, or for one block of ADPCM.
 */
export class FrameReader {
  /** In which format frames are given: interleaved, little-endian. */
  readonly format: WavFormat;
  /** Bytes of one frame as it is given. */
  readonly frameBytes: number;
  readonly encoding: WavEncoding;
  readonly warnings: readonly WavWarning[];
  readonly #warnings: WavWarning[];
  readonly #layout: WavLayout;
  readonly #coding: Coding;
  #length: Frames;
  /** Decoded frames that are lent. */
  #lent: Uint8Array | undefined;
  /** The decoded block of ADPCM, and which one it is. */
  #block: Uint8Array | undefined;
  #blockNumber = -1;
  #blockFrames: Frames = 0;

  /** `narrow` gives 64-bit floats as 32-bit ones. */
  constructor(layout: WavLayout, narrow = false) {
    const { fmt, container } = layout;
    this.#layout = layout;
    this.#coding = codingOf(layout, narrow);
    this.format = this.#coding.format;
    this.frameBytes = this.#coding.frameBytes;
    this.encoding = Object.freeze({
      container: container.name,
      codec: fmt.codec,
      bitsPerSample: fmt.bitsPerSample,
      validBits: fmt.validBits,
      bigEndian: container.bigEndian,
      channelMask: fmt.channelMask,
      formatTag: fmt.formatTag,
    });
    this.#warnings = [...layout.warnings];
    this.warnings = this.#warnings;
    this.#length = this.#coding.framesIn(layout.dataBytes);
    this.#checkLastFrame(layout.dataBytes);
  }

  /** Whole frames that are there; Infinity in a stream that does not tell, until its end came. */
  get length(): Frames {
    return this.#length;
  }

  /**
   * How many of the lowest bits of an integer carry nothing; undefined where the frames are floats.
   */
  get unusedBits(): number | undefined {
    const { codec, bitsPerSample, validBits } = this.encoding;
    if (codec === "float") {
      return undefined;
    }
    if (codec !== "pcm") {
      return 0;
    }
    const given = this.#layout.padding === "lower" ? 24 : bitsPerSample;
    return Math.max(0, given - validBits);
  }

  /** Bytes of the smallest part of the file that can be decoded by itself, and its frames. */
  get unit(): { readonly bytes: number; readonly frames: Frames } {
    return { bytes: this.#coding.unitBytes, frames: this.#coding.unitFrames };
  }

  /** Whole frames in so many bytes of the file, from the start of a unit on. */
  framesIn(bytes: number): Frames {
    return this.#coding.framesIn(bytes);
  }

  /**
   * Reads interleaved frames from `start` on to the start of `target`, at most `frames` and as many
   * as fit and are there. Gives how many: fewer than there should be only where the file or stream
   * ended early.
   */
  *read(target: Uint8Array, start: Frames, frames: Frames): Requests<Frames> {
    const room = Math.floor(target.byteLength / this.frameBytes);
    const wanted = Math.max(0, Math.min(frames, room, this.#length - start));
    const { decode } = this.#coding;
    if (decode === undefined) {
      const part = target.subarray(0, wanted * this.frameBytes);
      const bytes = yield* this.#raw(start * this.frameBytes, part.byteLength, part);
      return this.#coding.framesIn(bytes.byteLength);
    }
    return this.#coding.unitFrames === 1
      ? yield* this.#readFrames(decode, target, start, wanted)
      : yield* this.#readBlocks(decode, target, start, wanted);
  }

  /**
   * Interleaved frames from `start` on, at most `frames`, and no more than are good to be worked on
   * at once: none only where there are no more. They are not to be changed, and good until the next
   * call.
   */
  *lend(start: Frames, frames: Frames): Requests<Uint8Array> {
    const most = Math.max(1, Math.floor(PIECE_BYTES / this.frameBytes));
    const wanted = Math.max(0, Math.min(frames, most, this.#length - start));
    if (this.#coding.decode === undefined) {
      const bytes = yield* this.#raw(start * this.frameBytes, wanted * this.frameBytes);
      return bytes.subarray(0, this.#coding.framesIn(bytes.byteLength) * this.frameBytes);
    }
    this.#lent ??= new Uint8Array(most * this.frameBytes);
    const count = yield* this.read(this.#lent, start, wanted);
    return this.#lent.subarray(0, count * this.frameBytes);
  }

  /**
   * Reads bytes of the file as they are, from the unit `unit` on, whole units and what is left of a
   * last one. Gives how many.
   */
  *readUnits(target: Uint8Array, unit: number): Requests<number> {
    const offset = unit * this.#coding.unitBytes;
    return (yield* this.#raw(offset, target.byteLength, target)).byteLength;
  }

  /** Up to `most` bytes of the data from `offset` on, put into `target` or lent. */
  *#raw(offset: number, most: number, target?: Uint8Array): Requests<Uint8Array> {
    const { dataPosition, dataBytes } = this.#layout;
    const length = Math.max(0, Math.min(most, dataBytes - offset));
    if (length === 0) {
      return NO_BYTES;
    }
    const position = dataPosition + offset;
    const bytes = yield target === undefined
      ? { position, length }
      : { position, length, target: target.subarray(0, length) };
    if (bytes.byteLength < length && this.#layout.isStream) {
      this.#endOfStream(offset + bytes.byteLength);
    }
    return bytes;
  }

  /** The stream has so many bytes of data, and may have announced more. */
  #endOfStream(dataBytes: number): void {
    const { dataBytes: announced, dataPosition } = this.#layout;
    if (Number.isFinite(announced)) {
      const message = `its size is ${announced}, but the stream ended after ${dataBytes} bytes of it`;
      this.#warn("data-size-too-large", message, dataPosition + dataBytes);
    }
    this.#length = this.#coding.framesIn(dataBytes);
    this.#checkLastFrame(dataBytes);
  }

  *#readFrames(
    decode: NonNullable<Coding["decode"]>,
    target: Uint8Array,
    start: Frames,
    wanted: Frames,
  ): Requests<Frames> {
    const { unitBytes } = this.#coding;
    const pieceFrames = Math.max(1, Math.floor(PIECE_BYTES / unitBytes));
    let done = 0;
    while (done < wanted) {
      const count = Math.min(pieceFrames, wanted - done);
      const raw = yield* this.#raw((start + done) * unitBytes, count * unitBytes);
      const frames = this.#coding.framesIn(raw.byteLength);
      decode(raw, frames, target.subarray(done * this.frameBytes));
      done += frames;
      if (frames < count) {
        break;
      }
    }
    return done;
  }

  *#readBlocks(
    decode: NonNullable<Coding["decode"]>,
    target: Uint8Array,
    start: Frames,
    wanted: Frames,
  ): Requests<Frames> {
    const { unitFrames } = this.#coding;
    let done = 0;
    while (done < wanted) {
      const number = Math.floor((start + done) / unitFrames);
      const block = yield* this.#decodedBlock(decode, number);
      const skipped = start + done - number * unitFrames;
      const count = Math.min(this.#blockFrames - skipped, wanted - done);
      if (count <= 0) {
        break;
      }
      const from = skipped * this.frameBytes;
      const part = block.subarray(from, from + count * this.frameBytes);
      target.set(part, done * this.frameBytes);
      done += count;
    }
    return done;
  }

  *#decodedBlock(decode: NonNullable<Coding["decode"]>, number: number): Requests<Uint8Array> {
    const { unitBytes, unitFrames } = this.#coding;
    this.#block ??= new Uint8Array(unitFrames * this.frameBytes);
    if (number !== this.#blockNumber) {
      this.#blockNumber = -1;
      const raw = yield* this.#raw(number * unitBytes, unitBytes);
      this.#blockFrames = this.#coding.framesIn(raw.byteLength);
      // A file or stream that ended early may not even have the header of the block.
      if (this.#blockFrames > 0 && !decode(raw, this.#blockFrames, this.#block)) {
        const message = "the header of a block of ADPCM is damaged; its sound is not what it was";
        this.#warn("damaged-block", message, this.#layout.dataPosition + number * unitBytes);
      }
      this.#blockNumber = number;
    }
    return this.#block;
  }

  #checkLastFrame(dataBytes: number): void {
    const { unitBytes, unitFrames } = this.#coding;
    const rest = dataBytes % unitBytes;
    if (rest > 0) {
      const unit = unitFrames === 1 ? "frame" : "block";
      const message = `its last ${unit} has ${rest} of ${unitBytes} bytes; whole frames are read`;
      this.#warn("last-frame-incomplete", message, this.#layout.dataPosition + dataBytes - rest);
    }
  }

  /** A fault that comes again and again is told once. */
  #warn(code: WavWarningCode, message: string, position: number): void {
    if (!this.#warnings.some((warning) => warning.code === code)) {
      this.#warnings.push({ code, message, position, chunk: "data" });
    }
  }
}
