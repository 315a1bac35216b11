import { type FileHandle, open, readFile } from "node:fs/promises";
import type { Dbfs, Frames, Hertz, SampleFormat, Seconds } from "../../format.js";
import { readFailure, writeFailure } from "../../wav/file-failure.js";
import type { Gap } from "../recording.js";

/** What an index says about one finished file. */
export interface IndexEntry {
  /** Its path, from the folder of the index. */
  readonly file: string;
  /** When its first frame was heard: UTC, ISO 8601; null where nothing told. */
  readonly startedAt: string | null;
  /** Place of its first frame in the whole recording, lost frames included. */
  readonly position: Frames;
  readonly frames: Frames;
  readonly seconds: Seconds;
  readonly sampleRate: Hertz;
  readonly channels: number;
  /** How its samples are stored. */
  readonly format: SampleFormat | "flac";
  /** Lost frames, at their places in the file. */
  readonly gaps: readonly Gap[];
  /** Largest sample of each channel; null for a channel of zeros, which has no level. */
  readonly peakDbfs: readonly (Dbfs | null)[];
  /** Root mean square of each channel. */
  readonly rmsDbfs: readonly (Dbfs | null)[];
  /** What was marked, at its place in the file. */
  readonly marks: readonly IndexMark[];
}

/** A mark of an {@link IndexEntry}. */
export interface IndexMark {
  readonly position: Frames;
  readonly label: string;
}

const NEWLINE = 0x0a;

/**
 * The index of many files: JSON Lines, one {@link IndexEntry} a line, in the order in which the files were finished.
 * Each line is on the disk before `append()` resolves. A line that a crash cut is left as it is, and the next one
 * begins behind it.
 */
export class IndexFile {
  readonly path: string;
  readonly #handle: FileHandle;
  /** Lines are written one after the other, however they are appended. */
  #last: Promise<void> = Promise.resolve();
  #isCut: boolean;

  /**
   * Opens an index, or creates it; lines go behind those that are there.
   *
   * @throws AudioError `file-not-writable`, `disk-full`.
   */
  static async open(path: string): Promise<IndexFile> {
    try {
      const handle = await open(path, "a+");
      return new IndexFile(path, handle, await isCut(handle));
    } catch (error) {
      throw writeFailure(error, path);
    }
  }

  private constructor(path: string, handle: FileHandle, isCut: boolean) {
    this.path = path;
    this.#handle = handle;
    this.#isCut = isCut;
  }

  /** @throws AudioError `file-not-writable`, `disk-full`; what was written before stays, and more can be appended. */
  append(entry: IndexEntry): Promise<void> {
    const written = this.#last.then(() => this.#write(entry));
    // Whoever appended is told; the next line does not depend on it.
    this.#last = written.catch(() => {});
    return written;
  }

  /** Waits for what was appended, and closes the file. Twice is fine. */
  async close(): Promise<void> {
    await this.#last;
    await this.#handle.close();
  }

  async #write(entry: IndexEntry): Promise<void> {
    const line = `${JSON.stringify(entry, levelOrNull)}\n`;
    try {
      await this.#handle.appendFile(this.#isCut ? `\n${line}` : line);
      this.#isCut = false;
      await this.#handle.datasync();
    } catch (error) {
      this.#isCut = true;
      throw writeFailure(error, this.path);
    }
  }
}

/**
 * The entries of an index, in order. Lines that a crash cut, and those of other programs, are left out; a missing index
 * has no entries.
 *
 * @throws AudioError `file-not-readable`.
 */
export async function readIndex(path: string): Promise<IndexEntry[]> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      return [];
    }
    throw readFailure(error, path);
  }
  return text.split("\n").flatMap((line) => {
    const entry = parseLine(line);
    return entry === undefined ? [] : [entry];
  });
}

function parseLine(line: string): IndexEntry | undefined {
  try {
    const value: unknown = JSON.parse(line);
    const isEntry =
      typeof value === "object" &&
      value !== null &&
      "file" in value &&
      typeof value.file === "string" &&
      "frames" in value &&
      typeof value.frames === "number";
    return isEntry ? (value as IndexEntry) : undefined;
  } catch {
    return undefined;
  }
}

/** JSON has no -Infinity, which the level of silence is. */
function levelOrNull(_: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? null : value;
}

/** True when the last byte is no end of a line. */
async function isCut(handle: FileHandle): Promise<boolean> {
  const { size } = await handle.stat();
  if (size === 0) {
    return false;
  }
  const last = new Uint8Array(1);
  await handle.read(last, 0, 1, size - 1);
  return last[0] !== NEWLINE;
}
