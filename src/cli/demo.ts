import { existsSync } from "node:fs";
import { Command } from "commander";
import { toDbfs } from "../analysis/level-meter.js";
import { defaultInput } from "../devices.js";
import { AudioError } from "../errors.js";
import type { Device } from "../hosts/host.js";
import { readWav } from "../recording/read-wav.js";
import { record } from "../recording/record.js";
import type { Recording } from "../recording/recording.js";
import { terminalProgress } from "../recording/terminal-progress.js";
import { lineProgress } from "./line-progress.js";

const FILE = "recorded_audio.wav";
const SECONDS = 5;
const WIDTH = 64;
const BARS = " ▁▂▃▄▅▆▇█";

/** `roomtone demo`: the whole way once, from the microphone to what is in the file. */
export function demoCommand(): Command {
  return new Command("demo")
    .description(`Record ${SECONDS} seconds to ${FILE} and show what is in it.`)
    .action(async () => {
      const microphone = await findMicrophone();
      say(
        microphone === undefined
          ? "This machine has no microphone that can be reached, so a VIRTUAL one is used: a 440 Hz tone, not real sound."
          : `Microphone: ${microphone.name} (${microphone.hostApi.name}, ${microphone.defaultSampleRate} Hz)`,
      );
      say(`Recording ${SECONDS} seconds ...`);
      const sink = process.stderr.isTTY
        ? terminalProgress(process.stderr)
        : lineProgress(process.stderr);
      const take = await record({
        seconds: SECONDS,
        device: microphone ?? "virtual:tone?frequency=440&amplitude=0.25",
        format: "int16",
        progress: (progress) => sink.update(progress),
      }).finally(() => sink.end());
      const replaced = existsSync(FILE);
      await take.save(FILE);
      say(`Saved ${FILE}${replaced ? " (the one that was here is replaced)" : ""}. In it:`);
      describeTake(await readWav(FILE), take);
    });
}

/** Undefined only when there is nothing to record from; any other fault is told. */
async function findMicrophone(): Promise<Device | undefined> {
  try {
    return await defaultInput();
  } catch (error) {
    if (
      error instanceof AudioError &&
      (error.code === "device-not-found" || error.code === "library-not-found")
    ) {
      say(error.message);
      return undefined;
    }
    throw error;
  }
}

function describeTake(file: Recording, take: Recording): void {
  const channels = file.numberOfChannels === 1 ? "1 channel" : `${file.numberOfChannels} channels`;
  say(
    `  ${file.duration.toFixed(3)} s, ${file.length} frames, ${file.sampleRate} Hz, ${channels}, ${file.format}`,
  );
  const lost = take.gaps.reduce((sum, gap) => sum + gap.frames, 0);
  say(`  ${lost === 0 ? "no frame lost" : `${lost} frames lost in ${take.gaps.length} gap(s)`}`);
  const data = file.getChannelData(0);
  const peaks = envelope(data, WIDTH);
  const peak = Math.max(...peaks);
  say(`  peak ${peak === 0 ? "silence: nothing but zeros" : `${toDbfs(peak).toFixed(1)} dBFS`}`);
  say(
    `  ${peaks.map((value) => BARS[Math.ceil((value / (peak || 1)) * (BARS.length - 1))]).join("")}`,
  );
}

/** The largest absolute sample of each of `columns` equal stretches. */
function envelope(data: Float32Array, columns: number): number[] {
  const peaks = Array.from({ length: columns }, () => 0);
  data.forEach((sample, index) => {
    const column = Math.floor((index / data.length) * columns);
    peaks[column] = Math.max(peaks[column] ?? 0, Math.abs(sample));
  });
  return peaks;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
