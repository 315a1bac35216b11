import { rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { Command } from "commander";
import { AudioError } from "../errors.js";
import { levelProgress, type ProgressSink } from "../recording/progress.js";
import { Recorder } from "../recording/recorder.js";
import type { RecorderLevel } from "../recording/recorder-events.js";
import type { RecorderOptions } from "../recording/recorder-options.js";
import type { RecorderResult } from "../recording/recorder-result.js";
import { takes } from "../recording/takes.js";
import { terminalProgress } from "../recording/terminal-progress.js";
import { EXIT_FAULT, EXIT_NOTHING, EXIT_USAGE } from "./fault.js";
import { withInputOptions } from "./input-options.js";
import { Interruption } from "./interruption.js";
import { lineProgress } from "./line-progress.js";
import { durationOption } from "./quantities.js";
import {
  DEFAULT_SILENCE,
  DEFAULT_TRIGGER,
  isStdout,
  RECORD_FORMATS,
  type RecordArguments,
  recorderOptions,
} from "./record-arguments.js";
import { RecordEvents } from "./record-events.js";
import { listenToKeys } from "./record-keys.js";
import { resultText, soundText } from "./record-text.js";
import { Rescue } from "./rescue.js";

/** `roomtone record FILE` */
export function recordCommand(): Command {
  const command = new Command("record")
    .description(
      "Record a WAV or FLAC file, until the time is over, something else ends it, or Ctrl-C, which ends and saves it.",
    )
    .argument("<file>", "the file to write, its name perhaps a template; - for stdout")
    .optionsGroup("What is recorded:");
  return withInputOptions(command)
    .option("-f, --format <format>", RECORD_FORMATS.join(", "), "int16")
    .option("--mono", "mix all channels to one")
    .option("--remove-dc", "remove a constant offset")
    .option("--gain <dB>", "make it louder or, below 0, quieter")
    .option("--dither", "add dither where samples get fewer bits")
    .optionsGroup("When it begins:")
    .option("--wait <time>", "at a time: 14:30, +10m, 2026-11-24T06:00")
    .option("--trigger [dBFS]", `on sound that is louder; without a level ${DEFAULT_TRIGGER}`)
    .option("--trigger-seconds <time>", "how long it must be that loud; default: 0.05")
    .option("--voice", "when somebody speaks, until nobody does")
    .option("--pre-roll <time>", "with so much from before")
    .option("--max-wait <time>", "wait no longer than this")
    .optionsGroup("When it ends:")
    .option("-s, --seconds <time>", "after so long: 90, 10m, 1h30m")
    .option("--frames <n>", "after so many frames")
    .option("--until-silence [dBFS]", `when it is quieter; without a level ${DEFAULT_SILENCE}`)
    .option("--silence-seconds <time>", "how long it must be that quiet; default: 1.5")
    .option("--max-size <size>", "before the sound takes more: 500MB, 2GiB")
    .option("--repeat", "go on with the next sound, in a new file, until Ctrl-C")
    .option("--post-roll <time>", "with --repeat: so much from behind the silence too")
    .optionsGroup("Files:")
    .option("--split <time|size>", "a new file each 10m or 500MB, without a lost frame")
    .option("--keep <n|size>", "remove the oldest files beyond so many, or so much")
    .option("--index <path>", "a list of the files, a line of JSON each")
    .option("--label <word>", "what {label} in the name stands for")
    .option("--overwrite", "replace the file if it exists")
    .option("--rescue <path>", "when the disk fails, go on in memory, and save the rest there")
    .option("--raw", "to stdout: the samples alone, without a WAV header")
    .optionsGroup("What is told:")
    .option("--json", "what happens, as lines of JSON on stdout")
    .option("-q, --quiet", "no progress")
    .addHelpText(
      "after",
      `
Templates: {date} {time} {utc} {index} {device} {label}.
Keys on a terminal: space pauses and goes on, m marks, Enter ends.

Examples:
  $ roomtone record take.wav --seconds 10
  $ roomtone record take.flac --format flac24 --until-silence
  $ roomtone record "bird {date} {time} {index}.wav" --trigger -40 --pre-roll 1 --until-silence --repeat
  $ roomtone record "log {index}.wav" --split 1h --keep 24 --index log.jsonl
  $ roomtone record drums.wav --channels 4,5 --wait 20:00 --seconds 2h
  $ roomtone record - --rate 16000 --raw | your-recogniser

Exit codes: 0 done, ${EXIT_FAULT} a fault (what was recorded is saved), ${EXIT_USAGE} wrong arguments, ${EXIT_NOTHING} nothing came within --max-wait.`,
    )
    .action(recordFile);
}

async function recordFile(file: string, args: RecordArguments): Promise<void> {
  checkTogether(file, args);
  const options = recorderOptions(file, args);
  using interruption = new Interruption();
  const plan = { ...options, signal: interruption.signal };
  const events = args.json === true ? new RecordEvents(process.stdout) : undefined;
  const rescue = args.rescue === undefined ? undefined : await Rescue.prepare(args.rescue);
  if (args.repeat === true) {
    await recordTakes(file, args, plan, { rescue, events });
    return;
  }
  await using recorder = await Recorder.open(plan);
  events?.follow(recorder);
  try {
    const result = await recordAll(file, args, plan, recorder);
    await tell(file, result, { rescue, events }, soundText(recorder));
  } catch (error) {
    await saveRest(error, rescue);
    throw error;
  }
}

/** The device may fail as well, after the disk. */
async function saveRest(error: unknown, rescue: Rescue | undefined): Promise<void> {
  const rest = error instanceof AudioError ? error.recording : undefined;
  const path = await rescue?.save(rest);
  if (path !== undefined) {
    process.stderr.write(`What the disk did not take is in ${path}.\n`);
  }
}

/** Starts it and waits for its end, with progress and keys; frames for stdout go there meanwhile. */
async function recordAll(
  file: string,
  args: RecordArguments,
  plan: RecorderOptions,
  recorder: Recorder,
): Promise<RecorderResult> {
  using _progress = showProgress(file, args, plan, recorder);
  using _keys = takeKeys(recorder);
  if (isStdout(file)) {
    const frames = recorder.toReadable({ container: args.raw === true ? "raw" : "wav" });
    await pipeline(frames, process.stdout, { end: false }).catch((error: unknown) => {
      // Whoever reads along has enough, as `head` has: that ends it. The recorder tells its own faults.
      if (recorder.state === "recording" && !isClosedPipe(error)) {
        throw error;
      }
    });
    return await recorder.stop();
  }
  await recorder.start();
  return await recorder.finished;
}

function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EPIPE";
}

