// Runs in the writer thread.
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { FlacSampleFormat } from "../../flac/format.js";
import { FlacWriter } from "../../flac/writer.js";
import { bytesPerFrame, type SampleFormat } from "../../format.js";
import { convertFrames } from "../../samples.js";
import { startExtension } from "./start-extension.js";
import { checkPlace, type FileRequest, type TakeFile } from "./take-file.js";

/** What FLAC stores a format as: all bits of integers up to 24 bits, the upper 24 of the others. */
const STORED: Readonly<Record<SampleFormat, FlacSampleFormat>> = {
  int8: "int16",
  uint8: "int16",
  int16: "int16",
  int24: "int24",
  int32: "int24",
  float32: "int24",
};
/** The file is brought up to date on the disk each so many seconds of audio. */
const CHECKPOINT = 0.5;

/** Creates a FLAC file. */
export async function openFlacTake(request: FileRequest): Promise<TakeFile> {
  const { path, sampleRate, channels, format } = request;
  const stored = STORED[format];
  // The process may go to another folder meanwhile.
  const place = resolve(path);
  const writer = await FlacWriter.create(place, {
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
      return writer.framesInFile;
    },
    get waiting() {
      return convert(writer.unwritten, channels, stored, format);
    },
    write: (bytes) => writer.write(convert(bytes, channels, format, stored)),
    setStart: (start) => {
      writer.setMetadata({ ...writer.metadata, bext: startExtension(request, start) });
    },
    addCue: (cue) => writer.addCue(cue),
    addGap: (gap) => writer.addGap(gap),
    check: async () => {
      inode = await checkPlace(place, inode);
    },
    close: async () => {
      await writer.close();
      return (await stat(place)).size;
    },
  };
}

function convert(
  bytes: Uint8Array,
  channels: number,
  from: SampleFormat,
  to: SampleFormat,
): Uint8Array {
  if (from === to) {
    return bytes;
  }
  const frames = bytes.byteLength / bytesPerFrame(from, channels);
  const target = new Uint8Array(frames * bytesPerFrame(to, channels));
  convertFrames({ bytes, format: from, channels }, undefined, frames, target, to);
  return target;
}
