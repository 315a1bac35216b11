import { AudioError } from "../errors.js";
import { bytesPerFrame, type Frames, type SampleFormat } from "../format.js";
import { bareHeader } from "./file-header.js";
import { LibFlac } from "./library.js";
import { MD5_BYTES, type StreamInfo } from "./stream-info.js";

/** A decoded FLAC frame. */
export interface DecodedFrame {
  /** Of its first frame in the stream, as the FLAC frame itself says. */
  readonly position: Frames;
  readonly frames: Frames;
  /** Interleaved, little-endian, in {@link formatOf}. */
  readonly bytes: Uint8Array;
}

/** What one step of a decoder led to. */
export interface DecoderStep {
  /** How many bytes the decoder took; it may keep some for the next step. */
  readonly taken: number;
  /** What was decoded. */
  readonly decoded: DecodedFrame | undefined;
  /** Whether something was passed over that was no sound FLAC frame. */
  readonly faulty: boolean;
  /** All bytes are used up, and what was kept of them is gone: {@link FlacDecoder.restart}. */
  readonly exhausted: boolean;
}

/** FLAC__STREAM_DECODER_INIT_STATUS_OK. */
const INIT_OK = 0;
/** FLAC__STREAM_DECODER_END_OF_STREAM. */
const END_OF_STREAM = 4;
/** FLAC__STREAM_DECODER_ERROR_STATUS_FRAME_CRC_MISMATCH. */
const CHECKSUM_WRONG = 2;
/** The decoder asks for more than it needs. What it keeps is at most so much, so that it is known about where it is. */
const MOST_AHEAD_BYTES = 512;
/** Of a FLAC frame's header and footer, and of the headers of its channels. */
const FRAME_EXTRA_BYTES = 1024;
const LEAST_WINDOW_BYTES = 32 * 1024;
const MOST_BLOCK_FRAMES: Frames = 65_535;

/** In what format samples of so many bits are given: the narrowest that holds them, with full scale where it was. */
export function formatOf(bits: number): SampleFormat {
  if (bits <= 8) {
    return "int8";
  }
  return bits <= 16 ? "int16" : "int24";
}

/**
 * The most bytes that a FLAC frame of the stream has: those of one that is not compressed at all. What the header says of
 * this is not believed.
 */
export function mostFrameBytes({ maxBlockFrames, channels, bits }: StreamInfo): number {
  const frames = maxBlockFrames === 0 ? MOST_BLOCK_FRAMES : maxBlockFrames;
  // Of two channels one may be their difference, which has a bit more.
  const plain = Math.ceil((frames * channels * (bits + 1)) / 8) + FRAME_EXTRA_BYTES;
  return Math.max(plain, LEAST_WINDOW_BYTES);
}

/** Decodes FLAC frames out of bytes that are handed to it, one by one. */
export class FlacDecoder {
  readonly #info: StreamInfo;
  readonly #library: LibFlac;
  readonly #format: SampleFormat;
  #decoder = 0;
  /** What it is given to read, and how much of that it took. */
  #offered: Uint8Array = new Uint8Array(0);
  #taken = 0;
  #decoded: DecodedFrame | undefined;
  #faulty = false;
  #spoiled = false;

  private constructor(info: StreamInfo, library: LibFlac) {
    // The library would stop at the number of frames, which may be behind. The checksum is checked where all frames are.
    this.#info = { ...info, frames: 0, md5: new Uint8Array(MD5_BYTES) };
    this.#library = library;
    this.#format = formatOf(info.bits);
    library.listener = {
      onWanted: (target) => this.#give(target),
      onDecoded: (frame, channels) => this.#receive(frame, channels),
      onFault: (status) => this.#fault(status),
    };
  }