/** A file for each sound. */
async function recordTakes(
  file: string,
  args: RecordArguments,
  { seconds, ...plan }: RecorderOptions,
  outlets: Outlets,
): Promise<void> {
  const { postRoll, quiet } = args;
  const all = takes({
    ...plan,
    ...(seconds !== undefined && { maxTakeSeconds: seconds }),
    ...(postRoll !== undefined && { postRoll: durationOption(postRoll, "--post-roll") }),
  });
  if (quiet !== true) {
    process.stderr.write("Listening. Ctrl-C ends and saves.\n");
  }
  for await (const take of all) {
    await tell(file, take, outlets);
  }
}

/** Where it goes what is told, and what a disk would not take. */
interface Outlets {
  readonly rescue: Rescue | undefined;
  readonly events: RecordEvents | undefined;
}

/** Says how it ended, and saves what a disk would not take. */
async function tell(
  file: string,
  result: Omit<RecorderResult, "reason"> & { readonly reason: string },
  { rescue, events }: Outlets,
  sound?: string,
): Promise<void> {
  const rescued = await rescue?.save(result.recording);
  if (events !== undefined) {
    events.done(result, rescued);
  } else {
    // What is recorded has stdout for itself.
    const output = isStdout(file) ? process.stderr : process.stdout;
    output.write(resultText(file, result, { rescued, ...(sound !== undefined && { sound }) }));
  }
  if (result.reason === "maxWait") {
    process.exitCode = EXIT_NOTHING;
    await Promise.all(result.files.map(({ path }) => rm(path, { force: true })));
  } else if (result.diskError !== undefined) {
    process.exitCode = EXIT_FAULT;
  }
}

/** Options that mean nothing without another, or beside it. */
function checkTogether(file: string, args: RecordArguments): void {
  if (isStdout(file)) {
    if (args.json === true) {
      throw new TypeError("`--json` and the sound cannot both have stdout");
    }
    const loose = (["split", "keep", "index", "rescue", "repeat", "label"] as const).find(
      (name) => args[name] !== undefined,
    );
    if (loose !== undefined) {
      throw new TypeError(`\`--${loose}\` is for files, and the sound goes to stdout`);
    }
    if (args.format.startsWith("flac")) {
      throw new TypeError("FLAC goes to files only; stdout gets WAV, or samples with `--raw`");
    }
  } else if (args.format.startsWith("flac") && /\.wav$/i.test(file)) {
    throw new RangeError(`Expected a name that does not end in .wav for FLAC, got "${file}"`);
  } else if (args.raw === true) {
    throw new TypeError("`--raw` is for stdout: give - as the file");
  }
  if (args.postRoll !== undefined && args.repeat !== true) {
    throw new TypeError("Expected `--post-roll` together with `--repeat`");
  }
}

/** The progress of one recording on stderr, until it is disposed of. */
function showProgress(
  file: string,
  { quiet, json }: RecordArguments,
  { seconds }: RecorderOptions,
  recorder: Recorder,
): Disposable {
  if (quiet === true || json === true) {
    return { [Symbol.dispose]() {} };
  }
  const { device } = recorder;
  const where = isStdout(file) ? "" : ` ${file}`;
  process.stderr.write(
    `Recording${where} from ${device.name} (${device.hostApi.name}). Ctrl-C ends and saves.\n`,
  );
  const sink: ProgressSink = process.stderr.isTTY
    ? terminalProgress(process.stderr)
    : lineProgress(process.stderr);
  const show = (level: RecorderLevel): void =>
    sink.update(levelProgress(level, seconds, device.name));
  recorder.on("level", show);
  return {
    [Symbol.dispose]() {
      recorder.off("level", show);
      sink.end();
    },
  };
}

/** Space, m and Enter, where somebody sits at a terminal. */
function takeKeys(recorder: Recorder): Disposable {
  if (!process.stdin.isTTY) {
    return { [Symbol.dispose]() {} };
  }
  const isGoing = (): boolean =>
    recorder.state === "recording" || recorder.state === "waiting" || recorder.state === "paused";
  let marks = 0;
  return listenToKeys(process.stdin, {
    pause: () => {
      if (recorder.state === "paused") {
        recorder.resume();
      } else if (isGoing()) {
        recorder.pause();
      }
    },
    mark: () => {
      if (isGoing()) {
        marks += 1;
        recorder.mark(`mark ${marks}`).catch(() => {
          // The recording ended before the frame came: there is nothing to mark.
        });
      }
    },
    stop: () => {
      recorder.stop().catch(() => {
        // Whoever waits for the end is told.
      });
    },
  });
}
