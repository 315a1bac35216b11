import { rm, stat } from "node:fs/promises";
import { asError } from "../../errors.js";
import { checkNumber, checkOptions } from "../../options.js";

/** How many finished files are kept; of both limits the one that is reached first counts. */
export interface KeepOptions {
  /** The newest so many, from 1 up. */
  readonly files?: number;
  /** The newest that have so many bytes together, from 1 up; the newest of all stays in any case. */
  readonly bytes?: number;
}

/** Throws TypeError or RangeError for options that are wrong. */
export function checkKeep(value: unknown, name = "keep"): KeepOptions {
  checkOptions(value ?? null, ["files", "bytes"], name);
  const { files, bytes } = value as KeepOptions;
  if (files === undefined && bytes === undefined) {
    throw new TypeError(`Expected \`${name}\` to have files or bytes, got neither`);
  }
  const whole = { min: 1, max: Number.MAX_SAFE_INTEGER, integer: true };
  if (files !== undefined) {
    checkNumber(files, `${name}.files`, whole);
  }
  if (bytes !== undefined) {
    checkNumber(bytes, `${name}.bytes`, whole);
  }
  return value as KeepOptions;
}

interface KeptFile {
  readonly path: string;
  readonly bytes: number;
}

/**
 * Keeps the newest files and removes the others. It touches no file but those that it was told of. A file that cannot
 * be removed (another program has it open on Windows, say) is tried again with each file that is added.
 */
export class Retention {
  readonly #files: number;
  readonly #bytes: number;
  readonly #onFailure: (path: string, error: Error) => void;
  /** Oldest first. */
  readonly #kept: KeptFile[] = [];
  #keptBytes = 0;

  /** `onFailure` is told of each file that could not be removed, each time. */
  constructor(keep: KeepOptions, onFailure: (path: string, error: Error) => void) {
    this.#files = keep.files ?? Number.POSITIVE_INFINITY;
    this.#bytes = keep.bytes ?? Number.POSITIVE_INFINITY;
    this.#onFailure = onFailure;
  }

  /** Counts files of an earlier run, oldest first, such as an index names: those of them that are still there. */
  async knows(paths: Iterable<string>): Promise<void> {
    for (const path of new Set(paths)) {
      const found = await stat(path).catch(() => undefined);
      if (found?.isFile() === true) {
        this.#add(path, found.size);
      }
    }
  }

  /** A file was finished, the newest now. Resolves with the paths of the files that were removed for it. */
  async added(path: string, bytes: number): Promise<string[]> {
    this.#add(path, bytes);
    const removed: string[] = [];
    for (const file of this.#kept.slice(0, -1)) {
      if (this.#kept.length <= this.#files && this.#keptBytes <= this.#bytes) {
        break;
      }
      if (await this.#remove(file)) {
        removed.push(file.path);
      }
    }
    return removed;
  }

  #add(path: string, bytes: number): void {
    this.#forget(this.#kept.find((file) => file.path === path));
    this.#kept.push({ path, bytes });
    this.#keptBytes += bytes;
  }

  async #remove(file: KeptFile): Promise<boolean> {
    try {
      await rm(file.path, { force: true });
    } catch (error) {
      this.#onFailure(file.path, asError(error));
      return false;
    }
    this.#forget(file);
    return true;
  }

  #forget(file: KeptFile | undefined): void {
    if (file !== undefined) {
      this.#kept.splice(this.#kept.indexOf(file), 1);
      this.#keptBytes -= file.bytes;
    }
  }
}
