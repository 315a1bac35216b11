import { resolve } from "node:path";
import type { Frames, Seconds } from "../format.js";
import {
  checkBoolean,
  checkNumber,
  checkOptions,
  checkSignal,
  checkText,
  checkWord,
  describe,
} from "../options.js";
import type { Block } from "../stream/block.js";
import {
  checkInputOptions,
  INPUT_OPTIONS,
  type InputChoice,
  type InputStreamOptions,
} from "../stream/input-settings.js";
import { encodeMetadata, type WavMetadata } from "../wav/metadata/metadata.js";
import {
  checkSilence,
  checkTrigger,
  checkVoice,
  type SilenceRule,
  type SoundTrigger,
  type VoiceOptions,
} from "./conditions/check.js";
import { checkTemplate, checkTemplateOfMany } from "./files/name-template.js";
import { checkKeep, type KeepOptions } from "./files/retention.js";
import { checkSplit, type SplitOptions } from "./files/split-plan.js";
import {
  checkProcessing,
  PROCESSING_OPTIONS,
  type ProcessingChoice,
  type ProcessingOptions,
} from "./processing/chain.js";
import type { RecorderResult } from "./recorder-result.js";

/** When a recording begins. Without any of these, with its first frame. */
export interface StartOptions {
  /** Not before this time: the first frame is the one that was heard then, by the device's clock. */
  readonly startAt?: Date;
  /** When it gets loud: see {@link SoundTrigger}. Together with `startAt`, it is listened for from then on. */
  readonly trigger?: SoundTrigger;
  /**
   * When somebody speaks, and until nobody does any more: `true`, or how that is judged, see {@link VoiceOptions}. It begins the
   * recording unless `trigger` does, and ends it when there was no voice for `hangoverSeconds`, `reason: "voice"`.
   */
  readonly voice?: boolean | VoiceOptions;
  /** How much from before the start is recorded too, up to 600 s. Default 0. */
  readonly preRoll?: Seconds;
  /** How long the start is waited for; then the recording ends without a frame, `reason: "maxWait"`. Default: for ever. */
  readonly maxWait?: Seconds;
}

/** When a recording ends. The first that comes true ends it, and `reason` names it. */
export interface StopOptions {
  /** After so long, above 0 and up to a year: rounded to whole frames, exactly that many. Pre-roll counts. */
  readonly seconds?: Seconds;
  /** After exactly so many frames, from 1 up. Not together with `seconds`. */
  readonly frames?: Frames;
  /** When it aborts: what was heard until then is recorded. */
  readonly signal?: AbortSignal;
  /** When it has been quiet for some time: see {@link SilenceRule}. The recording ends right behind that time. */
  readonly silence?: SilenceRule;
  /**
   * When the predicate is true for a block, with the last frame of it; `position` is the place in the recording. It is
   * called on this thread with each block, in order; what it has not seen yet waits in memory, and is not on the disk. What it throws
   * ends the recording, and so does what is no boolean, with a TypeError.
   */
  readonly until?: (block: Block) => boolean;
  /** Before the frames take more bytes than these, from 1 up; compressed files count as if they were not. */
  readonly maxBytes?: number;
}

/** Where a recording goes. */
export interface TargetOptions {
  /**
   * The path of a file, WAV or FLAC. It is there, and valid, before the device is started. Fields in braces are filled in:
   * `{date}`, `{time}`, `{utc}`, `{index}`, `{device}`, `{label}`; see docs/recording.md.
   */
  readonly file?: string;
  /**
   * Whether the frames are kept in memory too. Default: true without `file`, else false. False without `file` is for
   * `toReadable()`, which has them as they come, and for levels alone.
   */
  readonly memory?: boolean;
  /** Kind of the file. Default: by the end of its name, `"flac"` for `.flac`, else `"wav"`. */
  readonly fileFormat?: "wav" | "flac";
  /** Whether an existing file is replaced. Default false: it is an error. */
  readonly overwrite?: boolean;
  /** A new file each so many seconds, frames or bytes; `file` must have `{index}` in it. No frame is lost or repeated. */
  readonly split?: SplitOptions;
  /** The path of a list of the finished files, JSON Lines. */
  readonly index?: string;
  /** How many of the finished files are kept: the oldest are removed. Together with `split`. */
  readonly keep?: KeepOptions;
  /** What `{label}` stands for. */
  readonly label?: string;
  /** What a WAV file says beside its samples. The time of its first frame, gaps, marks and pauses are added. */
  readonly metadata?: WavMetadata;
  /**
   * What to do when the disk is full, gone or hangs. `"fail"` (default): the recording ends with the error, which has the
   * frames that are in no file as its `recording`. `"memory"`: it goes on in memory, and the result has them.
   */
  readonly onDiskError?: "fail" | "memory";
  /** How long the disk may take, or be behind, above 0 and up to 3,600 s. Default 30. */
  readonly diskTimeoutSeconds?: Seconds;
}

