// Runs in the writer thread.
import { bytesPerFrame, type Frames, type SampleFormat, silenceByte } from "../../format.js";
import type { Dither } from "../../samples/dither.js";
import { convertFrames, deinterleaveFrames } from "../../samples.js";
import type { Processing } from "../processing/chain.js";
import type { FrameFormat } from "./take-file.js";

/** Frames on their way into a recording: as they will be stored, and as floats for whatever looks at them. */
export interface Piece {
  readonly bytes: Uint8Array;
  /** One array for each channel, with at least `frames` samples. */
  readonly planar: readonly Float32Array[];
  readonly frames: Frames;
  /** Silence that stands in for lost frames: it is neither sound nor silence that was heard. */
  readonly isLost: boolean;
}

/** How frames come. */
export interface InputFormat {
  readonly format: SampleFormat;
  readonly channels: number;
}

/**
 * Makes pieces of the frames of a stream: processed where that is asked for, else untouched to the bit. The memory of a
 * piece is used again for the next one.
 */
export class PieceMaker {
  readonly #input: InputFormat;
  readonly #output: FrameFormat;
  readonly #processing: Processing | undefined;
  readonly #dither: { dither?: Dither };
  #planar: Float32Array[] = [];
  #bytes = new Uint8Array(0);
  #silence = new Uint8Array(0);
  #floats = new Float32Array(0);
  /** Samples that the conversion behind the processing had to clip. */
  clipped = 0;

  constructor(
    input: InputFormat,
    output: FrameFormat,
    processing: Processing | undefined,
    dither: Dither | undefined,
  ) {
    this.#input = input;
    this.#output = output;
    this.#processing = processing;
    this.#dither = dither === undefined ? {} : { dither };
  }

  /** Frames of the stream. */
  make(bytes: Uint8Array, frames: Frames): Piece {
    const isReady = this.#processing === undefined && this.#input.format === this.#output.format;
    const ready = isReady ? bytes : this.#process(bytes, frames);
    return this.#pieceOf(ready, frames, this.#room(frames));
  }

  /** Frames that are as they will be stored, in a piece of its own memory. */
  again(bytes: Uint8Array, frames: Frames): Piece {
    return this.#pieceOf(bytes, frames, this.#newRoom(frames));
  }

  /** Silence in place of lost frames. */
  silence(frames: Frames): Piece {
    const { format, channels } = this.#output;
    const size = frames * bytesPerFrame(format, channels);
    if (this.#silence.byteLength < size) {
      this.#silence = new Uint8Array(size).fill(silenceByte(format));
    }
    const planar = this.#room(frames);
    for (const samples of planar) {
      samples.fill(0, 0, frames);
    }
    return { bytes: this.#silence.subarray(0, size), planar, frames, isLost: true };
  }

  #process(bytes: Uint8Array, frames: Frames): Uint8Array {
    const { format, channels } = this.#input;
    if (this.#floats.length < frames * channels) {
      this.#floats = new Float32Array(frames * channels);
    }
    const floats = this.#floats.subarray(0, frames * channels);
    convertFrames({ bytes, format, channels }, undefined, frames, bytesOf(floats), "float32");
    const source = {
      bytes: bytesOf(this.#processing?.process(floats, frames) ?? floats),
      format: "float32",
      channels: this.#output.channels,
    } as const;
    const output = this.#output.format;
    const size = frames * bytesPerFrame(output, source.channels);
    if (this.#bytes.byteLength < size) {
      this.#bytes = new Uint8Array(size);
    }
    const target = this.#bytes.subarray(0, size);
    this.clipped += convertFrames(source, undefined, frames, target, output, this.#dither);
    return target;
  }

  #pieceOf(bytes: Uint8Array, frames: Frames, planar: Float32Array[]): Piece {
    const { format, channels } = this.#output;
    deinterleaveFrames({ bytes, format, channels }, frames, planar);
    return { bytes, planar, frames, isLost: false };
  }

  #room(frames: Frames): Float32Array[] {
    if ((this.#planar[0]?.length ?? 0) < frames) {
      this.#planar = this.#newRoom(frames);
    }
    return this.#planar;
  }

  #newRoom(frames: Frames): Float32Array[] {
    return Array.from({ length: this.#output.channels }, () => new Float32Array(frames));
  }
}

function bytesOf(floats: Float32Array): Uint8Array {
  return new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
}

/** Frames of a piece, over its memory. */
export function framesOf(piece: Piece, from: Frames, end: Frames): Uint8Array {
  const frameBytes = piece.bytes.byteLength / piece.frames;
  return piece.bytes.subarray(from * frameBytes, end * frameBytes);
}
