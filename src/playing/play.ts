import { asError } from "../errors.js";
import type { Frames, Hertz, Seconds } from "../format.js";
import { checkNumber, checkOptions, describe } from "../options.js";
import { type ChannelRule, checkChannels } from "../stream/common-options.js";
import {
  checkOutputOptions,
  OUTPUT_OPTIONS,
  type OutputStreamOptions,
} from "../stream/output-settings.js";
import { type OutputStream, openOutput } from "../stream/output-stream.js";
import type { Underflow } from "../stream/protocol.js";
import { checkSource, type OpenSource, openSource, type PlaySource } from "./source.js";
import { type Spread, spreadOf } from "./spread.js";

type StreamPart = Omit<
  OutputStreamOptions,
  "channels" | "format" | "processor" | "processorOptions" | "onMessage" | "blockFrames"
>;

/** What can be chosen of {@link play}. */
export interface PlayOptions extends StreamPart {
  /** Frames a second of bare samples. Default: the device's own rate. A take or a file has its own rate already. */
  readonly sampleRate?: Hertz;
  /**
   * The device's channels to play on, counted from 0, one for each channel of the source; a source of one channel goes to
   * all of them. Default: one channel is heard on both of the first two, more go to the first ones in order, and a device
   * with a single channel plays the mean of all.
   */
  readonly channels?: readonly number[];
  /** How often to play it: `true` until the signal aborts, or a number from 1 up. Default 1. There is no pause between. */
  readonly loop?: boolean | number;
  /** Ends the playback at once when it aborts; the promise resolves with what was played. */
  readonly signal?: AbortSignal;
  /** Called about four times a second, and at the end. */
  readonly onProgress?: (progress: PlayProgress) => void;
}

/** How far a playback is. */
export interface PlayProgress {
  /** Frames of the source that were handed to the device, all rounds together. */
  readonly frames: Frames;
  /** All frames of all rounds; `Infinity` when it is played until the signal aborts. */
  readonly totalFrames: Frames;
  readonly seconds: Seconds;
  readonly totalSeconds: Seconds;
  /** How often silence was heard in the midst. */
  readonly underflows: number;
}

/** What was played. */
export interface Playback {
  /** Frames of the source that were handed to the device; all were heard when `completed` is true. */
  readonly frames: Frames;
  readonly seconds: Seconds;
  /** The rate of the source. */
  readonly sampleRate: Hertz;
  /** False when the signal ended it. */
  readonly completed: boolean;
  /** Where silence was heard in the midst. */
  readonly underflows: readonly Underflow[];
}

const OWN_OPTIONS: readonly string[] = ["loop", "onProgress"];
const REFUSED: readonly string[] = [
  "format",
  "processor",
  "processorOptions",
  "onMessage",
  "blockFrames",
];
const PLAY_OPTIONS: readonly string[] = [
  ...OWN_OPTIONS,
  ...OUTPUT_OPTIONS.filter((name) => !REFUSED.includes(name)),
];
const PROGRESS_MS = 250;

/**
 * Plays a take, a WAV or FLAC file or samples, and resolves when all was heard.
 *
 * ```ts
 * await play(await record({ seconds: 5 }));
 * await play("recorded_audio.wav", { device: "USB", loop: 2 });
 * await play(Float32Array.from({ length: 48_000 }, (_, i) => Math.sin(i / 20)), { sampleRate: 48_000 });
 * ```
 *
 * It opens an {@link OutputStream} in the source's format, writes the frames in runs, waits until all was played, and
 * closes the stream; if you need more control, do the same with an `OutputStream` of your own.
 *
 * @throws TypeError, RangeError for wrong arguments, before anything is started.
 * @throws AudioError as `OutputStream.open()` and `WavReader.open()`; `device-lost`, `stalled` when the device fails. A
 * signal that had aborted before rejects with its reason.
 */
export async function play(source: PlaySource, options: PlayOptions = {}): Promise<Playback> {
  const plan = checkPlayOptions(source, options);
  await using opened = await openSource(source);
  const { stream, spread } = await openFor(opened, plan);
  await using output = stream;
  const total = opened.frames * plan.rounds;
  const progress = progressOf(output, total, plan.onProgress);
  const playing = async (): Promise<void> => {
    for (let round = 0; round < plan.rounds; round++) {
      for await (const run of opened.runs()) {
        await output.write(spread.apply(run));
      }
    }
    await output.drain();
  };
  try {
    await Promise.race([playing(), progress.failed]);
    progress.tell();
    return finished(output, total, true);
  } catch (error) {
    if (plan.signal?.aborted !== true) {
      throw error;
    }
    return finished(output, output.stats.output?.frames ?? 0, false);
  } finally {
    progress.end();
  }
}