/** What can be chosen of a {@link Recorder}. */
export interface RecorderOptions
  extends Omit<InputStreamOptions, "onBlock" | "signal">,
    StartOptions,
    StopOptions,
    TargetOptions,
    ProcessingOptions {
  /** Silence in place of lost frames, so that time stays true. Default true; the gaps are listed either way. */
  readonly fillGaps?: boolean;
  /** Length of what a level is about, above 0 and up to 60 s. Default: that of a block, 0.05 s unless `blockFrames` is given. */
  readonly levelSeconds?: Seconds;
}

/** A year: what is longer is a mistake of units. */
const MAX_SECONDS: Seconds = 366 * 24 * 3600;
const MAX_PRE_ROLL: Seconds = 600;

const START_OPTIONS: readonly string[] = ["startAt", "trigger", "voice", "preRoll", "maxWait"];
const STOP_OPTIONS: readonly string[] = ["seconds", "frames", "silence", "until", "maxBytes"];
const TARGET_OPTIONS: readonly string[] = [
  "file",
  "memory",
  "fileFormat",
  "overwrite",
  "split",
  "index",
  "keep",
  "label",
  "metadata",
  "onDiskError",
  "diskTimeoutSeconds",
];
const STREAM_OPTIONS: readonly string[] = INPUT_OPTIONS.filter((name) => name !== "onBlock");

/** The names of {@link RecorderOptions}. */
export const RECORDER_OPTIONS: readonly string[] = [
  ...START_OPTIONS,
  ...STOP_OPTIONS,
  ...TARGET_OPTIONS,
  ...PROCESSING_OPTIONS,
  "fillGaps",
  "levelSeconds",
  ...STREAM_OPTIONS,
];

/** What recordings of other kinds have beyond the options. */
export interface RecorderExtras {
  /** After a take the next is waited for. */
  readonly repeat?: boolean;
  /** How much from behind the place where silence was found is recorded too. */
  readonly postRoll?: Seconds;
  /** Gets each take when it is complete. `claim` is to be called when nobody has to keep it any more. */
  readonly onTake?: (take: RecorderResult, claim: () => void) => void;
}

/** Recorder options after the checks that need no device. */
export interface RecorderChoice {
  readonly stream: InputChoice;
  readonly signal: AbortSignal | undefined;
  readonly until: ((block: Block) => boolean) | undefined;
  /** How long it shall be at most, where seconds or frames say so. */
  readonly seconds: Seconds | undefined;
  readonly frames: Frames | undefined;
  readonly hasStartCondition: boolean;
  readonly options: RecorderOptions;
  readonly extras: RecorderExtras;
  readonly processing: ProcessingChoice;
  readonly file: FileChoice | undefined;
  readonly memory: boolean;
}

interface FileChoice {
  readonly path: string;
  readonly kind: "wav" | "flac";
}

/** Throws TypeError or RangeError for options that are wrong by themselves, before anything is started. */
export function checkRecorderOptions(
  given: RecorderOptions,
  where: string,
  extras: RecorderExtras = {},
): RecorderChoice {
  checkOptions(given, RECORDER_OPTIONS, where);
  const options = given ?? {};
  const processing = checkProcessing(options);
  const stream = checkInputOptions(pick(options, STREAM_OPTIONS), where);
  checkStart(options);
  checkStop(options, where);
  const file = checkFile(options, extras);
  const { memory, fillGaps, levelSeconds, signal, until } = options;
  if (memory !== undefined) {
    checkBoolean(memory, "memory");
  }
  if (fillGaps !== undefined) {
    checkBoolean(fillGaps, "fillGaps");
  }
  if (levelSeconds !== undefined) {
    checkNumber(levelSeconds, "levelSeconds", { min: 0, above: true, max: 60 });
  }
  return {
    stream: isProcessed(processing) ? { ...stream, format: "float32" } : stream,
    signal: signal === undefined ? undefined : checkSignal(signal, "signal"),
    until,
    seconds: options.seconds,
    frames: options.frames,
    hasStartCondition: hasStartCondition(options),
    options: { ...options, format: stream.format, dither: stream.dither },
    extras,
    processing,
    file,
    memory: memory ?? file === undefined,
  };
}

function hasStartCondition({ startAt, trigger, voice }: RecorderOptions): boolean {
  return startAt !== undefined || trigger !== undefined || isVoice(voice);
}

