import { bytesPerFrame, type Frames, type Hertz, type Seconds } from "../format.js";
import { describe } from "../options.js";
import type { RingStream } from "../stream/ring-stream.js";
import { checkSilence, checkTrigger, checkVoice } from "./conditions/check.js";
import { createSplitPlan } from "./files/split-plan.js";
import { createProcessing } from "./processing/chain.js";
import {
  isProcessed,
  isVoice,
  type RecorderChoice,
  type RecorderOptions,
} from "./recorder-options.js";
import type { EndReason } from "./recorder-result.js";
import type { RecorderPlan } from "./writer-protocol.js";

/** Frames are looked at this often, however long a block is. */
const LONGEST_STEP: Seconds = 0.1;

/** Settles a choice for the stream that it records. Throws RangeError for what the device has not. */
export function settleRecorder(choice: RecorderChoice, stream: RingStream): RecorderPlan {
  const { options, extras, processing, file } = choice;
  const { sampleRate } = stream;
  const format = options.format ?? "float32";
  const channels =
    createProcessing(processing, sampleRate, stream.numberOfChannels)?.channels ??
    stream.numberOfChannels;
  const frameBytes = bytesPerFrame(format, channels);
  const silence = options.silence && checkSilence(options.silence);
  const maxWait = options.maxWait ?? Number.POSITIVE_INFINITY;
  return {
    format,
    channels,
    processing,
    dither: isProcessed(processing) && options.dither === true,
    fillGaps: options.fillGaps ?? true,
    voice: isVoice(options.voice) ? checkVoice(options.voice) : undefined,
    memory: choice.memory,
    onDiskError: options.onDiskError ?? "fail",
    diskPatience: (options.diskTimeoutSeconds ?? 30) * 1000,
    file: file && {
      ...file,
      overwrite: options.overwrite ?? false,
      metadata: options.metadata ?? {},
      label: options.label,
      framesOfFile:
        options.split === undefined
          ? Number.POSITIVE_INFINITY
          : createSplitPlan(options.split, sampleRate, frameBytes).framesOfFile,
      index: options.index,
      keep: options.keep,
    },
    start: {
      at: options.startAt?.getTime(),
      trigger: options.trigger && checkTrigger(options.trigger),
      preRoll: Math.round((options.preRoll ?? 0) * sampleRate),
      maxWait: Math.max(1, Math.round(maxWait * sampleRate)),
    },
    stop: {
      ...lengthOf(options, sampleRate, frameBytes),
      silence,
      postRoll: Math.round((extras.postRoll ?? 0) * sampleRate),
      until: choice.until !== undefined,
    },
    repeat: extras.repeat ?? false,
  };
}

/** Frames of a level, and of what is read at once. */
export function settleSteps(
  choice: RecorderChoice,
  stream: RingStream,
): { levelFrames: Frames; blockFrames: Frames } {
  const { levelSeconds } = choice.options;
  const { sampleRate, blockFrames } = stream;
  const levelFrames =
    levelSeconds === undefined ? blockFrames : Math.max(1, Math.round(levelSeconds * sampleRate));
  const step = Math.max(1, Math.round(LONGEST_STEP * sampleRate));
  return {
    levelFrames,
    blockFrames:
      choice.until === undefined ? Math.min(blockFrames, levelFrames, step) : blockFrames,
  };
}

/** Seconds as whole frames. Throws RangeError when that is not even one. */
function wholeFrames(seconds: Seconds, sampleRate: Hertz): Frames {
  const frames = Math.round(seconds * sampleRate);
  if (frames === 0) {
    throw new RangeError(
      `Expected \`seconds\` to be at least one frame at ${sampleRate} Hz, got ${describe(seconds)}`,
    );
  }
  return frames;
}

function lengthOf(
  { seconds, frames, maxBytes }: RecorderOptions,
  sampleRate: Hertz,
  frameBytes: number,
): { frames: Frames; framesReason: EndReason } {
  const length =
    seconds === undefined ? (frames ?? Number.POSITIVE_INFINITY) : wholeFrames(seconds, sampleRate);
  const most =
    maxBytes === undefined ? Number.POSITIVE_INFINITY : Math.floor(maxBytes / frameBytes);
  if (most < 1) {
    throw new RangeError(
      `Expected \`maxBytes\` to hold at least one frame of ${frameBytes} bytes, got ${describe(maxBytes)}`,
    );
  }
  const reason = seconds === undefined ? "frames" : "seconds";
  return most < length
    ? { frames: most, framesReason: "maxBytes" }
    : { frames: length, framesReason: reason };
}
