import { Command } from "commander";
import { checkNumber } from "../options.js";
import { type Playback, type PlayOptions, type PlayProgress, play } from "../playing/play.js";
import { clockTime } from "../terminal/clock.js";
import { EXIT_FAULT, EXIT_USAGE } from "./fault.js";
import { deviceQuery, latencyOption, numberOption } from "./input-options.js";
import { Interruption } from "./interruption.js";

interface PlayArguments {
  readonly device?: string;
  readonly channels?: string;
  readonly latency?: string;
  readonly loop?: string | true;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** `roomtone play FILE` */
export function playCommand(): Command {
  return new Command("play")
    .description("Play a WAV or FLAC file until its end or Ctrl-C.")
    .argument("<file>", "the file to play")
    .option(
      "-d, --device <query>",
      "index, id, name or part of a name; default: the default output",
    )
    .option("-c, --channels <list>", "the device's channels to play on, from 0: 0,2")
    .option("--latency <latency>", "low, high or seconds; default: high")
    .option("--loop [times]", "again and again until Ctrl-C, or so many times")
    .option("--json", "what was played, as one line of JSON, and no progress")
    .option("-q, --quiet", "no progress")
    .addHelpText(
      "after",
      `
Examples:
  $ roomtone play take.wav
  $ roomtone play take.flac --device USB --loop 3

Exit codes: 0 played or ended by Ctrl-C, ${EXIT_FAULT} a fault, ${EXIT_USAGE} wrong arguments.`,
    )
    .action(playFile);
}

async function playFile(file: string, options: PlayArguments): Promise<void> {
  const quiet = options.quiet === true || options.json === true || !process.stderr.isTTY;
  const plan = playOptions(options);
  using interruption = new Interruption();
  const played = await play(file, {
    ...plan,
    signal: interruption.signal,
    ...(quiet ? {} : { onProgress: showProgress }),
  });
  if (!quiet) {
    process.stderr.write("\n");
  }
  process.stdout.write(options.json === true ? `${JSON.stringify(played)}\n` : text(file, played));
}

/** What `play()` is asked, each checked under the name that it has on the command line. */
function playOptions({ device, channels, latency, loop }: PlayArguments): PlayOptions {
  return {
    ...(device === undefined ? {} : { device: deviceQuery(device) }),
    ...(channels === undefined
      ? {}
      : {
          channels: channels.split(",").map((text) =>
            checkNumber(numberOption(text, "--channels"), "--channels", {
              min: 0,
              integer: true,
            }),
          ),
        }),
    ...(latency === undefined ? {} : { latency: latencyOption(latency) }),
    ...(loop === undefined
      ? {}
      : {
          loop:
            loop === true ||
            checkNumber(numberOption(loop, "--loop"), "--loop", { min: 1, integer: true }),
        }),
  };
}

function showProgress({ seconds, totalSeconds, underflows }: PlayProgress): void {
  const total = Number.isFinite(totalSeconds) ? ` / ${clockTime(totalSeconds)}` : "";
  const silent = underflows === 0 ? "" : `  ${underflows} times silence in between`;
  process.stderr.write(`\r${clockTime(seconds)}${total}${silent}\x1b[K`);
}

function text(
  file: string,
  { frames, seconds, sampleRate, completed, underflows }: Playback,
): string {
  const length = `${seconds.toFixed(3)} s (${frames} frames), ${sampleRate} Hz`;
  const end = completed ? "" : "; ended before its end";
  const silent = underflows.length === 0 ? "" : `; ${underflows.length} times silence in between`;
  return `${file}: ${length}${end}${silent}\n`;
}
