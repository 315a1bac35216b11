import { Command } from "commander";
import type { Seconds } from "../format.js";
import { checkNumber } from "../options.js";
import { InputStream } from "../stream/input-stream.js";
import { clockTime } from "../terminal/clock.js";
import { type Looks, looksOf } from "../terminal/looks.js";
import { meterLines } from "../terminal/meter-lines.js";
import { MeterState } from "../terminal/meter-state.js";
import { Screen } from "../terminal/screen.js";
import { type InputArguments, inputOptions, withInputOptions } from "./input-options.js";
import { Interruption } from "./interruption.js";
import { durationOption } from "./quantities.js";

interface MeterArguments extends InputArguments {
  readonly seconds?: string;
  readonly interval?: string;
  readonly json?: boolean;
}

/** Where the state of the meter goes. */
interface Face extends Disposable {
  /** After each block. */
  update(): void;
}

/** Pictures a second on a terminal. */
const FRAMES_A_SECOND = 30;
const DEFAULT_INTERVAL: Seconds = 1;

/** `roomtone meter` */
export function meterCommand(): Command {
  const command = new Command("meter").description(
    "Show the level of each channel, with peak hold, clip light and lost frames, until Ctrl-C.",
  );
  return withInputOptions(command)
    .option("-s, --seconds <time>", "how long: 90, 10m; without it, until Ctrl-C")
    .option(
      "--interval <seconds>",
      "from line to line where the output is no terminal, or JSON",
      "1",
    )
    .option("--json", "lines of JSON: seconds, peakDbfs, rmsDbfs, clipped, lostFrames, gaps")
    .addHelpText(
      "after",
      `
A bar is the peak, its full part the RMS of the last 0.3 s, the line the greatest peak of the last two
seconds; 0 dBFS is full scale. max and CLIP are since the start. NO_COLOR=1 takes the colours away.

Example:
  $ roomtone meter --device "virtual:tone?frequency=1000" --channels 2`,
    )
    .action(showLevels);
}

async function showLevels(options: MeterArguments): Promise<void> {
  const seconds = secondsOption(options.seconds, "--seconds") ?? Number.POSITIVE_INFINITY;
  const interval = secondsOption(options.interval, "--interval") ?? DEFAULT_INTERVAL;
  using interruption = new Interruption();
  await using stream = await InputStream.open({
    ...inputOptions(options),
    format: "float32",
    signal: interruption.signal,
  });
  const state = new MeterState(stream.numberOfChannels);
  {
    using face =
      options.json !== true && process.stdout.isTTY
        ? screenFace(stream, state)
        : lineFace(state, interval, options.json === true ? jsonLine : plainLine);
    for await (const block of stream) {
      state.add(block);
      face.update();
      if (state.seconds >= seconds) {
        break;
      }
    }
  }
  if (options.json !== true && process.stdout.isTTY) {
    // The last picture is gone with the second screen: what it came to stays.
    process.stdout.write(plainLine(state));
  }
}

function screenFace(
  { device, sampleRate, numberOfChannels, format }: InputStream,
  state: MeterState,
): Face {
  const looks: Looks = looksOf(process.stdout, "auto", false);
  const channels = numberOfChannels === 1 ? "1 channel" : `${numberOfChannels} channels`;
  const title = {
    device: `${device.name} (${device.hostApi.name})`,
    format: `${sampleRate} Hz, ${channels}, ${format}`,
  };
  const draw = (): void =>
    screen.show(meterLines(title, state, screen.columns, screen.rows, looks));
  const screen = new Screen(process.stdout, draw);
  draw();
  const timer = setInterval(draw, 1000 / FRAMES_A_SECOND);
  return {
    update() {},
    [Symbol.dispose]() {
      clearInterval(timer);
      screen[Symbol.dispose]();
    },
  };
}

/** A line for each interval in the time of the stream. */
function lineFace(state: MeterState, interval: Seconds, line: (state: MeterState) => string): Face {
  let told = 0;
  return {
    update() {
      const due = Math.floor(state.seconds / interval + 1e-9);
      if (due > told) {
        told = due;
        process.stdout.write(line(state));
      }
    },
    [Symbol.dispose]() {},
  };
}

function plainLine({ seconds, channels, lostFrames }: MeterState): string {
  const levels = channels.map(({ held, rms, clipped }) => {
    const clip = clipped === 0 ? "" : ` CLIP ${clipped}`;
    return `peak ${levelText(held)} rms ${levelText(rms)} dBFS${clip}`;
  });
  return `${clockTime(seconds)}  ${levels.join("  |  ")}  ${lostFrames} frames lost\n`;
}

function jsonLine({ seconds, channels, lostFrames, gaps }: MeterState): string {
  const value = {
    seconds: Number(seconds.toFixed(6)),
    peakDbfs: channels.map(({ held }) => jsonLevel(held)),
    rmsDbfs: channels.map(({ rms }) => jsonLevel(rms)),
    clipped: channels.map(({ clipped }) => clipped),
    lostFrames,
    gaps,
  };
  return `${JSON.stringify(value)}\n`;
}

function levelText(dbfs: number): string {
  return Number.isFinite(dbfs) ? dbfs.toFixed(1) : "-inf";
}

function jsonLevel(dbfs: number): number | null {
  return Number.isFinite(dbfs) ? Number(dbfs.toFixed(2)) : null;
}

function secondsOption(text: string | undefined, name: string): Seconds | undefined {
  return text === undefined
    ? undefined
    : checkNumber(durationOption(text, name), name, { min: 0, above: true });
}
