import { open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { AudioError } from "../../errors.js";
import { readFailure, writeFailure } from "../file-failure.js";
import { sizeAfter, type WavChange } from "./change.js";

/** One repair of a file, with what is needed to take it back. */
export interface RepairRecord {
  /** Bytes that the file had before. */
  readonly size: number;
  readonly changes: readonly WavChange[];
}

const FORMAT = "roomtone-repair-1";
/** A repair has a dozen changes of a few bytes. */
const MOST_BYTES = 2 ** 20;

/** Where the original bytes of a repaired file are kept. */
export function sideFilePath(path: string): string {
  return `${path}.repair.json`;
}

/**
 * The repairs of a file that can be taken back, the oldest first; none where there is no side file.
 *
 * @throws AudioError `file-not-readable`, `malformed-file` when it is not one of ours.
 */
export async function readSideFile(path: string): Promise<readonly RepairRecord[]> {
  const side = sideFilePath(path);
  let text: string;
  try {
    const { size } = await stat(side);
    if (size > MOST_BYTES) {
      throw malformed(side);
    }
    text = await readFile(side, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      return [];
    }
    throw readFailure(error, side);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformed(side);
  }
  const repairs = isObject(value) && value.format === FORMAT ? value.repairs : undefined;
  if (!Array.isArray(repairs)) {
    throw malformed(side);
  }
  return repairs.map((repair) => recordOf(repair, side));
}

/**
 * Writes the side file anew, as a whole or not at all; it is on the disk when this is done. Without
 * repairs it is removed.
 *
 * @throws AudioError `file-not-writable`, `disk-full`.
 */
export async function writeSideFile(path: string, repairs: readonly RepairRecord[]): Promise<void> {
  const side = sideFilePath(path);
  const temporary = `${side}.${process.pid}.tmp`;
  const text = JSON.stringify(
    {
      format: FORMAT,
      repairs: repairs.map(({ size, changes }) => ({
        size,
        changes: changes.map(({ what, position, before, after }) => ({
          what,
          position,
          before: Buffer.from(before).toString("base64"),
          after: Buffer.from(after).toString("base64"),
        })),
      })),
    },
    null,
    2,
  );
  try {
    if (repairs.length === 0) {
      await rm(side);
      return;
    }
    const handle = await open(temporary, "w");
    try {
      await handle.writeFile(`${text}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, side);
    await syncDirectory(dirname(side));
  } catch (error) {
    await rm(temporary, { force: true });
    throw writeFailure(error, side);
  }
}

/** Makes the name of a new file durable, where the system can. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === "win32") {
    return;
  }
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function recordOf(value: unknown, side: string): RepairRecord {
  if (!isObject(value) || !isPlace(value.size) || !Array.isArray(value.changes)) {
    throw malformed(side);
  }
  const record = {
    size: value.size,
    changes: value.changes.map((change: unknown) => changeOf(change, side)),
  };
  const inside = record.changes.every(
    ({ position, before }) => position + before.byteLength <= record.size,
  );
  if (!inside || sizeAfter(record.size, record.changes) > record.size + MOST_BYTES) {
    throw malformed(side);
  }
  return record;
}

function changeOf(value: unknown, side: string): WavChange {
  if (
    !isObject(value) ||
    typeof value.what !== "string" ||
    !isPlace(value.position) ||
    typeof value.before !== "string" ||
    typeof value.after !== "string"
  ) {
    throw malformed(side);
  }
  return {
    what: value.what,
    position: value.position,
    before: new Uint8Array(Buffer.from(value.before, "base64")),
    after: new Uint8Array(Buffer.from(value.after, "base64")),
  };
}

function isPlace(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function malformed(side: string): AudioError {
  const message = `${side} is not what a repair writes; move it away.`;
  return new AudioError("malformed-file", message);
}
