import { randomBytes } from "node:crypto";
import { lstat, open, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { AudioError } from "../errors.js";
import { bytesPerFrame, type SampleFormat } from "../format.js";
import { checkBoolean, checkOptions, checkText, checkWord } from "../options.js";
import { writeFailure } from "../wav/file-failure.js";
import { WAV_SAMPLE_FORMATS, type WavSampleFormat } from "../wav/header.js";
import { encodeMetadata, type WavMetadata } from "../wav/metadata/metadata.js";
import { WavWriter } from "../wav/writer.js";
import { convertedPieces } from "./converted-pieces.js";
import { gapCues } from "./gap-cues.js";
import type { Recording } from "./recording.js";

/** What can be chosen of `Recording.save()`. */
export interface SaveOptions {
  /** Format of the file. Default: the recorded one, with `uint8` for `int8`, which WAV has not. */
  readonly format?: WavSampleFormat;
  /** Whether an existing file is replaced. Default `true`. */
  readonly overwrite?: boolean;
  /** What the file says beside its samples. Cue points at the recording's gaps are added to it. */
  readonly metadata?: WavMetadata;
}

/** A take up to this size stays below 4 GiB with any metadata. */
const LARGE_BYTES = 3 * 2 ** 30;

/** Saves a recording as a WAV file that appears whole or not at all; see `Recording.save()`. */
export async function saveRecording(
  recording: Recording,
  path: string,
  options?: SaveOptions,
): Promise<void> {
  checkText(path, "path");
  checkOptions(options, ["format", "overwrite", "metadata"], "save()");
  const format =
    options?.format === undefined
      ? wavFormat(recording.format)
      : checkWord(options.format, "format", WAV_SAMPLE_FORMATS);
  const overwrite =
    options?.overwrite === undefined || checkBoolean(options.overwrite, "overwrite");
  const metadata = withGaps(options?.metadata ?? {}, recording);
  const target = await checkPlace(path, overwrite);
  // Its own short name: that of the target may already be as long as a name can be.
  const part = join(dirname(target), `.${randomBytes(8).toString("hex")}.part`);
  try {
    await writeAll(recording, part, format, metadata);
    await syncPath(part, "r+");
    await rename(part, target);
    if (process.platform !== "win32") {
      // A rename is durable when its directory is. Windows opens no directories.
      await syncPath(dirname(target), "r");
    }
  } catch (error) {
    await rm(part, { force: true }).catch(() => {
      // What went wrong first is what the caller can act on.
    });
    throw error instanceof AudioError ? error : writeFailure(error, path);
  }
}

async function writeAll(
  recording: Recording,
  path: string,
  format: WavSampleFormat,
  metadata: WavMetadata,
): Promise<void> {
  const { numberOfChannels: channels } = recording;
  // A device may say 44,099.9 Hz; a WAV header holds whole numbers.
  const sampleRate = Math.round(recording.sampleRate);
  // How long it is is known: room for 64-bit sizes is kept only where they may be needed.
  const bytes = recording.length * bytesPerFrame(format, channels);
  const container = bytes < LARGE_BYTES ? "riff" : "auto";
  const options = { sampleRate, channels, format, container, metadata, metadataRoom: 0 } as const;
  await using writer = await WavWriter.create(path, options);
  for (const piece of convertedPieces(recording, format)) {
    await writer.write(piece);
  }
  await writer.close();
}

/**
 * Where the file goes: the path, or what it links to. What can be known before anything is written is said with the
 * path that the caller gave.
 */
async function checkPlace(path: string, overwrite: boolean): Promise<string> {
  const target = (await isLink(path)) ? await realpath(path).catch(() => undefined) : path;
  if (target === undefined) {
    throw new AudioError("file-not-writable", `${path} is a link to nothing.`);
  }
  const found = await stat(target).catch(() => undefined);
  if (found !== undefined && !found.isFile()) {
    // Replacing a device or a pipe by a file would destroy it.
    const kind = found.isDirectory() ? "a directory" : "not a regular file";
    throw new AudioError("file-not-writable", `${path} is ${kind}.`);
  }
  if (found !== undefined && !overwrite) {
    throw new AudioError(
      "file-exists",
      `${path} exists already; give another path, or \`overwrite: true\`.`,
    );
  }
  const directory = await stat(dirname(target)).catch(() => undefined);
  if (directory?.isDirectory() !== true) {
    throw new AudioError(
      "file-not-writable",
      `The directory ${dirname(target)} of ${basename(target)} does not exist.`,
    );
  }
  return target;
}

async function isLink(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isSymbolicLink() === true;
}

/** Waits until a file or directory is on the disk. */
async function syncPath(path: string, flags: "r" | "r+"): Promise<void> {
  const handle = await open(path, flags);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The metadata asked for, and a cue point at each gap. */
function withGaps(asked: WavMetadata, recording: Recording): WavMetadata {
  // Before anything is looked at, so that what cannot be written is told as the caller wrote it.
  encodeMetadata(asked, recording.sampleRate);
  const cues = [...gapCues(recording.gaps), ...(asked.cues ?? [])];
  return cues.length === 0 ? asked : { ...asked, cues };
}

function wavFormat(format: SampleFormat): WavSampleFormat {
  return format === "int8" ? "uint8" : format;
}
