import type { Frames, Hertz, Seconds } from "../../format.js";
import { checkBoolean, checkNumber, checkOptions, checkText, checkWord } from "../../options.js";

/** What a virtual device hears: a signal, or what is played to it; a sink only plays. */
export type VirtualKind = "silence" | "tone" | "noise" | "ramp" | "file" | "sink" | "loopback";

/** Every kind of virtual device. */
export const VIRTUAL_KINDS: readonly VirtualKind[] = [
  "silence",
  "tone",
  "noise",
  "ramp",
  "file",
  "sink",
  "loopback",
];

/** `"realtime"` delivers and plays as a device with a clock does, `"fast"` as fast as it is read and written. */
export type VirtualPace = "realtime" | "fast";

/** Frames that the device heard and could not deliver. */
export interface VirtualOverrun {
  /** Device time of the first lost frame, from 0 to 1e9 s. */
  readonly at: Seconds;
  /** How many frames are lost, from 1 to 2^31 - 1. */
  readonly frames: Frames;
}

/** A time in which nothing comes; what was heard in it is lost. A sink takes and plays nothing in it. */
export interface VirtualStall {
  /** Device time at which it begins, from 0 to 1e9 s. */
  readonly at: Seconds;
  /** How long nothing comes, above 0 and up to 86,400 s. */
  readonly seconds: Seconds;
}

/**
 * Pace and faults, which every virtual device has. Faults are in device time, which starts at 0 with each open stream
 * and counts lost frames too. They may come in any order and overlap: faults that overlap or touch are one loss, from
 * the first frame that is lost to the last, and its cause is that of the earliest (the stall's if two start together).
 */
export interface VirtualTimingOptions {
  /** Default `"realtime"`. */
  readonly pace?: VirtualPace;
  /** Default: none. */
  readonly overruns?: readonly VirtualOverrun[];
  /** Default: none. */
  readonly stalls?: readonly VirtualStall[];
  /** When the device disappears, from 0 to 1e9 s of device time: what it heard before is delivered. Default: never. */
  readonly unplugAt?: Seconds;
  /** When it is there again, later than `unplugAt` and up to 1e9 s of device time. Default: never. */
  readonly replugAt?: Seconds;
}

/** Options of `silence` and `ramp`, and of nearly all other kinds. */
export interface VirtualOptions extends VirtualTimingOptions {
  /** The device's default sample rate, an integer from 1 to 768,000 Hz; others can be opened too. Default 48,000. */
  readonly rate?: Hertz;
  /** How many channels it has, from 1 to 4,096. Default 2. */
  readonly channels?: number;
}

/** Options of `tone`: a sine, the same in each channel, that starts at 0. */
export interface VirtualToneOptions extends VirtualOptions {
  /** Above 0 and up to 384,000 Hz; above half of the sample rate it folds back. Default 440. */
  readonly frequency?: Hertz;
  /** Peak, from 0 to 1 (full scale). Default 0.5. */
  readonly amplitude?: number;
}

/** Options of `noise`: white, uniform between ± amplitude, of its own in each channel. */
export interface VirtualNoiseOptions extends VirtualOptions {
  /** An integer from 0 to 2^32 - 1: the same seed gives the same noise. Default 1. */
  readonly seed?: number;
  /** Peak, from 0 to 1 (full scale). Default 0.5. */
  readonly amplitude?: number;
}

/** Options of `file`: a WAV file, whose sample rate and channels are the device's. */
export interface VirtualFileOptions extends VirtualTimingOptions {
  /** Path of the WAV file. */
  readonly path: string;
  /** Starts again at the end of the file. Default false: the stream ends there. */
  readonly loop?: boolean;
}

/** Options of `sink`, which swallows what is played: it has no overruns. */
export type VirtualSinkOptions = Omit<VirtualOptions, "overruns">;

/** Options of `loopback`, which hears what is played to it. Its overruns and stalls are those of its input. */
export interface VirtualLoopbackOptions extends VirtualOptions {
  /** From being played to being heard, from 0 to 10 s of device time. Default 0.01. */
  readonly latency?: Seconds;
}

