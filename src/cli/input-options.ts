import type { Command } from "commander";
import type { Seconds } from "../format.js";
import { checkNumber } from "../options.js";
import { MAX_RATE } from "../stream/common-options.js";
import type { InputStreamOptions } from "../stream/input-settings.js";

/** What commands that listen have in common. */
export interface InputArguments {
  readonly device?: string;
  readonly rate?: string;
  readonly channels: string;
  readonly latency?: string;
}

/** Adds the options of {@link InputArguments} to a command. */
export function withInputOptions(command: Command): Command {
  return command
    .option("-d, --device <query>", "index, id, name or part of a name; default: the default input")
    .option("-r, --rate <hertz>", "sample rate; default: the device's own")
    .option("-c, --channels <n>", "how many channels, or which, from 0: 0,2 or 2,", "1")
    .option("--latency <latency>", "low, high or seconds; default: high");
}

/** The options of the stream, each checked under the name that it has on the command line. */
export function inputOptions(options: InputArguments): InputStreamOptions {
  const { device, rate, channels, latency } = options;
  const list = channels.includes(",");
  // One alone has a comma behind it.
  const numbers = channels
    .replace(/,$/, "")
    .split(",")
    .map((text) =>
      checkNumber(numberOption(text, "--channels"), "--channels", {
        min: list ? 0 : 1,
        integer: true,
      }),
    );
  return {
    ...(device === undefined ? {} : { device: deviceQuery(device) }),
    ...(rate === undefined
      ? {}
      : {
          sampleRate: checkNumber(numberOption(rate, "--rate"), "--rate", {
            min: 1,
            max: MAX_RATE,
            integer: true,
          }),
        }),
    channels: list ? numbers : (numbers[0] ?? 1),
    ...(latency === undefined ? {} : { latency: latencyOption(latency) }),
  };
}

/** What `--device` names: digits are an index. */
export function deviceQuery(text: string): string | number {
  return /^\d+$/.test(text) ? Number(text) : text;
}

/** The value of `--latency`. */
export function latencyOption(text: string): "low" | "high" | Seconds {
  return text === "low" || text === "high"
    ? text
    : checkNumber(numberOption(text, "--latency"), "--latency", { min: 0, above: true, max: 10 });
}

/** A number of the command line. */
export function numberOption(text: string, option: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) {
    throw new TypeError(`Expected \`${option}\` to be a number, got "${text}"`);
  }
  return value;
}
