import { AudioError } from "../errors.js";
import { bytesPerFrame, type Frames, samplesOf } from "../format.js";
import { parseComments } from "./comments.js";
import { bitsOf, blockFramesOf, type FlacSpec } from "./format.js";
import { LibFlac } from "./library.js";
import { MD5_BYTES, type StreamInfo } from "./stream-info.js";

/** A FLAC frame: a block of frames in coded form, which can be decoded by itself. */
export interface FlacFrame {
  readonly bytes: Uint8Array;
  /** How many frames it holds. */
  readonly frames: Frames;
}

/** Samples that are handed over to the library at once. */
const PIECE_SAMPLES = 16_384;
/** FLAC__STREAM_ENCODER_INIT_STATUS_OK. */
const INIT_OK = 0;
/** A metadata block with comments, the last one or not. */
const COMMENTS_BLOCK = 4;
/** Where the MD5 is in FLAC__StreamMetadata. */
const MD5_OFFSET = 56;

/**
 * Makes FLAC frames of interleaved frames, in order, each as soon as its block is full. The metadata before them are
 * written by whoever writes the file: {@link streamInfo} is what must be among them.
 */
export class FlacEncoder {
  /** Frames of a FLAC frame, but for the last. */
  readonly blockFrames: Frames;
  readonly #spec: FlacSpec;
  readonly #library: LibFlac;
  readonly #pieceFrames: Frames;
  #encoder = 0;
  #input = 0;
  #vendor = "";
  /** What came out since it was last collected. */
  #out: FlacFrame[] = [];
  #made: Frames = 0;
  #least = Number.POSITIVE_INFINITY;
  #most = 0;
  #md5: Uint8Array = new Uint8Array(MD5_BYTES);
  #finished = false;

  private constructor(spec: FlacSpec, library: LibFlac) {
    this.#spec = spec;
    this.#library = library;
    this.blockFrames = blockFramesOf(spec);
    this.#pieceFrames = Math.floor(PIECE_SAMPLES / spec.channels);
    library.listener = {
      onEncoded: (bytes, frames) => this.#collect(bytes, frames),
      onFinished: (pointer) => this.#finish(pointer),
    };
  }

  /** Throws AudioError `library-not-found`, `internal`. */
  static async create(spec: FlacSpec): Promise<FlacEncoder> {
    const library = await LibFlac.take();
    const encoder = new FlacEncoder(spec, library);
    try {
      library.run(() => encoder.#start());
      return encoder;
    } catch (error) {
      encoder.close();
      throw error;
    }
  }

  /** How the library names itself. */
  get vendor(): string {
    return this.#vendor;
  }

  /** Frames that are in the FLAC frames that came out. */
  get made(): Frames {
    return this.#made;
  }

  /**
   * What the file's STREAMINFO has to say of the FLAC frames that came out. The checksum is known, and not all zeros, after
   * {@link finish}.
   */
  get streamInfo(): StreamInfo {
    const { sampleRate, channels, format } = this.#spec;
    return {
      minBlockFrames: this.blockFrames,
      maxBlockFrames: this.blockFrames,
      minFrameBytes: this.#most === 0 ? 0 : this.#least,
      maxFrameBytes: this.#most,
      sampleRate,
      channels,
      bits: bitsOf(format),
      frames: this.#made,
      md5: this.#md5,
    };
  }

  /**
   * Takes whole interleaved frames in the format, little-endian; gives the FLAC frames that are complete: maybe none.
   *
   * @throws AudioError `stream-closed` after {@link finish} or {@link close}, `internal`.
   */
  encode(bytes: Uint8Array): FlacFrame[] {
    this.#checkOpen();
    const { channels, format } = this.#spec;
    const pieceBytes = this.#pieceFrames * bytesPerFrame(format, channels);
    for (let at = 0; at < bytes.byteLength; at += pieceBytes) {
      const piece = bytes.subarray(at, at + pieceBytes);
      this.#load(piece);
      this.#library.run(() => {
        const frames = piece.byteLength / bytesPerFrame(format, channels);
        const { functions } = this.#library;
        check(
          functions.FLAC__stream_encoder_process_interleaved(this.#encoder, this.#input, frames) !==
            0,
          "coding",
        );
      });
    }
    return this.#take();
  }