/** {@link VirtualTimingOptions} with every value settled. */
export interface VirtualTiming {
  readonly pace: VirtualPace;
  /** In order of time. */
  readonly overruns: readonly VirtualOverrun[];
  /** In order of time. */
  readonly stalls: readonly VirtualStall[];
  readonly unplugAt: Seconds | undefined;
  readonly replugAt: Seconds | undefined;
}

/** What a device that is not a file has beside its faults, with every value settled. */
type Common = VirtualTiming & {
  readonly rate: Hertz;
  readonly channels: number;
};

/** A device whose signal is computed, with every value settled. */
export type GeneratedSpec = Common &
  (
    | { readonly kind: "silence" | "ramp" }
    | { readonly kind: "tone"; readonly frequency: Hertz; readonly amplitude: number }
    | { readonly kind: "noise"; readonly seed: number; readonly amplitude: number }
  );

/** A device that plays a file, with every value settled. */
export type FileSpec = VirtualTiming & {
  readonly kind: "file";
  readonly path: string;
  readonly loop: boolean;
};

/** A device that swallows what is played, with every value settled. */
export type SinkSpec = Common & { readonly kind: "sink" };

/** A device that hears what is played to it, with every value settled. */
export type LoopbackSpec = Common & { readonly kind: "loopback"; readonly latency: Seconds };

/** A virtual device with every value settled. */
export type VirtualSpec = GeneratedSpec | FileSpec | SinkSpec | LoopbackSpec;

/** The values of options that are not given; the string form leaves them out. */
export const VIRTUAL_DEFAULTS = {
  rate: 48_000,
  channels: 2,
  frequency: 440,
  amplitude: 0.5,
  seed: 1,
  latency: 0.01,
  loop: false,
  pace: "realtime",
} as const;

const TIMING: readonly string[] = ["pace", "overruns", "stalls", "unplugAt", "replugAt"];
const COMMON: readonly string[] = ["rate", "channels", ...TIMING];

/** The typed options that each kind knows. */
export const VIRTUAL_OPTIONS: Readonly<Record<VirtualKind, readonly string[]>> = {
  silence: COMMON,
  ramp: COMMON,
  tone: ["frequency", "amplitude", ...COMMON],
  noise: ["seed", "amplitude", ...COMMON],
  file: ["path", "loop", ...TIMING],
  sink: COMMON.filter((name) => name !== "overruns"),
  loopback: ["latency", ...COMMON],
};

type Given = Readonly<Record<string, unknown>>;

/**
 * Settles the options of a virtual device. Throws TypeError for a wrong type or an unknown option (it names the
 * nearest known one), RangeError for a value out of range or an unknown kind.
 */
export function settleVirtual(kindGiven: unknown, options: unknown): VirtualSpec {
  const kind = checkKind(kindGiven);
  checkOptions(options, VIRTUAL_OPTIONS[kind], `virtual:${kind}`);
  const given: Given = typeof options === "object" ? { ...options } : {};
  const timing = settleTiming(given);
  if (kind === "file") {
    const loop =
      given.loop === undefined ? VIRTUAL_DEFAULTS.loop : checkBoolean(given.loop, "loop");
    return { kind, path: checkPath(given.path), loop, ...timing };
  }
  const common = {
    rate: numberOr(given, "rate", { min: 1, max: 768_000, integer: true }),
    channels: numberOr(given, "channels", { min: 1, max: 4096, integer: true }),
    ...timing,
  };
  switch (kind) {
    case "tone": {
      const frequency = numberOr(given, "frequency", { min: 0, above: true, max: 384_000 });
      return { kind, frequency, amplitude: amplitudeOf(given), ...common };
    }
    case "noise": {
      const seed = numberOr(given, "seed", { min: 0, max: 2 ** 32 - 1, integer: true });
      return { kind, seed, amplitude: amplitudeOf(given), ...common };
    }
    case "loopback":
      return { kind, latency: numberOr(given, "latency", { min: 0, max: 10 }), ...common };
    default:
      return { kind, ...common };
  }
}

