import { isFlacFile } from "../flac/parse.js";
import { FlacReader } from "../flac/reader.js";
import { bytesPerFrame, type Frames, type Hertz, type SampleFormat } from "../format.js";
import { describe } from "../options.js";
import { Recording } from "../recording/recording.js";
import { interleaveFrames } from "../samples.js";
import { WavReader } from "../wav/reader.js";
import { sampleBlocks, sampleFormatOf } from "../wav/sample-blocks.js";

/** What has the reading half of Web Audio's `AudioBuffer`. */
export interface AudioBufferLike {
  readonly sampleRate: Hertz;
  readonly length: Frames;
  readonly numberOfChannels: number;
  getChannelData(channel: number): Float32Array;
}

/**
 * What can be played: a take or anything of the shape of an `AudioBuffer`, the path of a WAV or FLAC file, the samples of one
 * channel, or one array of samples for each channel (full scale 1).
 */
export type PlaySource =
  | Recording
  | AudioBufferLike
  | string
  | Float32Array
  | readonly Float32Array[];

/** A source that is ready to be played, from its start, as often as wanted. */
export interface OpenSource extends AsyncDisposable {
  /** Undefined for bare samples: whoever plays them says. */
  readonly sampleRate: Hertz | undefined;
  readonly channels: number;
  readonly format: SampleFormat;
  readonly frames: Frames;
  /** The frames from the start on, interleaved, in runs of moderate length. */
  runs(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** Frames of a run of samples that are interleaved on the way. */
const RUN: Frames = 16_384;

/** Throws TypeError or RangeError for what cannot be played. A path is looked at when it is opened. */
export function checkSource(source: unknown): asserts source is PlaySource {
  if (typeof source === "string") {
    if (source === "") {
      throw new RangeError(
        "Expected `source` to be the path of a WAV or FLAC file, got an empty string",
      );
    }
    return;
  }
  if (source instanceof Float32Array) {
    checkLengths([source]);
    return;
  }
  if (Array.isArray(source)) {
    checkLengths(source);
    return;
  }
  if (!isAudioBufferLike(source)) {
    throw new TypeError(
      `Expected \`source\` to be a recording, an AudioBuffer, the path of a WAV or FLAC file, a Float32Array or an array of them, got ${describe(source)}`,
    );
  }
  if (source.length === 0) {
    throw new RangeError("Expected `source` to have at least one frame");
  }
}

/** Opens a checked source. Throws AudioError as `WavReader.open()` or `FlacReader.open()` for a path. */
export async function openSource(source: PlaySource): Promise<OpenSource> {
  if (typeof source === "string") {
    return (await isFlacFile(source))
      ? flacSource(await FlacReader.open(source))
      : wavSource(await WavReader.open(source));
  }
  if (source instanceof Recording) {
    return {
      sampleRate: source.sampleRate,
      channels: source.numberOfChannels,
      format: source.format,
      frames: source.length,
      runs: () => source.interleavedRuns(),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
  if (source instanceof Float32Array) {
    return planarSource([source], undefined);
  }
  if (isAudioBufferLike(source)) {
    const channels = Array.from({ length: source.numberOfChannels }, (_, channel) =>
      source.getChannelData(channel),
    );
    checkLengths(channels);
    return planarSource(channels, source.sampleRate);
  }
  return planarSource(source, undefined);
}

function wavSource(reader: WavReader): OpenSource {
  return {
    sampleRate: reader.sampleRate,
    channels: reader.numberOfChannels,
    format: sampleFormatOf(reader),
    frames: reader.length,
    async *runs() {
      reader.seek(0);
      for await (const block of sampleBlocks(reader)) {
        yield block.bytes;
      }
    },
    [Symbol.asyncDispose]: () => reader.close(),
  };
}

function flacSource(reader: FlacReader): OpenSource {
  return {
    sampleRate: reader.sampleRate,
    channels: reader.numberOfChannels,
    format: reader.format,
    frames: reader.length,
    async *runs() {
      for await (const block of reader) {
        yield block.bytes;
      }
    },
    [Symbol.asyncDispose]: () => reader.close(),
  };
}

function planarSource(
  channels: readonly Float32Array[],
  sampleRate: Hertz | undefined,
): OpenSource {
  const frames = channels[0]?.length ?? 0;
  const frameBytes = bytesPerFrame("float32", channels.length);
  return {
    sampleRate,
    channels: channels.length,
    format: "float32",
    frames,
    *runs() {
      for (let at = 0; at < frames; at += RUN) {
        const count = Math.min(RUN, frames - at);
        const bytes = new Uint8Array(count * frameBytes);
        interleaveFrames(channels, at, count, bytes, "float32");
        yield bytes;
      }
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function checkLengths(channels: readonly unknown[]): void {
  const [first] = channels;
  for (const [index, channel] of channels.entries()) {
    if (!(channel instanceof Float32Array)) {
      throw new TypeError(
        `Expected \`source[${index}]\` to be a Float32Array, got ${describe(channel)}`,
      );
    }
    if (first instanceof Float32Array && channel.length !== first.length) {
      throw new RangeError(
        `Expected all channels of \`source\` to have the same length, got ${first.length} and ${channel.length} frames`,
      );
    }
  }
  if (!(first instanceof Float32Array) || first.length === 0) {
    throw new RangeError("Expected `source` to have at least one channel and one frame");
  }
}

/** Whether something has the reading half of an `AudioBuffer`. What its channels are, is not looked at. */
export function isAudioBufferLike(value: unknown): value is AudioBufferLike {
  return (
    typeof value === "object" &&
    value !== null &&
    "sampleRate" in value &&
    typeof value.sampleRate === "number" &&
    "length" in value &&
    typeof value.length === "number" &&
    "numberOfChannels" in value &&
    typeof value.numberOfChannels === "number" &&
    value.numberOfChannels >= 1 &&
    "getChannelData" in value &&
    typeof value.getChannelData === "function"
  );
}
