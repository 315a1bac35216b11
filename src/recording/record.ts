import { AudioError } from "../errors.js";
import type { Frames, Hertz, Seconds } from "../format.js";
import { checkBoolean, checkNumber, checkOptions } from "../options.js";
import {
  checkInputOptions,
  INPUT_OPTIONS,
  type InputStreamOptions,
} from "../stream/input-settings.js";
import { InputStream } from "../stream/input-stream.js";
import { FrameStore } from "./frame-store.js";
import { Ledger, wholeFrames } from "./ledger.js";
import { type ProgressSink, progressOf, type RecordProgress } from "./progress.js";
import { Recording } from "./recording.js";

/** What can be chosen of {@link record}. One of `seconds`, `frames` and `signal` must say when to stop. */
export interface RecordOptions extends Omit<InputStreamOptions, "onBlock"> {
  /** How long, above 0: rounded to whole frames, exactly that many. */
  readonly seconds?: Seconds;
  /** How many frames, from 1 up: exactly that many. Not together with `seconds`. */
  readonly frames?: Frames;
  /** Ends the recording when it aborts; what was recorded until then is the take. */
  readonly signal?: AbortSignal;
  /**
   * Called after each block, which is twenty times a second by default (`blockFrames`). `true` shows a progress bar with level meter on stderr,
   * `false` shows nothing. Default: the bar when stderr is a terminal.
   */
  readonly progress?: boolean | ((progress: RecordProgress) => void);
  /** Silence in place of lost frames, so that time stays true. Default `true`; the gaps are listed either way. */
  readonly fillGaps?: boolean;
}

/** A year: what is longer is a mistake of units. */
const MAX_SECONDS: Seconds = 366 * 24 * 3600;
const OWN_OPTIONS: readonly string[] = ["seconds", "frames", "progress", "fillGaps"];
const STREAM_OPTIONS: readonly string[] = INPUT_OPTIONS.filter((name) => name !== "onBlock");

/**
 * Records from a device into memory.
 *
 * ```ts
 * const take = await record({ seconds: 5 });
 * take.getChannelData(0); // Float32Array
 * await take.save("recorded_audio.wav");
 * ```
 *
 * It opens an {@link InputStream}, appends its blocks until enough frames came or the signal aborted, and closes the
 * stream; if you need more control, do the same with an `InputStream` of your own.
 *
 * @throws TypeError, RangeError for wrong options, before anything is started.
 * @throws AudioError as `InputStream.open()`. A fault while recording rejects with what was recorded until then in
 * the error's `recording`. A signal that had aborted before rejects with its reason.
 */
export async function record(options: RecordOptions): Promise<Recording> {
  const plan = checkRecordOptions(options);
  await using stream = await InputStream.open(plan.stream);
  const wanted = wantedFrames(plan, stream.sampleRate);
  const ledger = new Ledger(wanted, plan.fillGaps);
  const store = new FrameStore(stream.format, stream.numberOfChannels);
  const progress = await progressSink(plan.progress);
  try {
    for await (const block of stream) {
      const { silence, frames } = ledger.admit(block);
      store.appendSilence(silence);
      store.append(block.bytes, frames);
      progress?.update(progressOf(ledger, block, stream.device.name));
      if (ledger.complete) {
        break;
      }
    }
    return finished(store, ledger, stream);
  } catch (error) {
    throw error instanceof AudioError
      ? withRecording(error, finished(store, ledger, stream))
      : error;
  } finally {
    progress?.end();
  }
}

interface RecordPlan {
  readonly stream: InputStreamOptions;
  readonly seconds: Seconds | undefined;
  readonly frames: Frames | undefined;
  readonly progress: RecordOptions["progress"];
  readonly fillGaps: boolean;
}

function checkRecordOptions(options: RecordOptions): RecordPlan {
  checkOptions(options, [...OWN_OPTIONS, ...STREAM_OPTIONS], "record()");
  const { seconds, frames, progress, fillGaps, ...stream } = options ?? {};
  checkInputOptions(stream, "record()");
  if (seconds !== undefined && frames !== undefined) {
    throw new TypeError("record(): `seconds` and `frames` both say how long; give one of them");
  }
  if (seconds === undefined && frames === undefined && stream.signal === undefined) {
    throw new TypeError("record(): say when to stop with `seconds`, `frames` or `signal`");
  }
  if (progress !== undefined && typeof progress !== "function") {
    checkBoolean(progress, "progress");
  }
  return {
    stream,
    seconds:
      seconds === undefined
        ? undefined
        : checkNumber(seconds, "seconds", { min: 0, above: true, max: MAX_SECONDS }),
    frames:
      frames === undefined
        ? undefined
        : checkNumber(frames, "frames", { min: 1, max: Number.MAX_SAFE_INTEGER, integer: true }),
    progress,
    fillGaps: fillGaps === undefined ? true : checkBoolean(fillGaps, "fillGaps"),
  };
}

function wantedFrames(plan: RecordPlan, sampleRate: Hertz): Frames {
  return plan.seconds === undefined
    ? (plan.frames ?? Number.POSITIVE_INFINITY)
    : wholeFrames(plan.seconds, sampleRate, "seconds");
}

async function progressSink(
  progress: RecordOptions["progress"],
): Promise<ProgressSink | undefined> {
  if (typeof progress === "function") {
    return { update: progress, end: () => {} };
  }
  if (progress ?? process.stderr.isTTY) {
    // Loaded only when it is shown.
    return (await import("./terminal-progress.js")).terminalProgress(process.stderr);
  }
  return undefined;
}

function finished(store: FrameStore, ledger: Ledger, stream: InputStream): Recording {
  return new Recording(store, {
    sampleRate: stream.sampleRate,
    device: stream.device,
    gaps: ledger.gaps,
    ...(ledger.startedAt === undefined ? {} : { startedAt: ledger.startedAt }),
  });
}

function withRecording(error: AudioError, recording: Recording): AudioError {
  return new AudioError(error.code, error.message, {
    cause: error,
    recording,
    ...(error.host === undefined ? {} : { host: error.host }),
  });
}