interface PlayPlan {
  readonly stream: OutputStreamOptions;
  readonly channels: readonly number[] | undefined;
  readonly rounds: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: PlayOptions["onProgress"];
}

function checkPlayOptions(source: unknown, options: PlayOptions): PlayPlan {
  checkSource(source);
  checkOptions(options, PLAY_OPTIONS, "play()");
  const { loop, onProgress, channels, ...stream } = options ?? {};
  checkOutputOptions(stream, "play()");
  if (onProgress !== undefined && typeof onProgress !== "function") {
    throw new TypeError(`Expected \`onProgress\` to be a function, got ${describe(onProgress)}`);
  }
  return {
    stream,
    channels: checkChannelList(channels),
    rounds: roundsOf(loop),
    signal: stream.signal,
    onProgress,
  };
}

/** Returns `channels` if it is a list of channels or not given. Throws TypeError or RangeError. */
export function checkChannelList(
  channels: unknown,
  name = "channels",
): readonly number[] | undefined {
  if (channels === undefined) {
    return undefined;
  }
  if (!Array.isArray(channels)) {
    throw new TypeError(`Expected \`${name}\` to be a list of channels, got ${describe(channels)}`);
  }
  const checked = checkChannels(channels, name);
  return typeof checked === "number" ? undefined : checked;
}

/** The rate at which a source is played. Throws TypeError when it has one and another is asked for. */
export function sourceRate(source: OpenSource, asked: Hertz | undefined): Hertz | undefined {
  if (source.sampleRate !== undefined && asked !== undefined && asked !== source.sampleRate) {
    throw new TypeError(
      `Expected no \`sampleRate\` for a source that has its own, ${source.sampleRate} Hz, got ${asked}`,
    );
  }
  return source.sampleRate ?? asked;
}

function roundsOf(loop: unknown): number {
  if (loop === undefined || typeof loop === "boolean") {
    return loop === true ? Number.POSITIVE_INFINITY : 1;
  }
  return checkNumber(loop, "loop", { min: 1, integer: true });
}

async function openFor(
  source: OpenSource,
  plan: PlayPlan,
): Promise<{ stream: OutputStream; spread: Spread }> {
  let spread: Spread | undefined;
  const rule: ChannelRule = (device) => {
    spread = spreadOf(source.channels, source.format, device, plan.channels);
    return spread.channels;
  };
  const sampleRate = sourceRate(source, plan.stream.sampleRate);
  const options: OutputStreamOptions = {
    ...plan.stream,
    format: source.format,
    ...(sampleRate === undefined ? {} : { sampleRate }),
  };
  const stream = await openOutput({ ...checkOutputOptions(options, "play()"), channels: rule });
  return {
    stream,
    spread: spread ?? spreadOf(source.channels, source.format, stream.device, plan.channels),
  };
}

function finished(output: OutputStream, frames: Frames, completed: boolean): Playback {
  const { sampleRate } = output;
  return {
    frames,
    seconds: frames / sampleRate,
    sampleRate,
    completed,
    underflows: [...output.underflows],
  };
}

/** Tells how far a playback is, from time to time. */
interface ProgressTimer {
  /** Rejects with what the callback throws; never resolves. */
  readonly failed: Promise<never>;
  tell(): void;
  end(): void;
}

function progressOf(
  output: OutputStream,
  totalFrames: Frames,
  onProgress: PlayOptions["onProgress"],
): ProgressTimer {
  const { sampleRate } = output;
  const tell = (): void => {
    const { frames = 0, underflows = 0 } = output.stats.output ?? {};
    onProgress?.({
      frames,
      totalFrames,
      seconds: frames / sampleRate,
      totalSeconds: totalFrames / sampleRate,
      underflows,
    });
  };
  let timer: NodeJS.Timeout | undefined;
  const failed = new Promise<never>((_resolve, reject) => {
    const tick = (): void => {
      try {
        tell();
      } catch (error) {
        clearInterval(timer);
        reject(asError(error));
      }
    };
    timer = onProgress === undefined ? undefined : setInterval(tick, PROGRESS_MS);
  });
  return { failed, tell, end: () => clearInterval(timer) };
}
