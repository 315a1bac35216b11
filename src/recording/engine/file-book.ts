// Runs in the writer thread.
import { access, mkdir } from "node:fs/promises";
import { dirname, relative, resolve } from "node:path";
import { toDbfs } from "../../analysis/level-meter.js";
import { AudioError } from "../../errors.js";
import type { Frames } from "../../format.js";
import { Turns } from "../../wav/turns.js";
import { IndexFile, readIndex } from "../files/index-file.js";
import { fillTemplate } from "../files/name-template.js";
import { Retention } from "../files/retention.js";
import type { RecordedFile } from "../recorder-result.js";
import type { FilePlan } from "../writer-protocol.js";
import type { Measure } from "./measure.js";
import type { FileOpener, FrameFormat, TakeFile } from "./take-file.js";

/** The files of a recording: their names, the index that lists them, and how many are kept. */
export class FileBook {
  readonly #plan: FilePlan;
  readonly #format: FrameFormat;
  readonly #device: string;
  readonly #open: FileOpener;
  readonly #index: IndexFile | undefined;
  readonly #retention: Retention | undefined;
  readonly #turns = new Turns();
  #number = 0;

  /** Opens the index, where there is one. Throws AudioError `file-not-writable`, `disk-full`. */
  static async open(
    plan: FilePlan,
    format: FrameFormat,
    device: string,
    open: FileOpener,
  ): Promise<FileBook> {
    const index = plan.index === undefined ? undefined : await IndexFile.open(plan.index);
    const book = new FileBook(plan, format, device, open, index);
    if (index !== undefined) {
      const entries = await readIndex(index.path);
      const folder = dirname(resolve(index.path));
      await book.#retention?.knows(entries.map(({ file }) => resolve(folder, file)));
    }
    return book;
  }

  private constructor(
    plan: FilePlan,
    format: FrameFormat,
    device: string,
    open: FileOpener,
    index: IndexFile | undefined,
  ) {
    this.#plan = plan;
    this.#format = format;
    this.#device = device;
    this.#open = open;
    this.#index = index;
    // A file that cannot be removed now is tried again with the next.
    this.#retention = plan.keep && new Retention(plan.keep, () => {});
  }

  /**
   * Creates the next file. A number that is taken already is left out, where the name has one.
   *
   * @throws AudioError `file-exists`, `file-not-writable`, `disk-full`.
   */
  async create(startedAt: Date): Promise<TakeFile> {
    const { path: template, overwrite } = this.#plan;
    const isNumbered = /\{index[:}]/.test(template);
    for (;;) {
      const path = this.#nextPath(startedAt);
      if (isNumbered && !overwrite && (await exists(path))) {
        continue;
      }
      try {
        return await this.#createAt(path);
      } catch (error) {
        // Another recorder has taken the number since.
        if (!isNumbered || !(error instanceof AudioError && error.code === "file-exists")) {
          throw error;
        }
      }
    }
  }

  #nextPath(startedAt: Date): string {
    const { path, label } = this.#plan;
    this.#number += 1;
    return fillTemplate(path, {
      startedAt,
      index: this.#number,
      device: this.#device,
      ...(label === undefined ? {} : { label }),
    });
  }

  async #createAt(path: string): Promise<TakeFile> {
    const { path: template, kind, overwrite, metadata } = this.#plan;
    if (dirname(template).includes("{")) {
      await mkdir(dirname(path), { recursive: true });
    }
    return this.#open({ ...this.#format, path, kind, overwrite, metadata });
  }

  /**
   * A file is complete: it is entered, and older ones are removed where there are too many. `before` is how many frames were
   * heard before the recording that it belongs to. Resolves with the whole paths of what was removed.
   */
  async closed(file: RecordedFile, measure: Measure, before: Frames): Promise<readonly string[]> {
    // Takes that follow each other closely may be complete at the same time.
    return this.#turns.take(() => this.#enter(file, measure, before));
  }

  async close(): Promise<void> {
    await this.#turns.take(async () => this.#index?.close());
  }

  async #enter(file: RecordedFile, measure: Measure, before: Frames): Promise<readonly string[]> {
    const { sampleRate, channels, format } = this.#format;
    // A file without a frame is no recording.
    const index = file.frames > 0 ? this.#index : undefined;
    await index?.append({
      file: relative(dirname(resolve(index.path)), resolve(file.path)),
      startedAt: file.startedAt?.toISOString() ?? null,
      position: before + file.position,
      frames: file.frames,
      seconds: file.seconds,
      sampleRate,
      channels,
      format: this.#plan.kind === "flac" ? "flac" : format,
      gaps: file.gaps,
      peakDbfs: Array.from(measure.peak, toDbfs),
      rmsDbfs: measure.rms.map(toDbfs),
      marks: file.marks.map(({ position, label = "" }) => ({ position, label })),
    });
    return (await this.#retention?.added(resolve(file.path), file.bytes)) ?? [];
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
