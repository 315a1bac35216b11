import type { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { bytesPerFrame, SAMPLE_FORMATS, type SampleFormat } from "../format.js";
import { checkOptions, checkWord } from "../options.js";
import {
  PACK_OPTIONS,
  type PackFormat,
  type Packing,
  type PackOptions,
  packedReadable,
  packedWebReadable,
  settlePacking,
} from "../stream/packed-bytes.js";
import { convertedPieces } from "./converted-pieces.js";
import type { Recording } from "./recording.js";

/** Options of `Recording.toReadable()` and `toWebReadable()`. */
export interface RecordingReadableOptions extends PackOptions {
  /** Format of the samples. Default: the recorded one, with `uint8` for `int8` in a WAV, which has not. */
  readonly format?: SampleFormat;
}

/** See `Recording.toReadable()`. */
export function recordingReadable(
  recording: Recording,
  options: RecordingReadableOptions,
): Readable {
  const { format, packing } = settle(recording, options);
  return packedReadable(piecesOf(recording, format), packing, nothingToClose);
}

/** See `Recording.toWebReadable()`. */
export function recordingWebReadable(
  recording: Recording,
  options: RecordingReadableOptions,
): ReadableStream<Uint8Array> {
  const { format, packing } = settle(recording, options);
  return packedWebReadable(piecesOf(recording, format), packing, nothingToClose);
}

function settle(
  recording: Recording,
  options: RecordingReadableOptions,
): { format: SampleFormat; packing: Packing } {
  checkOptions(options, ["format", ...PACK_OPTIONS], "toReadable()");
  const format =
    options.format === undefined
      ? usualFormat(recording.format, options.container)
      : checkWord(options.format, "format", SAMPLE_FORMATS);
  const { sampleRate, numberOfChannels } = recording;
  const what: PackFormat = { sampleRate, numberOfChannels, format };
  const bytes = recording.length * bytesPerFrame(format, numberOfChannels);
  return { format, packing: settlePacking(options, what, bytes) };
}

function usualFormat(recorded: SampleFormat, container: PackOptions["container"]): SampleFormat {
  return recorded === "int8" && container === "wav" ? "uint8" : recorded;
}

/** The frames in memory of their own, which belongs to whoever reads. */
async function* piecesOf(
  recording: Recording,
  format: SampleFormat,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (const piece of convertedPieces(recording, format)) {
    yield format === recording.format ? new Uint8Array(piece) : piece;
  }
}

async function nothingToClose(): Promise<void> {}
