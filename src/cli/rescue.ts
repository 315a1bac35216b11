import { access, constants } from "node:fs/promises";
import { dirname, extname, resolve } from "node:path";
import { AudioError } from "../errors.js";
import type { Recording } from "../recording/recording.js";

/**
 * Where `--rescue` saves what a disk did not take. It never replaces a file: several takes may have to be saved, and what is
 * there may be all that is left of another day.
 */
export class Rescue {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /** Makes sure, before anything is recorded, that the folder takes files. Throws AudioError `file-not-writable`. */
  static async prepare(path: string): Promise<Rescue> {
    const folder = dirname(resolve(path));
    try {
      await access(folder, constants.W_OK);
    } catch (cause) {
      const message = `Cannot rescue anything to ${path}: its directory does not exist or cannot be written.`;
      throw new AudioError("file-not-writable", message, { cause });
    }
    return new Rescue(path);
  }

  /** Saves it, with a number behind the name where one is taken. Resolves with the path; undefined for nothing to save. */
  async save(recording: Recording | undefined): Promise<string | undefined> {
    if (recording === undefined || recording.length === 0) {
      return undefined;
    }
    for (let number = 1; ; number++) {
      const path = numbered(this.#path, number);
      try {
        await recording.save(path, { overwrite: false });
        return path;
      } catch (error) {
        if (!(error instanceof AudioError && error.code === "file-exists")) {
          throw error;
        }
      }
    }
  }
}

function numbered(path: string, number: number): string {
  const extension = extname(path);
  return number === 1
    ? path
    : `${path.slice(0, path.length - extension.length)}-${number}${extension}`;
}