/** Returns `value` if it is a kind of virtual device. Throws TypeError or RangeError. */
export function checkKind(value: unknown): VirtualKind {
  return checkWord(value, "kind of virtual device", VIRTUAL_KINDS);
}

/** Returns `value` if it is a device time. Throws TypeError or RangeError. */
export function checkDeviceTime(value: unknown, name: string): Seconds {
  return number(value, name, { min: 0, max: 1e9 });
}

/** Returns `value` if it is an overrun. Throws TypeError or RangeError. */
export function checkOverrun(value: unknown, name: string): VirtualOverrun {
  checkOptions(value, ["at", "frames"], name);
  const { at, frames }: Given = typeof value === "object" ? { ...value } : {};
  return {
    at: checkDeviceTime(at, `${name}.at`),
    frames: number(frames, `${name}.frames`, { min: 1, max: 2 ** 31 - 1, integer: true }),
  };
}

/** Returns `value` if it is a stall. Throws TypeError or RangeError. */
export function checkStall(value: unknown, name: string): VirtualStall {
  checkOptions(value, ["at", "seconds"], name);
  const { at, seconds }: Given = typeof value === "object" ? { ...value } : {};
  return {
    at: checkDeviceTime(at, `${name}.at`),
    seconds: number(seconds, `${name}.seconds`, { min: 0, above: true, max: 86_400 }),
  };
}

function settleTiming(given: Given): VirtualTiming {
  const { pace } = given;
  return {
    pace:
      pace === undefined ? VIRTUAL_DEFAULTS.pace : checkWord(pace, "pace", ["realtime", "fast"]),
    overruns: listOf(given, "overruns", checkOverrun).sort(
      (a, b) => a.at - b.at || a.frames - b.frames,
    ),
    stalls: listOf(given, "stalls", checkStall).sort(
      (a, b) => a.at - b.at || a.seconds - b.seconds,
    ),
    ...settleAbsence(given),
  };
}

function settleAbsence(given: Given): Pick<VirtualTiming, "unplugAt" | "replugAt"> {
  const [unplugAt, replugAt] = (["unplugAt", "replugAt"] as const).map((name) =>
    given[name] === undefined ? undefined : checkDeviceTime(given[name], name),
  );
  if (replugAt !== undefined && !(unplugAt !== undefined && replugAt > unplugAt)) {
    const got = unplugAt === undefined ? "it without that" : `${replugAt} and ${unplugAt}`;
    throw new RangeError(`Expected \`replugAt\` to be later than \`unplugAt\`, got ${got}`);
  }
  return { unplugAt, replugAt };
}

function listOf<Item>(
  given: Given,
  name: string,
  check: (item: unknown, name: string) => Item,
): Item[] {
  const list = given[name] ?? [];
  if (!Array.isArray(list)) {
    throw new TypeError(`Expected \`${name}\` to be an array of faults, got ${typeof list}`);
  }
  return Array.from(list, (item: unknown, index) => check(item, `${name}[${index}]`));
}

function amplitudeOf(given: Given): number {
  return numberOr(given, "amplitude", { min: 0, max: 1 });
}

function numberOr(
  given: Given,
  name: "rate" | "channels" | "frequency" | "amplitude" | "seed" | "latency",
  rule: Parameters<typeof checkNumber>[2],
): number {
  const value = given[name];
  return value === undefined ? VIRTUAL_DEFAULTS[name] : number(value, name, rule);
}

function number(value: unknown, name: string, rule: Parameters<typeof checkNumber>[2]): number {
  // -0 becomes 0, so that equal devices have equal strings.
  return checkNumber(value, name, rule) + 0;
}

function checkPath(value: unknown): string {
  const path = checkText(value, "path");
  if (/\p{Surrogate}/u.test(path)) {
    throw new RangeError("Expected `path` to be a path, got text with half of a surrogate pair");
  }
  return path;
}
