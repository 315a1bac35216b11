import { isFlacFile } from "../flac/parse.js";
import { FlacReader } from "../flac/reader.js";
import type { Frames, Hertz, SampleFormat } from "../format.js";
import { checkNumber, describe } from "../options.js";
import { type AudioBufferLike, isAudioBufferLike } from "../playing/source.js";
import { cueGaps } from "../recording/gap-cues.js";
import { type Gap, Recording } from "../recording/recording.js";
import { deinterleaveFrames } from "../samples.js";
import { WavReader } from "../wav/reader.js";
import { fullScaleOf, fullScaleOfBits, fullScaleOfFile } from "./full-scale.js";
import { GiveWay } from "./give-way.js";
import { withoutInvalid } from "./invalid-samples.js";

/**
 * What can be analysed: a take or anything of the shape of an `AudioBuffer`, an open `WavReader` or `FlacReader` (all
 * of its file, in bounded memory; it is left open), the path of a WAV or FLAC file (likewise), or bare samples with full scale 1, of one channel
 * or one array for each; those need the option `sampleRate`.
 */
export type AnalysisSource =
  | Recording
  | AudioBufferLike
  | WavReader
  | FlacReader
  | string
  | Float32Array
  | readonly Float32Array[];

/** Frames of all channels, one array for each. The memory is good until the next block, and only to be read. */
export interface PlanarBlock {
  readonly position: Frames;
  /** Never 0. */
  readonly length: Frames;
  readonly channels: readonly Float32Array[];
}

/** A source that is ready to be read, once. */
export interface PlanarSource extends AsyncDisposable {
  readonly sampleRate: Hertz;
  readonly numberOfChannels: number;
  /** Frames; of a stream that does not tell: Infinity. */
  readonly length: Frames;
  /** The amplitude from which on a sample is at full scale. */
  readonly fullScale: number;
  /** Loudspeakers of the channels, `dwChannelMask`; 0 where nothing tells. */
  readonly channelMask: number;
  /** Frames that are known to be lost. */
  readonly gaps: readonly Gap[];
  /** For each channel, how many samples were NaN or infinite so far; blocks have 0 in their place. */
  readonly invalidSamples: Float64Array;
  /** All frames from the first on, in blocks of some milliseconds of work, giving way to the event loop between them. */
  blocks(): AsyncGenerator<PlanarBlock, void, undefined>;
}

/** Samples of all channels in a block; more gain nothing, as these fit the processor's nearer caches. */
const BLOCK_SAMPLES = 32_768;
const LEAST_BLOCK: Frames = 512;
const MOST_BLOCK: Frames = 16_384;

/**
 * Opens what is to be analysed.
 *
 * @throws TypeError, RangeError for what cannot be analysed, and for a sample rate that is missing or not wanted.
 * @throws AudioError as `WavReader.open()` and `FlacReader.open()` for a path.
 */
export async function openPlanarSource(
  source: AnalysisSource,
  sampleRate: Hertz | undefined,
): Promise<PlanarSource> {
  if (sampleRate !== undefined) {
    checkNumber(sampleRate, "sampleRate", { min: 0, above: true });
  }
  if (source instanceof Float32Array || Array.isArray(source)) {
    return bareSource(source instanceof Float32Array ? [source] : source, sampleRate);
  }
  if (sampleRate !== undefined && !ArrayBuffer.isView(source)) {
    throw new RangeError("Expected `sampleRate` only with bare samples, which do not tell it");
  }
  if (typeof source === "string") {
    if (source === "") {
      throw new RangeError(
        "Expected `source` to be the path of a WAV or FLAC file, got an empty string",
      );
    }
    return (await isFlacFile(source))
      ? flacSource(await FlacReader.open(source), true)
      : await readerSource(await WavReader.open(source), true);
  }
  if (source instanceof FlacReader) {
    return flacSource(source, false);
  }
  if (source instanceof WavReader) {
    return await readerSource(source, false);
  }
  if (source instanceof Recording) {
    return recordingSource(source);
  }
  if (isAudioBufferLike(source)) {
    const channels = Array.from({ length: source.numberOfChannels }, (_, channel) =>
      source.getChannelData(channel),
    );
    checkChannels(channels, source.length);
    return arraysSource(channels, source.sampleRate);
  }
  throw new TypeError(
    `Expected \`source\` to be a recording, an AudioBuffer, a WavReader, a FlacReader, the path of a WAV or FLAC file, a Float32Array or an array of them, got ${describe(source)}`,
  );
}

function bareSource(
  channels: readonly Float32Array[],
  sampleRate: Hertz | undefined,
): PlanarSource {
  if (channels.length === 0) {
    throw new RangeError("Expected `source` to have at least one channel");
  }
  checkChannels(channels, channels[0]?.length ?? 0);
  if (sampleRate === undefined) {
    throw new RangeError(
      "Expected `sampleRate` to be given with bare samples, which do not tell it",
    );
  }
  return arraysSource(channels, sampleRate);
}

function arraysSource(channels: readonly Float32Array[], sampleRate: Hertz): PlanarSource {
  checkNumber(sampleRate, "source.sampleRate", { min: 0, above: true });
  const length = channels[0]?.length ?? 0;
  const step = blockFrames(channels.length);
  return memorySource(
    { sampleRate, numberOfChannels: channels.length, length, format: "float32", gaps: [] },
    step,
    (position, count) => channels.map((samples) => samples.subarray(position, position + count)),
  );
}

