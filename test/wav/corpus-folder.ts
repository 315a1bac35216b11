import { existsSync } from "node:fs";
import path from "node:path";

const BESIDE = path.resolve(import.meta.dirname, "../../../../shared/wav-corpus");

/** Where files of many tools may be, which are not part of the repository. */
export const CORPUS: string = process.env.ROOMTONE_WAV_CORPUS ?? BESIDE;

/** Whether they are there. */
export function hasCorpus(): boolean {
  return existsSync(path.join(CORPUS, "MANIFEST.tsv"));
}
