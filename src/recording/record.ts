import type { Frames, Seconds } from "../format.js";
import { checkBoolean, checkOptions } from "../options.js";
import { levelProgress, type ProgressSink, type RecordProgress } from "./progress.js";
import { openRecorder, type Recorder } from "./recorder.js";
import {
  checkRecorderOptions,
  isVoice,
  RECORDER_OPTIONS,
  type RecorderChoice,
  type RecorderOptions,
} from "./recorder-options.js";
import type { Recording } from "./recording.js";

/**
 * What can be chosen of {@link record}: all that a `Recorder` can be told. One of `seconds`, `frames`, `signal`, `silence`,
 * `voice`, `until` and `maxBytes` must say when to stop.
 */
export interface RecordOptions extends Omit<RecorderOptions, "memory" | "levelSeconds"> {
  /**
   * Called after each block, which is twenty times a second by default (`blockFrames`). `true` shows a progress bar with level meter on stderr,
   * `false` shows nothing. Default: the bar when stderr is a terminal.
   */
  readonly progress?: boolean | ((progress: RecordProgress) => void);
}

const OPTIONS: readonly string[] = [
  ...RECORDER_OPTIONS.filter((name) => name !== "memory" && name !== "levelSeconds"),
  "progress",
];

/**
 * Records from a device into memory, and to a `file` too if one is given.
 *
 * ```ts
 * const take = await record({ seconds: 5 });
 * take.getChannelData(0); // Float32Array
 * await take.save("recorded_audio.wav");
 * ```
 *
 * It opens a {@link Recorder}, shows its levels as progress, starts it, waits until it has finished, and returns the
 * `recording` of its result. If you need more control, do the same with a `Recorder` of your own: it pauses, marks, and records to
 * files without keeping the frames in memory.
 *
 * @throws TypeError, RangeError for wrong options, before anything is started.
 * @throws AudioError as `Recorder.open()`. A fault while recording rejects with what was recorded until then in
 * the error's `recording`. A signal that had aborted before rejects with its reason.
 */
export async function record(options: RecordOptions): Promise<Recording> {
  const choice = checkRecordOptions(options);
  await using recorder = await openRecorder(choice);
  const progress = await progressSink(options.progress);
  const fault = progress && showProgress(recorder, progress, totalOf(choice, recorder));
  try {
    await recorder.start();
    const { recording } = await recorder.finished;
    fault?.rethrow();
    if (recording === undefined) {
      throw new Error("a recording to memory is in memory");
    }
    return recording;
  } finally {
    progress?.end();
  }
}

function checkRecordOptions(options: RecordOptions): RecorderChoice {
  checkOptions(options, OPTIONS, "record()");
  const { progress, ...given } = options ?? {};
  const choice = checkRecorderOptions(
    { ...given, ...(given.file !== undefined && { memory: true }) },
    "record()",
  );
  const { seconds, frames, signal, silence, voice, until, maxBytes } = given;
  const ends = [seconds, frames, signal, silence, until, maxBytes];
  if (ends.every((one) => one === undefined) && !isVoice(voice)) {
    throw new TypeError(
      "record(): say when to stop with `seconds`, `frames`, `signal`, `silence`, `voice`, `until` or `maxBytes`",
    );
  }
  if (progress !== undefined && typeof progress !== "function") {
    checkBoolean(progress, "progress");
  }
  return choice;
}

/** How long the recording will be, where that is known. */
function totalOf(
  { seconds, frames }: RecorderChoice,
  { sampleRate }: Recorder,
): Frames | undefined {
  return seconds === undefined ? frames : Math.round(seconds * sampleRate);
}

/** Shows the levels; an error of the caller's callback ends the recording, and is kept. */
function showProgress(
  recorder: Recorder,
  progress: ProgressSink,
  total: Frames | undefined,
): { rethrow(): void } {
  const totalSeconds: Seconds | undefined = total && total / recorder.sampleRate;
  let fault: { readonly error: unknown } | undefined;
  recorder.on("level", (level) => {
    try {
      if (fault === undefined) {
        progress.update(levelProgress(level, totalSeconds, recorder.device.name));
      }
    } catch (error) {
      fault = { error };
      recorder.stop().catch(() => {
        // The callback's error is the one to tell.
      });
    }
  });
  return {
    rethrow() {
      if (fault !== undefined) {
        throw fault.error;
      }
    },
  };
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
