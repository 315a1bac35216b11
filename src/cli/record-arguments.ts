import type { SampleFormat } from "../format.js";
import { checkNumber, checkWord } from "../options.js";
import type { RecorderOptions } from "../recording/recorder-options.js";
import { WAV_SAMPLE_FORMATS } from "../wav/header.js";
import { type InputArguments, inputOptions, numberOption } from "./input-options.js";
import { durationOption, sizeOf, sizeOption, timeOption } from "./quantities.js";

/** The options of `roomtone record`, as commander reads them. */
export interface RecordArguments extends InputArguments {
  readonly seconds?: string;
  readonly frames?: string;
  readonly untilSilence?: string | true;
  readonly silenceSeconds?: string;
  readonly maxSize?: string;
  readonly trigger?: string | true;
  readonly triggerSeconds?: string;
  readonly voice?: boolean;
  readonly preRoll?: string;
  readonly postRoll?: string;
  readonly wait?: string;
  readonly maxWait?: string;
  readonly split?: string;
  readonly keep?: string;
  readonly index?: string;
  readonly label?: string;
  readonly repeat?: boolean;
  readonly format: string;
  readonly mono?: boolean;
  readonly removeDc?: boolean;
  readonly gain?: string;
  readonly dither?: boolean;
  readonly rescue?: string;
  readonly raw?: boolean;
  readonly overwrite?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Levels where only the option itself is given. */
export const DEFAULT_TRIGGER = -35;
export const DEFAULT_SILENCE = -45;
const SILENCE_SECONDS = 1.5;

/** How many bits a FLAC file has is said with its name. */
const FLAC_FORMATS: Readonly<Record<string, SampleFormat>> = {
  flac: "int16",
  flac16: "int16",
  flac24: "int24",
};

/** What `--format` may be. */
export const RECORD_FORMATS: readonly string[] = [
  ...WAV_SAMPLE_FORMATS,
  ...Object.keys(FLAC_FORMATS),
];

/** Whether the frames go to stdout. */
export function isStdout(file: string): boolean {
  return file === "-";
}

/** What the recorder is asked, each checked under the name that it has on the command line. */
export function recorderOptions(file: string, args: RecordArguments): RecorderOptions {
  return {
    ...inputOptions(args),
    ...formatOptions(args.format),
    ...startOptions(args),
    ...stopOptions(args),
    ...processingOptions(args),
    ...(isStdout(file) ? { memory: false } : targetOptions(file, args)),
  };
}

function formatOptions(text: string): Pick<RecorderOptions, "format"> {
  const word = checkWord(text, "--format", RECORD_FORMATS);
  return { format: FLAC_FORMATS[word] ?? checkWord(text, "--format", WAV_SAMPLE_FORMATS) };
}

function startOptions({
  trigger,
  triggerSeconds,
  voice,
  preRoll,
  wait,
  maxWait,
}: RecordArguments): RecorderOptions {
  if (triggerSeconds !== undefined && trigger === undefined) {
    throw new TypeError("Expected `--trigger-seconds` together with `--trigger`");
  }
  return {
    ...(trigger !== undefined && {
      trigger: {
        above: levelOption(trigger, "--trigger", DEFAULT_TRIGGER),
        ...(triggerSeconds !== undefined && {
          for: checkNumber(
            durationOption(triggerSeconds, "--trigger-seconds"),
            "--trigger-seconds",
            {
              min: 0,
              max: 60,
            },
          ),
        }),
      },
    }),
    ...(voice === true && { voice: true }),
    ...(wait !== undefined && { startAt: timeOption(wait, "--wait") }),
    ...(preRoll !== undefined && {
      preRoll: checkNumber(durationOption(preRoll, "--pre-roll"), "--pre-roll", {
        min: 0,
        max: 600,
      }),
    }),
    ...(maxWait !== undefined && { maxWait: positive(maxWait, "--max-wait") }),
  };
}

function stopOptions({
  seconds,
  frames,
  untilSilence,
  silenceSeconds,
  maxSize,
}: RecordArguments): RecorderOptions {
  if (silenceSeconds !== undefined && untilSilence === undefined) {
    throw new TypeError("Expected `--silence-seconds` together with `--until-silence`");
  }
  return {
    ...(seconds !== undefined && { seconds: positive(seconds, "--seconds") }),
    ...(frames !== undefined && {
      frames: checkNumber(numberOption(frames, "--frames"), "--frames", { min: 1, integer: true }),
    }),
    ...(untilSilence !== undefined && {
      silence: {
        below: levelOption(untilSilence, "--until-silence", DEFAULT_SILENCE),
        for:
          silenceSeconds === undefined
            ? SILENCE_SECONDS
            : positive(silenceSeconds, "--silence-seconds"),
      },
    }),
    ...(maxSize !== undefined && { maxBytes: sizeOption(maxSize, "--max-size") }),
  };
}

function processingOptions({ mono, removeDc, gain, dither }: RecordArguments): RecorderOptions {
  return {
    ...(mono === true && { mixDown: "mono" }),
    ...(removeDc === true && { removeDc: true }),
    ...(gain !== undefined && {
      gain: checkNumber(numberOption(gain, "--gain"), "--gain", { min: -120, max: 120 }),
    }),
    ...(dither === true && { dither: true }),
  };
}

function targetOptions(file: string, args: RecordArguments): RecorderOptions {
  const { split, keep, index, label, overwrite, rescue, format } = args;
  return {
    file,
    ...(format in FLAC_FORMATS && { fileFormat: "flac" }),
    overwrite: overwrite === true,
    ...(split !== undefined && { split: splitOf(split) }),
    ...(keep !== undefined && { keep: keepOf(keep) }),
    ...(index !== undefined && { index }),
    ...(label !== undefined && { label }),
    ...(rescue !== undefined && { onDiskError: "memory" }),
  };
}

function splitOf(text: string): { seconds: number } | { bytes: number } {
  const bytes = sizeOf(text);
  return bytes === undefined ? { seconds: positive(text, "--split") } : { bytes };
}

function keepOf(text: string): { files: number } | { bytes: number } {
  const bytes = sizeOf(text);
  return bytes === undefined
    ? { files: checkNumber(numberOption(text, "--keep"), "--keep", { min: 1, integer: true }) }
    : { bytes };
}

function positive(text: string, option: string): number {
  return checkNumber(durationOption(text, option), option, { min: 0, above: true });
}

function levelOption(value: string | true, option: string, usual: number): number {
  return value === true
    ? usual
    : checkNumber(numberOption(value, option), option, { min: -150, max: 0 });
}
