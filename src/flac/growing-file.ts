import { setImmediate as immediate } from "node:timers/promises";
import { asError } from "../errors.js";
import { bytesPerFrame, type Frames } from "../format.js";
import type { Gap } from "../recording/recording.js";
import { writeFailure } from "../wav/file-failure.js";
import type { CuePoint } from "../wav/metadata/cues.js";
import type { WavMetadata } from "../wav/metadata/metadata.js";
import type { WavSink } from "../wav/sinks/sink.js";
import type { FlacEncoder, FlacFrame } from "./encoder.js";
import {
  BLOCK_HEADER_BYTES,
  type FlacTags,
  flacHeader,
  STREAM_INFO_POSITION,
} from "./file-header.js";
import { encodeStreamInfo, MD5_BYTES, type StreamInfo } from "./stream-info.js";
import { checkGap, cueComments, gapComment, textComments } from "./tags.js";
import type { FlacWriterSettings } from "./writer-options.js";

/** About as many samples are coded at once: a few milliseconds of the event loop. */
const PIECE_SAMPLES = 2 ** 16;
/** Up to here the header is written anew while the file grows: within a page of memory, no crash can tear it. */
const WHOLE_HEADER_BYTES = 4096;
/** Room for comments to come, where nothing else was asked for. */
const LEAST_METADATA_ROOM = 1024;

/**
 * A FLAC file while it grows: a header that is valid at each moment, whole FLAC frames, and the frames that are not among
 * them yet. Whoever uses it lets one call end before the next.
 */
export class GrowingFlac {
  readonly #sink: WavSink;
  readonly #encoder: FlacEncoder;
  readonly #settings: FlacWriterSettings;
  readonly #frameBytes: number;
  /** What was given and is not in the file. */
  readonly #waiting: Uint8Array[] = [];
  #metadata: WavMetadata;
  #gaps: readonly Gap[];
  #headerBytes = 0;
  /** Bytes of the file. */
  #bytes = 0;
  /** Frames in the file. */
  #frames: Frames = 0;
  #checkpointFrames: Frames = 0;
  #tagsChanged = false;
  #given: Frames = 0;
  #failure: Error | undefined;

  constructor(sink: WavSink, encoder: FlacEncoder, settings: FlacWriterSettings) {
    const { spec, metadata, gaps } = settings;
    this.#sink = sink;
    this.#encoder = encoder;
    this.#settings = settings;
    this.#frameBytes = bytesPerFrame(spec.format, spec.channels);
    this.#metadata = metadata;
    this.#gaps = gaps;
  }

  /** Frames that were given; after a fault, those in the file. */
  get length(): Frames {
    return this.#failure === undefined ? this.#given : this.#frames;
  }

  /** Frames in the file. */
  get frames(): Frames {
    return this.#frames;
  }

