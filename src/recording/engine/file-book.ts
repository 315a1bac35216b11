// Runs in the writer thread.
import { access, mkdir } from "node:fs/promises";
import { dirname, relative, resolve } from "node:path";
import { toDbfs } from "../../analysis/level-meter.js";
import { IndexFile } from "../files/index-file.js";
import { fillTemplate } from "../files/name-template.js";
import { Retention } from "../files/retention.js";
import type { RecordedFile } from "../recorder-result.js";
import type { FilePlan } from "../writer-protocol.js";
import type { Measure } from "./measure.js";
import type { FileRequest, FrameFormat } from "./take-file.js";

/** What a file that was removed by `keep`, or could not be, is told with. */
export interface BookEvents {
  removed(path: string): void;
}

/** The files of a recording: their names, the index that lists them, and how many are kept. */
export class FileBook {
  readonly #plan: FilePlan;
  readonly #format: FrameFormat;
  readonly #device: string;
  readonly #index: IndexFile | undefined;
  readonly #retention: Retention | undefined;
  readonly #events: BookEvents;
  #number = 0;

  /** Opens the index, where there is one. Throws AudioError `file-not-writable`, `disk-full`. */
  static async open(
    plan: FilePlan,
    format: FrameFormat,
    device: string,
    events: BookEvents,
  ): Promise<FileBook> {
    const index = plan.index === undefined ? undefined : await IndexFile.open(plan.index);
    return new FileBook(plan, format, device, index, events);
  }

  private constructor(
    plan: FilePlan,
    format: FrameFormat,
    device: string,
    index: IndexFile | undefined,
    events: BookEvents,
  ) {
    this.#plan = plan;
    this.#format = format;
    this.#device = device;
    this.#index = index;
    this.#events = events;
    // A file that cannot be removed now is tried again with the next.
    this.#retention = plan.keep && new Retention(plan.keep, () => {});
  }

  /** The next file. A number that is taken already is left out, where the name has one. */
  async name(startedAt: Date): Promise<Omit<FileRequest, keyof FrameFormat>> {
    const { path: template, kind, overwrite, metadata, label } = this.#plan;
    const isNumbered = /\{index[:}]/.test(template);
    let path: string;
    do {
      this.#number += 1;
      path = fillTemplate(template, {
        startedAt,
        index: this.#number,
        device: this.#device,
        ...(label === undefined ? {} : { label }),
      });
    } while (isNumbered && !overwrite && (await exists(path)));
    if (dirname(template).includes("{")) {
      await mkdir(dirname(path), { recursive: true });
    }
    return { path, kind, overwrite, metadata };
  }

  /** A file is complete: it is entered, and older ones are removed where there are too many. */
  async closed(file: RecordedFile, measure: Measure): Promise<void> {
    const { sampleRate, channels, format } = this.#format;
    const index = this.#index;
    await index?.append({
      file: relative(dirname(resolve(index.path)), resolve(file.path)),
      startedAt: file.startedAt?.toISOString() ?? null,
      position: file.position,
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
    for (const path of (await this.#retention?.added(file.path, file.bytes)) ?? []) {
      this.#events.removed(path);
    }
  }

  async close(): Promise<void> {
    await this.#index?.close();
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
