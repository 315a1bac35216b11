import { type FileHandle, open } from "node:fs/promises";
import { AudioError } from "../../errors.js";
import { checkBoolean, checkOptions, checkText } from "../../options.js";
import { toAudioError, WavFault } from "../fault.js";
import { writeFailure } from "../file-failure.js";
import { openFileSource } from "../file-source.js";
import { FrameReader } from "../frame-reader.js";
import { parseWav } from "../parse.js";
import { answer } from "../requests.js";
import type { ByteSource } from "../source.js";
import type { WavWarning } from "../warning.js";
import { changedSource, sizeAfter, type WavChange } from "./change.js";
import { planRepair } from "./plan.js";
import { type RepairRecord, readSideFile, sideFilePath, writeSideFile } from "./side-file.js";

/** How {@link repairWav} works. */
export interface RepairOptions {
  /** Only find out what would be done. Default `false`. */
  readonly dryRun?: boolean;
  /** Keep the bytes that are changed in `FILE.repair.json`, for {@link undoRepair}. Default `true`. */
  readonly keepBackup?: boolean;
}

/** What {@link repairWav} found and did. */
export interface WavRepair {
  readonly path: string;
  /** What was wrong, as `WavReader.warnings` tells it. */
  readonly findings: readonly WavWarning[];
  /** What was changed, or would be; empty when there was nothing to do. */
  readonly changes: readonly WavChange[];
  /** What is still wrong then: faults that cannot be repaired in place, or need no repair. */
  readonly remaining: readonly WavWarning[];
  /** Where the old bytes are; undefined when nothing was changed or they are not kept. */
  readonly backupPath: string | undefined;
}

/**
 * Makes a WAV file readable for programs that believe its sizes, after its recorder crashed: sizes of
 * file, data and frames that are placeholders, too old, 0 or too large, in RIFF, RIFX, RF64, BW64 and
 * Wave64; a missing pad byte at the end; a header that is older than the data. A file that has grown
 * beyond 4 GiB becomes RF64 where its header has room. No byte of audio is changed or cut off: those
 * of an incomplete last frame stay behind the end. A sound file is left as it is.
 *
 * The bytes that are changed are first kept in `FILE.repair.json`, which is on the disk before the
 * file is touched.
 *
 * @throws AudioError `file-not-readable`, `file-not-writable` (also when another program writes the
 *   file meanwhile), `disk-full`.
 * @throws AudioError `malformed-file` when it is no WAV file or too broken to be read, or when
 *   `FILE.repair.json` is there and is something else.
 * @throws AudioError `format-not-supported` for other codecs, and beyond 4 GiB without room.
 * @throws TypeError, RangeError for wrong arguments.
 */
export async function repairWav(path: string, options: RepairOptions = {}): Promise<WavRepair> {
  checkText(path, "path");
  checkOptions(options, ["dryRun", "keepBackup"], "repairWav()");
  const dryRun = checkBoolean(options.dryRun ?? false, "dryRun");
  const keepBackup = checkBoolean(options.keepBackup ?? true, "keepBackup");
  const source = await openFileSource(path);
  const { size } = source;
  let found: Pick<WavRepair, "findings" | "changes" | "remaining">;
  try {
    found = await examine(source);
  } finally {
    await source.close();
  }
  const result = { path, ...found, backupPath: undefined };
  if (dryRun || found.changes.length === 0) {
    return result;
  }
  const handle = await openForChange(path);
  try {
    await checkSize(handle, size, path);
    if (keepBackup) {
      await writeSideFile(path, [...(await readSideFile(path)), { size, changes: found.changes }]);
    }
    await writeAll(handle, found.changes, "after", path);
  } finally {
    await handle.close();
  }
  return keepBackup ? { ...result, backupPath: sideFilePath(path) } : result;
}

/**
 * Takes back the last repair that is in `FILE.repair.json`, and takes it out of there; with the last
 * one the side file goes too. Afterwards the file is, byte for byte, what it was before.
 *
 * @throws AudioError `file-not-readable` when there is no `FILE.repair.json`, `malformed-file` when
 *   it is none, `file-not-writable` when the file cannot be written or was changed since its repair.
 * @throws TypeError, RangeError for a wrong path.
 */
export async function undoRepair(path: string): Promise<void> {
  checkText(path, "path");
  const repairs = await readSideFile(path);
  const last = repairs.at(-1);
  if (last === undefined) {
    const message = `Cannot undo: there is no repair in ${sideFilePath(path)}.`;
    throw new AudioError("file-not-readable", message);
  }
  const handle = await openForChange(path);
  try {
    await undo(handle, last, path);
  } finally {
    await handle.close();
  }
  await writeSideFile(path, repairs.slice(0, -1));
}

async function examine(
  source: ByteSource,
): Promise<Pick<WavRepair, "findings" | "changes" | "remaining">> {
  try {
    const layout = await answer(parseWav(source), source);
    const reader = new FrameReader(layout);
    const changes = await answer(planRepair(layout, source.size, source.name), source);
    const changed = changedSource(source, changes);
    const then = new FrameReader(await answer(parseWav(changed), changed));
    if (then.length < reader.length) {
      const message = `Repairing ${source.name} would lose frames: it was left as it is.`;
      throw new AudioError("internal", message);
    }
    return { findings: reader.warnings, changes, remaining: then.warnings };
  } catch (error) {
    throw error instanceof WavFault ? toAudioError(error, source.name) : error;
  }
}

async function openForChange(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r+");
  } catch (error) {
    throw writeFailure(error, path);
  }
}

async function checkSize(handle: FileHandle, size: number, path: string): Promise<void> {
  if ((await handle.stat()).size !== size) {
    const message = `Cannot repair ${path}: another program is writing it.`;
    throw new AudioError("file-not-writable", message);
  }
}

async function undo(handle: FileHandle, repair: RepairRecord, path: string): Promise<void> {
  const { size, changes } = repair;
  const now = (await handle.stat()).size;
  // A repair that was interrupted has made some of its changes only.
  let known = now === size || now === sizeAfter(size, changes);
  for (const { position, before, after } of changes) {
    const bytes = new Uint8Array(after.byteLength);
    const { bytesRead } = await handle.read(bytes, 0, bytes.byteLength, position);
    const found = Buffer.from(bytes.subarray(0, bytesRead));
    known &&= found.equals(before) || found.equals(after);
  }
  if (!known) {
    const message = `Cannot undo the repair of ${path}: it was changed since.`;
    throw new AudioError("file-not-writable", message);
  }
  await writeAll(handle, changes, "before", path);
  try {
    await handle.truncate(size);
    await handle.sync();
  } catch (error) {
    throw writeFailure(error, path);
  }
}

/** Writes one side of the changes; it is on the disk when this is done. */
async function writeAll(
  handle: FileHandle,
  changes: readonly WavChange[],
  side: "before" | "after",
  path: string,
): Promise<void> {
  try {
    for (const change of changes) {
      const bytes = change[side];
      let done = 0;
      while (done < bytes.byteLength) {
        const left = bytes.byteLength - done;
        done += (await handle.write(bytes, done, left, change.position + done)).bytesWritten;
      }
    }
    await handle.sync();
  } catch (error) {
    throw writeFailure(error, path);
  }
}
