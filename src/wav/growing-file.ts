import { AudioError } from "../errors.js";
import { bytesPerFrame, type Frames } from "../format.js";
import { writeFailure } from "./file-failure.js";
import {
  maxWavFrames,
  padBytes,
  type WavHeaderOptions,
  type WavSpec,
  wavHeader,
  wavHeaderBytes,
} from "./header.js";
import { FileMetadata } from "./metadata/file-metadata.js";
import type { WavMetadata } from "./metadata/metadata.js";
import type { WavSink } from "./sinks/sink.js";
import type { WriterSettings } from "./writer-options.js";

/** No more is given to the system at once. */
const MOST_PIECE_BYTES = 8 * 1024 * 1024;
/** Up to here the header is written as a whole: within a page of memory, no crash can tear it. */
const WHOLE_HEADER_BYTES = 4096;
/**
 * Frames that come much faster than they sound have their seconds thousands of times a second; so
 * often nobody needs a header.
 */
export const LEAST_CHECKPOINT_MS = 20;
/** Id and size of the data, the last thing in a header. */
const DATA_HEADER_BYTES = 8;

/**
 * A WAV file while it grows: a header that is valid at each moment, the frames, and what comes behind
 * them. Whoever uses it lets one call end before the next.
 */
export class GrowingFile {
  readonly #sink: WavSink;
  readonly #settings: WriterSettings;
  readonly #spec: WavSpec;
  readonly #frameBytes: number;
  readonly #metadata: FileMetadata;
  readonly #headerOptions: WavHeaderOptions;
  readonly #dataPosition: number;
  #frames: Frames = 0;
  /** Frames there will be when what was admitted is written. */
  #admitted: Frames = 0;
  /** What the header in the file says. */
  #headerFrames: Frames = 0;
  /** When the last checkpoint was, in milliseconds. */
  #checkpointTime = Number.NEGATIVE_INFINITY;
  /** The metadata before the samples that are in the file. */
  #headerMetadata: Uint8Array | undefined;

