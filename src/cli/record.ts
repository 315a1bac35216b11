import { existsSync } from "node:fs";
import { Command } from "commander";
import { AudioError } from "../errors.js";
import { bytesPerFrame, type Frames, silenceByte } from "../format.js";
import type { Device } from "../hosts/host.js";
import { checkNumber, checkWord } from "../options.js";
import { gapCues } from "../recording/gap-cues.js";
import { Ledger, wholeFrames } from "../recording/ledger.js";
import { type ProgressSink, progressOf } from "../recording/progress.js";
import { terminalProgress } from "../recording/terminal-progress.js";
import { InputStream } from "../stream/input-stream.js";
import { WAV_SAMPLE_FORMATS } from "../wav/header.js";
import { WavWriter } from "../wav/writer.js";
import {
  type InputArguments,
  inputOptions,
  numberOption,
  withInputOptions,
} from "./input-options.js";
import { lineProgress } from "./line-progress.js";

interface RecordArguments extends InputArguments {
  readonly seconds?: string;
  readonly format: string;
  readonly overwrite?: boolean;
  readonly quiet?: boolean;
}

/** Silence for a gap is written in runs of this many frames. */
const SILENCE_RUN: Frames = 2 ** 16;

/** `roomtone record FILE` */
export function recordCommand(): Command {
  const command = new Command("record")
    .description("Record a WAV file until the time is over or Ctrl-C, which ends and saves it.")
    .argument("<file>", "the WAV file to write")
    .option("-s, --seconds <n>", "how long; without it, until Ctrl-C");
  return withInputOptions(command)
    .option("-f, --format <format>", WAV_SAMPLE_FORMATS.join(", "), "int16")
    .option("--overwrite", "replace the file if it exists")
    .option("-q, --quiet", "no progress")
    .action(recordFile);
}

async function recordFile(file: string, options: RecordArguments): Promise<void> {
  const format = checkWord(options.format, "--format", WAV_SAMPLE_FORMATS);
  const seconds =
    options.seconds === undefined ? undefined : numberOption(options.seconds, "--seconds");
  if (seconds !== undefined) {
    checkNumber(seconds, "--seconds", { min: 0, above: true });
  }
  if (options.overwrite !== true && existsSync(file)) {
    throw new AudioError("file-exists", `${file} exists: give another name, or --overwrite.`);
  }
  const stop = new AbortController();
  const end = (): void => stop.abort();
  // Once: a second Ctrl-C ends the program the hard way.
  process.once("SIGINT", end);
  process.once("SIGTERM", end);
  process.once("SIGHUP", end);
  try {
    await using stream = await InputStream.open({
      ...inputOptions(options),
      format,
      signal: stop.signal,
    });
    const wanted =
      seconds === undefined
        ? Number.POSITIVE_INFINITY
        : wholeFrames(seconds, stream.sampleRate, "--seconds");
    // The device is open but not started until the file is there: a file that cannot be written costs no audio.
    await using writer = await WavWriter.create(file, {
      sampleRate: Math.round(stream.sampleRate),
      channels: stream.numberOfChannels,
      format,
      overwrite: options.overwrite === true,
    });
    const ledger = new Ledger(wanted, true);
    const progress = options.quiet === true ? undefined : progressSink(file, stream.device);
    try {
      await recordBlocks(stream, writer, ledger, progress);
    } finally {
      progress?.end();
      // Whatever ended it: what was recorded is a whole file.
      await writer.close();
      process.stdout.write(summary(file, ledger, stream));
    }
  } finally {
    process.off("SIGINT", end);
    process.off("SIGTERM", end);
    process.off("SIGHUP", end);
  }
}

async function recordBlocks(
  stream: InputStream,
  writer: WavWriter,
  ledger: Ledger,
  progress: ProgressSink | undefined,
): Promise<void> {
  const frameBytes = bytesPerFrame(stream.format, stream.numberOfChannels);
  for await (const block of stream) {
    const known = ledger.gaps.length;
    const { silence, frames } = ledger.admit(block);
    for (const cue of gapCues(ledger.gaps.slice(known))) {
      writer.addCue(cue);
    }
    for (let left = silence; left > 0; left -= SILENCE_RUN) {
      const run = new Uint8Array(Math.min(left, SILENCE_RUN) * frameBytes);
      await writer.write(run.fill(silenceByte(stream.format)));
    }
    await writer.write(block.bytes.subarray(0, frames * frameBytes));
    progress?.update(progressOf(ledger, block, stream.device.name));
    if (ledger.complete) {
      return;
    }
  }
}

function summary(file: string, ledger: Ledger, stream: InputStream): string {
  const seconds = (ledger.frames / stream.sampleRate).toFixed(3);
  const channels =
    stream.numberOfChannels === 1 ? "1 channel" : `${stream.numberOfChannels} channels`;
  const lost =
    ledger.lostFrames === 0
      ? "no frame lost"
      : `${ledger.lostFrames} frames lost in ${ledger.gaps.length} gap(s), filled with silence`;
  return `${file}: ${seconds} s (${ledger.frames} frames), ${stream.sampleRate} Hz, ${channels}, ${stream.format}; ${lost}\n`;
}

function progressSink(file: string, device: Device): ProgressSink {
  process.stderr.write(
    `Recording ${file} from ${device.name} (${device.hostApi.name}). Ctrl-C ends and saves.\n`,
  );
  return process.stderr.isTTY ? terminalProgress(process.stderr) : lineProgress(process.stderr);
}