  /** The bytes of the frames that were given and are not in the file. */
  get waiting(): Uint8Array {
    return Buffer.concat(this.#waiting);
  }

  /** The header of a file without frames. */
  async start(): Promise<void> {
    const { streamInfo } = this.#encoder;
    const bare = this.#header(streamInfo, { room: 0 });
    const usual = Math.max(
      LEAST_METADATA_ROOM,
      WHOLE_HEADER_BYTES - BLOCK_HEADER_BYTES - bare.byteLength,
    );
    const room = this.#sink.seekable ? (this.#settings.metadataRoom ?? usual) : 0;
    const header = room === 0 ? bare : this.#header(streamInfo, { room });
    this.#headerBytes = header.byteLength;
    await this.#put(header, 0);
    this.#bytes = header.byteLength;
  }

  /** What the file says beside its samples and its gaps, or will say. */
  get metadata(): WavMetadata {
    return this.#metadata;
  }

  /** Throws what cannot be written, and leaves all as it was. */
  setMetadata(metadata: WavMetadata): void {
    this.#changeTags(metadata, this.#gaps);
  }

  addCue(cue: CuePoint): void {
    const { cues = [] } = this.#metadata;
    this.#changeTags({ ...this.#metadata, cues: [...cues, cue] }, this.#gaps);
  }

  addGap(gap: Gap): void {
    this.#changeTags(this.#metadata, [...this.#gaps, checkGap(gap)]);
  }

  /** Codes whole frames and writes what is complete, with a checkpoint where one is due. */
  async append(bytes: Uint8Array): Promise<void> {
    this.#checkWhole();
    const { spec, checkpointFrames } = this.#settings;
    const step = Math.max(1, Math.floor(PIECE_SAMPLES / spec.channels)) * this.#frameBytes;
    for (let at = 0; at < bytes.byteLength; at += step) {
      const piece = bytes.subarray(at, at + step);
      this.#waiting.push(Uint8Array.from(piece));
      this.#given += piece.byteLength / this.#frameBytes;
      await this.#appendFrames(() => this.#encoder.encode(piece));
      if (this.#frames - this.#checkpointFrames >= checkpointFrames) {
        await this.checkpoint();
      }
      if (at + step < bytes.byteLength) {
        // What goes to memory never waits, and coding holds the event loop.
        await immediate();
      }
    }
  }

  /** Brings the header up to what is in the file. */
  async checkpoint(): Promise<void> {
    const small = this.#headerBytes <= WHOLE_HEADER_BYTES;
    try {
      await this.#putHeader(this.#tagsChanged && small);
    } catch (error) {
      throw writeFailure(error, this.#sink.name);
    }
  }

  /** A checkpoint, and the wait for the disk. */
  async flush(): Promise<void> {
    this.#checkWhole();
    await this.checkpoint();
    try {
      await this.#sink.sync();
    } catch (error) {
      throw writeFailure(error, this.#sink.name);
    }
  }

  /** Writes the last frames and the header that is right for all, and gives everything back in any case. */
  async finish(): Promise<void> {
    try {
      if (this.#failure === undefined) {
        await this.#appendFrames(() => this.#encoder.finish());
      }
      await this.#putHeader(true);
    } catch (error) {
      throw writeFailure(error, this.#sink.name);
    } finally {
      this.#encoder.close();
      await this.#sink.close();
    }
  }

  #tagsOf(metadata: WavMetadata, gaps: readonly Gap[]): FlacTags {
    return {
      vendor: this.#encoder.vendor,
      texts: textComments(metadata, this.#settings.spec.sampleRate),
      marks: [...gaps.map((gap) => [gapComment(gap)]), ...(metadata.cues ?? []).map(cueComments)],
    };
  }

  #header(info: StreamInfo, size: Parameters<typeof flacHeader>[2]): Uint8Array {
    return flacHeader(info, this.#tagsOf(this.#metadata, this.#gaps), size);
  }

  #changeTags(metadata: WavMetadata, gaps: readonly Gap[]): void {
    const size = { totalBytes: this.#headerBytes };
    flacHeader(this.#encoder.streamInfo, this.#tagsOf(metadata, gaps), size);
    this.#metadata = metadata;
    this.#gaps = gaps;
    this.#tagsChanged = true;
  }

  async #appendFrames(encode: () => FlacFrame[]): Promise<void> {
    let frames: FlacFrame[] = [];
    let done = 0;
    try {
      frames = encode();
      const bytes = Buffer.concat(frames.map((frame) => frame.bytes));
      while (done < bytes.byteLength) {
        done += await this.#sink.write(bytes.subarray(done), this.#bytes + done);
      }
    } catch (error) {
      this.#failure = asError(writeFailure(error, this.#sink.name));
      await this.#keepWholeFrames(frames, done);
      throw this.#failure;
    }
    this.#count(frames);
  }

  /** After a failed write: drops the FLAC frame that `done` bytes end in, and all behind it. */
  async #keepWholeFrames(frames: readonly FlacFrame[], done: number): Promise<void> {
    let end = 0;
    const whole = frames.filter((frame) => {
      end += frame.bytes.byteLength;
      return end <= done;
    });
    this.#count(whole);
    try {
      if (this.#sink.seekable) {
        await this.#sink.truncate(this.#bytes);
      }
      await this.#putHeader(false);
    } catch {
      // The write's own error goes to the caller. `finish()` writes the header again, and tells.
    }
  }

  #count(frames: readonly FlacFrame[]): void {
    let written = 0;
    for (const frame of frames) {
      this.#bytes += frame.bytes.byteLength;
      written += frame.frames;
    }
    this.#frames += written;
    for (let bytes = written * this.#frameBytes; bytes > 0; ) {
      const first = this.#waiting.shift() ?? new Uint8Array(bytes);
      if (first.byteLength > bytes) {
        this.#waiting.unshift(first.subarray(bytes));
      }
      bytes -= Math.min(bytes, first.byteLength);
    }
  }

  /** Its numbers, and its comments where they are to be written anew. */
  async #putHeader(withTags: boolean): Promise<void> {
    if (!this.#sink.seekable) {
      return;
    }
    const made = this.#encoder.streamInfo;
    // After a fault the file lacks what the checksum was made of.
    const md5 = this.#failure === undefined ? made.md5 : new Uint8Array(MD5_BYTES);
    const info = { ...made, frames: this.#frames, md5 };
    if (withTags) {
      await this.#put(this.#header(info, { totalBytes: this.#headerBytes }), 0);
      this.#tagsChanged = false;
    } else {
      await this.#put(encodeStreamInfo(info), STREAM_INFO_POSITION);
    }
    this.#checkpointFrames = this.#frames;
  }

  async #put(bytes: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < bytes.byteLength; ) {
      done += await this.#sink.write(bytes.subarray(done), position + done);
    }
  }

  /** A hole in the file could not be seen. */
  #checkWhole(): void {
    if (this.#failure !== undefined) {
      throw this.#failure;
    }
  }
}