  /** Ends the stream: gives what is left, in a shorter FLAC frame. Throws as {@link encode}. */
  finish(): FlacFrame[] {
    this.#checkOpen();
    this.#finished = true;
    const { functions } = this.#library;
    this.#library.run(() =>
      check(functions.FLAC__stream_encoder_finish(this.#encoder) !== 0, "ending"),
    );
    return this.#take();
  }

  /** Gives the library's memory back. It can be called again. */
  close(): void {
    if (this.#encoder === 0) {
      return;
    }
    const encoder = this.#encoder;
    this.#encoder = 0;
    const { functions } = this.#library;
    this.#library.release(() => {
      functions.FLAC__stream_encoder_delete(encoder);
      functions.free(this.#input);
    });
  }

  #start(): void {
    const { functions, onEncoded, onFinished } = this.#library;
    const { sampleRate, channels, format, level } = this.#spec;
    this.#encoder = functions.FLAC__stream_encoder_new();
    this.#input = functions.malloc(this.#pieceFrames * channels * 4);
    check(this.#encoder !== 0 && this.#input !== 0, "starting: no memory is left");
    const encoder = this.#encoder;
    functions.FLAC__stream_encoder_set_verify(encoder, 0);
    functions.FLAC__stream_encoder_set_compression_level(encoder, level);
    functions.FLAC__stream_encoder_set_channels(encoder, channels);
    functions.FLAC__stream_encoder_set_bits_per_sample(encoder, bitsOf(format));
    functions.FLAC__stream_encoder_set_sample_rate(encoder, sampleRate);
    functions.FLAC__stream_encoder_set_blocksize(encoder, this.blockFrames);
    // It neither seeks nor tells.
    const status = functions.FLAC__stream_encoder_init_stream(
      encoder,
      onEncoded,
      0,
      0,
      onFinished,
      0,
    );
    check(status === INIT_OK, `starting: status ${status}`);
  }

  /** Puts samples into the library's memory, as 32-bit integers. */
  #load(bytes: Uint8Array): void {
    const first = this.#input / 4;
    const { words } = this.#library;
    if (this.#spec.format === "int16") {
      words.set(samplesOf(bytes, "int16"), first);
      return;
    }
    for (let at = 0, index = first; at < bytes.byteLength; at += 3, index++) {
      const low = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
      words[index] = low | (((bytes[at + 2] ?? 0) << 24) >> 8);
    }
  }

  /** What the library wrote. Of the metadata, which others write, only its name is of use. */
  #collect(bytes: Uint8Array, frames: Frames): void {
    if (frames > 0) {
      this.#out.push({ bytes: Uint8Array.from(bytes), frames });
      this.#made += frames;
      this.#least = Math.min(this.#least, bytes.byteLength);
      this.#most = Math.max(this.#most, bytes.byteLength);
    } else if (((bytes[0] ?? 0) & 0x7f) === COMMENTS_BLOCK) {
      this.#vendor = parseComments(bytes.subarray(4)).vendor;
    }
  }

  #finish(pointer: number): void {
    const at = pointer + MD5_OFFSET;
    this.#md5 = this.#library.bytes.slice(at, at + MD5_BYTES);
  }

  #take(): FlacFrame[] {
    const out = this.#out;
    this.#out = [];
    return out;
  }

  #checkOpen(): void {
    if (this.#encoder === 0 || this.#finished) {
      throw new AudioError("stream-closed", "The FLAC encoder was ended.");
    }
  }
}

function check(fine: boolean, doing: string): void {
  if (!fine) {
    throw new AudioError("internal", `The FLAC library failed when ${doing}`);
  }
}