/** Whether voice is listened for. */
export function isVoice(voice: RecorderOptions["voice"]): boolean {
  return voice !== undefined && voice !== false;
}

function checkStart(options: RecorderOptions): void {
  const { startAt, trigger, voice, preRoll, maxWait } = options;
  if (isVoice(voice)) {
    checkVoice(voice);
  }
  if (startAt !== undefined) {
    checkDate(startAt, "startAt");
  }
  if (trigger !== undefined) {
    checkTrigger(trigger);
  }
  if (preRoll !== undefined) {
    checkNumber(preRoll, "preRoll", { min: 0, max: MAX_PRE_ROLL });
  }
  if (maxWait !== undefined) {
    checkNumber(maxWait, "maxWait", { min: 0, above: true, max: MAX_SECONDS });
  }
  const loose = preRoll === undefined ? "maxWait" : "preRoll";
  if ((preRoll !== undefined || maxWait !== undefined) && !hasStartCondition(options)) {
    throw new TypeError(
      `Expected \`${loose}\` together with a start condition, which is not given`,
    );
  }
}

function checkStop(options: RecorderOptions, where: string): void {
  const { seconds, frames, silence, until, maxBytes } = options;
  if (seconds !== undefined && frames !== undefined) {
    throw new TypeError(`${where}: \`seconds\` and \`frames\` both say how long; give one of them`);
  }
  if (seconds !== undefined) {
    checkNumber(seconds, "seconds", { min: 0, above: true, max: MAX_SECONDS });
  }
  const whole = { min: 1, max: Number.MAX_SAFE_INTEGER, integer: true };
  if (frames !== undefined) {
    checkNumber(frames, "frames", whole);
  }
  if (maxBytes !== undefined) {
    checkNumber(maxBytes, "maxBytes", whole);
  }
  if (silence !== undefined) {
    checkSilence(silence);
  }
  if (until !== undefined && typeof until !== "function") {
    throw new TypeError(`Expected \`until\` to be a function, got ${describe(until)}`);
  }
}

function checkFile(options: RecorderOptions, extras: RecorderExtras): FileChoice | undefined {
  const { file, fileFormat, overwrite, split, index, keep, label, metadata } = options;
  const { onDiskError, diskTimeoutSeconds } = options;
  if (overwrite !== undefined) {
    checkBoolean(overwrite, "overwrite");
  }
  if (split !== undefined) {
    checkSplit(split);
  }
  if (index !== undefined) {
    checkText(index, "index");
  }
  if (keep !== undefined) {
    checkKeep(keep);
  }
  if (label !== undefined) {
    checkText(label, "label");
  }
  if (metadata !== undefined) {
    // At any rate: only whether it can be written is asked.
    encodeMetadata(metadata, 48_000);
  }
  if (onDiskError !== undefined) {
    checkWord(onDiskError, "onDiskError", ["fail", "memory"]);
  }
  if (diskTimeoutSeconds !== undefined) {
    checkNumber(diskTimeoutSeconds, "diskTimeoutSeconds", { min: 0, above: true, max: 3_600 });
  }
  const kind =
    fileFormat === undefined ? undefined : checkWord(fileFormat, "fileFormat", ["wav", "flac"]);
  if (file === undefined) {
    const loose = TARGET_OPTIONS.find(
      (name) => name !== "file" && name !== "memory" && Reflect.get(options, name) !== undefined,
    );
    if (loose !== undefined) {
      throw new TypeError(`Expected \`${loose}\` together with \`file\`, which is not given`);
    }
    return undefined;
  }
  const many = split !== undefined || extras.repeat === true;
  const path = many ? checkTemplateOfMany(file) : checkTemplate(file);
  if (keep !== undefined && !many) {
    throw new TypeError("Expected `keep` together with `split`, which is not given");
  }
  if (index !== undefined && resolve(index) === resolve(path)) {
    throw new RangeError("Expected `index` to be another file than `file`");
  }
  return { path, kind: kind ?? (/\.flac$/i.test(path) ? "flac" : "wav") };
}

function checkDate(value: unknown, name: string): void {
  if (!(value instanceof Date)) {
    throw new TypeError(`Expected \`${name}\` to be a Date, got ${describe(value)}`);
  }
  if (Number.isNaN(value.getTime())) {
    throw new RangeError(`Expected \`${name}\` to be a valid Date, got an invalid one`);
  }
}

/** Whether anything is done to the frames. */
export function isProcessed({ mixDown, removeDc, gain }: ProcessingChoice): boolean {
  return mixDown !== undefined || removeDc !== undefined || gain !== undefined;
}

function pick(options: RecorderOptions, names: readonly string[]): InputStreamOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => names.includes(name)));
}
