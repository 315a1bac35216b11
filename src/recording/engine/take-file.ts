// Runs in the writer thread.
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { AudioError } from "../../errors.js";
import type { Frames, Hertz, Milliseconds, SampleFormat } from "../../format.js";
import { convertFrames } from "../../samples.js";
import type { CuePoint } from "../../wav/metadata/cues.js";
import type { WavMetadata } from "../../wav/metadata/metadata.js";
import { WavWriter } from "../../wav/writer.js";
import { gapCues } from "../gap-cues.js";
import type { Gap } from "../recording.js";
import { startExtension } from "./start-extension.js";

/** When the first frame of a file was heard, and by how much that may be wrong. */
export interface StartTime {
  /** On the parent's clock. */
  readonly time: Milliseconds;
  readonly date: Date;
  readonly uncertainty: Milliseconds;
}

/** How the frames of a recording are. */
export interface FrameFormat {
  readonly sampleRate: Hertz;
  readonly channels: number;
  readonly format: SampleFormat;
}

/** What a file shall be. */
export interface FileRequest extends FrameFormat {
  readonly path: string;
  readonly kind: "wav" | "flac";
  readonly overwrite: boolean;
  readonly metadata: WavMetadata;
}

/** A file of a recording while it is written: one call ends before the next begins. */
export interface TakeFile {
  readonly path: string;
  /** Frames that are in the file. */
  readonly frames: Frames;
  /** Frames that were given to it and are not in it, as they were given. */
  readonly waiting: Uint8Array;
  /** Appends whole frames in the format of the request. */
  write(bytes: Uint8Array): Promise<void>;
  /** Says when the first frame was heard. */
  setStart(start: StartTime): void;
  /** Notes a place. */
  addCue(cue: CuePoint): void;
  /** Notes lost frames. */
  addGap(gap: Gap): void;
  /** Fails when the file is not in its place any more. */
  check(): Promise<void>;
  /** Completes the file and gives it back; resolves with its size. */
  close(): Promise<number>;
}

/** Creates a file, which is valid and has no frames. */
export type FileOpener = (request: FileRequest) => Promise<TakeFile>;

/** The file is brought up to date on the disk each so many seconds of audio. */
const CHECKPOINT = 0.5;

/** Creates a WAV file. */
export async function openWavTake(request: FileRequest): Promise<TakeFile> {
  const { path, sampleRate, channels, format } = request;
  // WAV has no signed bytes.
  const stored = format === "int8" ? "uint8" : format;
  // The process may go to another folder meanwhile.
  const place = resolve(path);
  const writer = await WavWriter.create(place, {
    sampleRate: Math.round(sampleRate),
    channels,
    format: stored,
    overwrite: request.overwrite,
    checkpointSeconds: CHECKPOINT,
    metadata: { ...request.metadata, bext: startExtension(request, undefined) },
  });
  let inode: bigint | undefined;
  return {
    path,
    get frames() {
      return writer.length;
    },
    // What a write has begun is in the file, or was not taken.
    waiting: new Uint8Array(0),
    write: (bytes) => writer.write(stored === format ? bytes : unsigned(bytes, channels)),
    setStart: (start) => {
      writer.setMetadata({ ...writer.metadata, bext: startExtension(request, start) });
    },
    addCue: (cue) => writer.addCue(cue),
    addGap: (gap) => {
      for (const cue of gapCues([gap])) {
        writer.addCue(cue);
      }
    },
    check: async () => {
      inode = await checkPlace(place, inode);
    },
    close: async () => {
      await writer.close();
      return (await stat(place)).size;
    },
  };
}

/**
 * On most systems a file that is removed can be written on, and is nowhere. Resolves with the file's number, which must be the
 * one before.
 */
export async function checkPlace(path: string, before: bigint | undefined): Promise<bigint> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  if (found === undefined || (before !== undefined && found.ino !== before)) {
    throw new AudioError(
      "file-not-writable",
      `Cannot write ${path} any more: it was removed or replaced while it was recorded.`,
    );
  }
  return found.ino;
}

function unsigned(bytes: Uint8Array, channels: number): Uint8Array {
  const target = new Uint8Array(bytes.byteLength);
  const frames = bytes.byteLength / channels;
  convertFrames({ bytes, format: "int8", channels }, undefined, frames, target, "uint8");
  return target;
}