function recordingSource(recording: Recording): PlanarSource {
  const { numberOfChannels } = recording;
  const step = blockFrames(numberOfChannels);
  const scratch = Array.from({ length: numberOfChannels }, () => new Float32Array(step));
  return memorySource(recording, step, (position, count) =>
    scratch.map((whole, channel) => {
      const samples = whole.subarray(0, count);
      recording.copyFromChannel(samples, channel, position);
      return samples;
    }),
  );
}

/** What is known about frames in memory. */
interface MemoryShape {
  readonly sampleRate: Hertz;
  readonly numberOfChannels: number;
  readonly length: Frames;
  readonly format: SampleFormat;
  readonly gaps: readonly Gap[];
}

function memorySource(
  shape: MemoryShape,
  step: Frames,
  read: (position: Frames, count: Frames) => readonly Float32Array[],
): PlanarSource {
  const { sampleRate, numberOfChannels, length, format, gaps } = shape;
  const invalidSamples = new Float64Array(numberOfChannels);
  const mayBeInvalid = format === "float32";
  return {
    sampleRate,
    numberOfChannels,
    length,
    fullScale: fullScaleOf(format),
    channelMask: 0,
    gaps,
    invalidSamples,
    async *blocks() {
      const way = new GiveWay();
      for (let position = 0; position < length; position += step) {
        const count = Math.min(step, length - position);
        const channels = read(position, count);
        yield {
          position,
          length: count,
          channels: mayBeInvalid ? withoutInvalid(channels, invalidSamples) : channels,
        };
        if (way.isDue) {
          await way.now();
        }
      }
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function readerSource(reader: WavReader, isOurs: boolean): Promise<PlanarSource> {
  const gaps = await cuedGaps(reader, isOurs);
  const { sampleRate, numberOfChannels, encoding } = reader;
  const invalidSamples = new Float64Array(numberOfChannels);
  const mayBeInvalid = encoding.codec === "float";
  return {
    sampleRate,
    numberOfChannels,
    get length() {
      return reader.length;
    },
    fullScale: fullScaleOfFile(encoding),
    channelMask: encoding.channelMask,
    gaps,
    invalidSamples,
    async *blocks() {
      if (reader.position !== 0) {
        reader.seek(0);
      }
      const way = new GiveWay();
      const step = blockFrames(numberOfChannels);
      const most = Math.max(1, Math.min(step, reader.length));
      const scratch = Array.from({ length: numberOfChannels }, () => new Float32Array(most));
      for (;;) {
        const { position } = reader;
        const length = await reader.readChannelsInto(scratch);
        if (length === 0) {
          return;
        }
        const channels = scratch.map((samples) => samples.subarray(0, length));
        yield {
          position,
          length,
          channels: mayBeInvalid ? withoutInvalid(channels, invalidSamples) : channels,
        };
        if (way.isDue) {
          await way.now();
        }
      }
    },
    [Symbol.asyncDispose]: () => (isOurs ? reader.close() : Promise.resolve()),
  };
}

/** The lost frames that the file tells of. A file that was opened for it is closed when it cannot be read. */
async function cuedGaps(reader: WavReader, isOurs: boolean): Promise<readonly Gap[]> {
  try {
    const { metadata } = await reader.readMetadata();
    return cueGaps(metadata.cues ?? []);
  } catch (error) {
    await (isOurs ? reader.close() : undefined);
    throw error;
  }
}

function flacSource(reader: FlacReader, isOurs: boolean): PlanarSource {
  const { sampleRate, numberOfChannels, bitsPerSample, format, gaps } = reader;
  return {
    sampleRate,
    numberOfChannels,
    get length() {
      return reader.length;
    },
    fullScale: fullScaleOfBits(bitsPerSample),
    channelMask: 0,
    gaps,
    // There are only integers.
    invalidSamples: new Float64Array(numberOfChannels),
    async *blocks() {
      const way = new GiveWay();
      for await (const { position, length, bytes } of reader) {
        const channels = Array.from({ length: numberOfChannels }, () => new Float32Array(length));
        deinterleaveFrames({ bytes, format, channels: numberOfChannels }, length, channels);
        yield { position, length, channels };
        if (way.isDue) {
          await way.now();
        }
      }
    },
    [Symbol.asyncDispose]: () => (isOurs ? reader.close() : Promise.resolve()),
  };
}

function blockFrames(channels: number): Frames {
  return Math.min(MOST_BLOCK, Math.max(LEAST_BLOCK, Math.floor(BLOCK_SAMPLES / channels)));
}

function checkChannels(channels: readonly unknown[], length: Frames): void {
  for (const [index, channel] of channels.entries()) {
    if (!(channel instanceof Float32Array)) {
      throw new TypeError(
        `Expected channel ${index} of \`source\` to be a Float32Array, got ${describe(channel)}`,
      );
    }
    if (channel.length !== length) {
      throw new RangeError(
        `Expected all channels of \`source\` to have the same length, got ${length} and ${channel.length} frames`,
      );
    }
  }
}