  constructor(sink: WavSink, settings: WriterSettings) {
    const { spec, extensible, container, metadata, metadataRoom } = settings;
    const streaming = !sink.seekable;
    this.#sink = sink;
    this.#settings = settings;
    this.#spec = spec;
    this.#frameBytes = bytesPerFrame(spec.format, spec.channels);
    this.#metadata = new FileMetadata(
      metadata,
      spec.sampleRate,
      streaming ? 0 : metadataRoom,
      streaming,
    );
    this.#headerOptions = { extensible, container: streaming ? "riff" : container, streaming };
    this.#dataPosition = wavHeaderBytes(spec, {
      ...this.#headerOptions,
      metadata: this.#metadata.head,
    });
  }

  /** Frames in the file. */
  get frames(): Frames {
    return this.#frames;
  }

  /** What the file says beside its samples, or will say. */
  get metadata(): WavMetadata {
    return this.#metadata.value;
  }

  /**
   * Changes the metadata, if they then still fit.
   *
   * @throws what `change` throws; AudioError `format-not-supported` as `admit()`.
   */
  changeMetadata(change: (metadata: FileMetadata) => void): void {
    if (this.#settings.container !== "riff") {
      change(this.#metadata);
      return;
    }
    const before = this.#metadata.value;
    change(this.#metadata);
    try {
      this.#checkSize(Math.max(this.#frames, this.#admitted));
    } catch (error) {
      this.#metadata.replace(before);
      throw error;
    }
  }

  /** The header of a file without frames. */
  start(): Promise<void> {
    return this.#putHeader();
  }

  /**
   * Refuses frames that a RIFF file has no room for beside all that `finish()` will write behind
   * them.
   *
   * @throws AudioError `format-not-supported`
   */
  admit(frames: Frames): void {
    this.#checkSize(this.#frames + frames);
    this.#admitted = this.#frames + frames;
  }

  /**
   * Writes whole frames behind those that are there, with a checkpoint where one is due.
   *
   * @throws AudioError `disk-full`, `file-not-writable`; what went in before is counted.
   */
  async append(bytes: Uint8Array): Promise<void> {
    const { checkpointBytes } = this.#settings;
    const most = Math.min(MOST_PIECE_BYTES, checkpointBytes);
    const pieceBytes = Math.max(1, Math.floor(most / this.#frameBytes)) * this.#frameBytes;
    for (let offset = 0; offset < bytes.byteLength; offset += pieceBytes) {
      await this.#appendPiece(bytes.subarray(offset, offset + pieceBytes));
      // A clock that was set back must not keep the header waiting.
      const isTime = Math.abs(Date.now() - this.#checkpointTime) >= LEAST_CHECKPOINT_MS;
      const behindBytes = (this.#frames - this.#headerFrames) * this.#frameBytes;
      if (behindBytes >= checkpointBytes || (this.isBehind && isTime)) {
        await this.checkpoint();
      }
    }
  }

  /** Whether a checkpoint is due, and waits only because the last one was just now. */
  get isBehind(): boolean {
    const behind = this.#frames - this.#headerFrames;
    return this.#sink.seekable && behind >= this.#settings.checkpointFrames;
  }

  /** Brings the header up to what is in the file, where it is behind. */
  async checkpoint(): Promise<void> {
    if (!this.#sink.seekable) {
      return;
    }
    const dataBytes = this.#frames * this.#frameBytes;
    const moved = this.#frames !== this.#headerFrames;
    if (!moved && this.#headerMetadata === this.#metadata.head) {
      return;
    }
    this.#checkpointTime = Date.now();
    try {
      await this.#putHeader();
      if (moved && padBytes(dataBytes) > 0) {
        // After the header, for there may be no room for it. The next frames are written over it.
        await this.#put(Uint8Array.of(0), this.#dataPosition + dataBytes);
      }
    } catch (error) {
      throw writeFailure(error, this.#sink.name);
    }
  }

  /** A checkpoint, and the wait for the disk. */
  async flush(): Promise<void> {
    await this.checkpoint();
    try {
      await this.#sink.sync();
    } catch (error) {
      throw writeFailure(error, this.#sink.name);
    }
  }

  /** Writes what stands behind the frames, and gives the file back in any case. */
  async finish(): Promise<void> {
    try {
      await this.checkpoint();
      if (this.#sink.seekable && this.#metadata.tail.byteLength > 0) {
        await this.#putTail(this.#metadata.tail);
      }
    } finally {
      await this.#sink.close();
    }
  }

  #checkSize(frames: Frames): void {
    if (this.#settings.container !== "riff") {
      return;
    }
    const { head, tail } = this.#metadata;
    const most = maxWavFrames(this.#spec, {
      ...this.#headerOptions,
      metadata: head,
      tailBytes: tail.byteLength,
    });
    if (frames > most) {
      throw new AudioError(
        "format-not-supported",
        `Cannot write ${this.#sink.name}: a RIFF file ends at 4 GiB, which is ${most} frames of ` +
          `this kind, and ${this.#frames} are written. Go on in another file, or let it become ` +
          'RF64: `container: "auto"`.',
      );
    }
  }

  async #appendPiece(bytes: Uint8Array): Promise<void> {
    const start = this.#dataPosition + this.#frames * this.#frameBytes;
    let done = 0;
    try {
      while (done < bytes.byteLength) {
        done += await this.#sink.write(bytes.subarray(done), start + done);
      }
    } catch (error) {
      await this.#keepWhatWentIn(done);
      throw writeFailure(error, this.#sink.name);
    }
    this.#frames += bytes.byteLength / this.#frameBytes;
  }

  /**
   * After a failed write: counts the whole frames of the `done` bytes that reached the file, and
   * drops the rest.
   */
  async #keepWhatWentIn(done: number): Promise<void> {
    this.#frames += Math.floor(done / this.#frameBytes);
    this.#admitted = this.#frames;
    try {
      if (done % this.#frameBytes > 0 && this.#sink.seekable) {
        await this.#sink.truncate(this.#dataPosition + this.#frames * this.#frameBytes);
      }
      await this.checkpoint();
    } catch {
      // The write's own error goes to the caller. A header that is behind is tried again by
      // `finish()`, which tells.
    }
  }

  /** The chunks behind the data; only when they are there the header counts them. */
  async #putTail(tail: Uint8Array): Promise<void> {
    const dataBytes = this.#frames * this.#frameBytes;
    const end = this.#dataPosition + dataBytes + padBytes(dataBytes);
    try {
      await this.#put(tail, end);
      await this.#putHeader(tail.byteLength);
    } catch (error) {
      if (this.#sink.seekable) {
        await this.#sink.truncate(end).catch(() => {
          // What cannot be removed stands behind the RIFF chunk, where readers do not look.
        });
      }
      throw writeFailure(error, this.#sink.name);
    }
  }

  /**
   * Writes the header anew. It comes after its data, so that it never promises frames that are not
   * there. Where there is much metadata in it, only its numbers are written again, first the size of
   * the data: a size of the file that is behind misleads nobody.
   */
  async #putHeader(tailBytes = 0): Promise<void> {
    const frames = this.#frames;
    const { head } = this.#metadata;
    const options = { ...this.#headerOptions, metadata: head, tailBytes };
    const header = wavHeader(this.#spec, frames * this.#frameBytes, options);
    if (header.byteLength <= WHOLE_HEADER_BYTES || head !== this.#headerMetadata) {
      await this.#put(header, 0);
    } else {
      const data = header.byteLength - DATA_HEADER_BYTES;
      await this.#put(header.subarray(data), data);
      await this.#put(header.subarray(0, data - head.byteLength), 0);
    }
    this.#headerFrames = frames;
    this.#headerMetadata = head;
  }

  async #put(bytes: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < bytes.byteLength; ) {
      done += await this.#sink.write(bytes.subarray(done), position + done);
    }
  }
}