  /** Throws AudioError `library-not-found`, `internal`. */
  static async create(info: StreamInfo): Promise<FlacDecoder> {
    const library = await LibFlac.take();
    const decoder = new FlacDecoder(info, library);
    try {
      library.run(() => decoder.#start());
      return decoder;
    } catch (error) {
      decoder.close();
      throw error;
    }
  }

  /**
   * Goes on to the next FLAC frame, reading `bytes`, which follow upon those of the step before, and passing over what is
   * none.
   *
   * @throws AudioError `malformed-file` when the library breaks over them; then close it.
   */
  step(bytes: Uint8Array): DecoderStep {
    this.#offered = bytes;
    this.#taken = 0;
    this.#decoded = undefined;
    this.#faulty = false;
    this.#spoiled = false;
    const { functions } = this.#library;
    let state: number;
    try {
      state = this.#library.run(() => {
        functions.FLAC__stream_decoder_process_single(this.#decoder);
        return functions.FLAC__stream_decoder_get_state(this.#decoder);
      });
    } catch (error) {
      throw new AudioError("malformed-file", "The FLAC library cannot decode the file", {
        cause: error,
      });
    }
    return {
      taken: this.#taken,
      decoded: this.#decoded,
      faulty: this.#faulty,
      exhausted: state >= END_OF_STREAM,
    };
  }

  /** Forgets what it kept; the next step begins with its bytes alone. */
  restart(): void {
    const { functions } = this.#library;
    this.#library.run(() => {
      check(functions.FLAC__stream_decoder_reset(this.#decoder) !== 0, "starting again");
      this.#readHeader();
    });
  }

  /** Gives the library's memory back. It can be called again. */
  close(): void {
    if (this.#decoder === 0) {
      return;
    }
    const decoder = this.#decoder;
    this.#decoder = 0;
    const { functions } = this.#library;
    this.#library.release(() => functions.FLAC__stream_decoder_delete(decoder));
  }

  #start(): void {
    const { functions, onWanted, onDecoded, onFault } = this.#library;
    this.#decoder = functions.FLAC__stream_decoder_new();
    check(this.#decoder !== 0, "starting: no memory is left");
    // It neither seeks, nor tells, nor knows the length or the end, nor wants metadata.
    const status = functions.FLAC__stream_decoder_init_stream(
      this.#decoder,
      onWanted,
      0,
      0,
      0,
      0,
      onDecoded,
      0,
      onFault,
      0,
    );
    check(status === INIT_OK, `starting: status ${status}`);
    this.#readHeader();
  }

  /** Tells the library what the stream is. */
  #readHeader(): void {
    this.#offered = bareHeader(this.#info);
    this.#taken = 0;
    const { functions } = this.#library;
    const done = functions.FLAC__stream_decoder_process_until_end_of_metadata(this.#decoder);
    check(done !== 0, "reading STREAMINFO");
  }

  #give(target: Uint8Array): number {
    const count = Math.min(target.byteLength, MOST_AHEAD_BYTES);
    const part = this.#offered.subarray(this.#taken, this.#taken + count);
    target.set(part);
    this.#taken += part.byteLength;
    return part.byteLength;
  }

  #fault(status: number): void {
    this.#faulty = true;
    this.#spoiled ||= status === CHECKSUM_WRONG;
  }

  /** FLAC__Frame: block size, rate, channels, their assignment, bits, kind of number, number. */
  #receive(frame: number, channelPointers: number): void {
    const { words } = this.#library;
    const [frames = 0, , channels = 0, , bits = 0, , low = 0, high = 0] = words.subarray(
      frame / 4,
      frame / 4 + 8,
    );
    // The library gives silence in place of a FLAC frame whose checksum is wrong, but its length may be wrong as well.
    if (this.#spoiled || channels !== this.#info.channels || bits !== this.#info.bits) {
      this.#faulty = true;
      return;
    }
    const bytes = new Uint8Array(frames * bytesPerFrame(this.#format, channels));
    for (let channel = 0; channel < channels; channel++) {
      const first = (words[channelPointers / 4 + channel] ?? 0) / 4;
      this.#store(words.subarray(first, first + frames), bytes, channel);
    }
    const position = (low >>> 0) + (high >>> 0) * 2 ** 32;
    this.#decoded = { position, frames, bytes };
  }

  /** Puts the samples of a channel in their places among the others. */
  #store(samples: Int32Array, bytes: Uint8Array, channel: number): void {
    const { channels, bits } = this.#info;
    if (this.#format === "int24") {
      const shift = 24 - bits;
      const step = channels * 3;
      for (let index = 0, at = channel * 3; index < samples.length; index++, at += step) {
        const sample = (samples[index] ?? 0) << shift;
        bytes[at] = sample;
        bytes[at + 1] = sample >> 8;
        bytes[at + 2] = sample >> 16;
      }
      return;
    }
    const target =
      this.#format === "int16" ? new Int16Array(bytes.buffer) : new Int8Array(bytes.buffer);
    const shift = target.BYTES_PER_ELEMENT * 8 - bits;
    for (let index = 0, at = channel; index < samples.length; index++, at += channels) {
      target[at] = (samples[index] ?? 0) << shift;
    }
  }
}

function check(fine: boolean, doing: string): void {
  if (!fine) {
    throw new AudioError("internal", `The FLAC library failed when ${doing}`);
  }
}
