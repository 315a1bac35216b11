import { AudioError } from "../../errors.js";
import { bytesPerFrame, type Frames, type Hertz, type SampleFormat } from "../../format.js";
import { convertFrames } from "../../samples.js";
import type { WavSampleFormat } from "../../wav/header.js";
import { openNarrowWavSync, type SyncWavFile } from "../../wav/sync-file.js";
import type { SignalSource } from "./signals.js";
import type { FileSpec } from "./spec.js";

/** What a file allows: its own sample rate, and its channels from the first on. */
export interface FileShape {
  readonly sampleRate: Hertz;
  readonly channels: number;
}

/** The sample rate and channels of a device's file. Throws as {@link openNarrowWavSync} does. */
export function fileShape(spec: FileSpec): FileShape {
  const file = openNarrowWavSync(spec.path);
  try {
    return { sampleRate: file.sampleRate, channels: file.channels };
  } finally {
    file.close();
  }
}

/**
 * The frames of a WAV file. In the file's own format they are exact, in another they are converted, rounded and
 * clipped. A read allocates no more than views and, when it is larger than all before it, the memory to convert in.
 */
export class FileSource implements SignalSource {
  readonly length: Frames;
  readonly #file: SyncWavFile<WavSampleFormat>;
  readonly #path: string;
  readonly #format: SampleFormat;
  readonly #frameBytes: number;
  readonly #fileFrameBytes: number;
  /** Undefined when all channels are read. */
  readonly #picked: readonly number[] | undefined;
  readonly #converts: boolean;
  #raw: Uint8Array = new Uint8Array(0);

  /**
   * Opens the file for reads of its first `channels` channels, which must not be more than it has.
   * Throws as {@link openNarrowWavSync} does.
   */
  constructor(spec: FileSpec, channels: number, format: SampleFormat) {
    const file = openNarrowWavSync(spec.path);
    this.#file = file;
    this.#path = spec.path;
    this.#format = format;
    this.#frameBytes = bytesPerFrame(format, channels);
    this.#fileFrameBytes = bytesPerFrame(file.format, file.channels);
    this.#picked =
      channels === file.channels
        ? undefined
        : Array.from({ length: channels }, (_, index) => index);
    this.#converts = this.#picked !== undefined || format !== file.format;
    // A loop over nothing would never come to a frame: an empty file ends at once.
    this.length = spec.loop && file.frames > 0 ? Number.POSITIVE_INFINITY : file.frames;
  }

  write(target: Uint8Array, position: Frames, frames: Frames): void {
    const { frames: fileFrames } = this.#file;
    for (let done = 0; done < frames; ) {
      const at = (position + done) % fileFrames;
      const run = Math.min(frames - done, fileFrames - at);
      this.#writeRun(done === 0 ? target : target.subarray(done * this.#frameBytes), at, run);
      done += run;
    }
  }

  close(): void {
    this.#file.close();
  }

  /** Frames that are one run in the file. */
  #writeRun(target: Uint8Array, at: Frames, frames: Frames): void {
    if (!this.#converts) {
      this.#readWhole(target, at, frames);
      return;
    }
    const bytes = frames * this.#fileFrameBytes;
    if (this.#raw.byteLength < bytes) {
      this.#raw = new Uint8Array(bytes);
    }
    this.#readWhole(this.#raw, at, frames);
    const { format, channels } = this.#file;
    convertFrames(
      { bytes: this.#raw, format, channels },
      this.#picked,
      frames,
      target,
      this.#format,
    );
  }

  #readWhole(target: Uint8Array, at: Frames, frames: Frames): void {
    const got = this.#file.read(target, at, frames);
    if (got < frames) {
      throw new AudioError(
        "file-not-readable",
        `${this.#path} became shorter while it was read: frame ${at + got} of ${this.#file.frames} is gone.`,
      );
    }
  }
}
