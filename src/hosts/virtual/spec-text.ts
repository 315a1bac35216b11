import { checkOptions, describe } from "../../options.js";
import {
  checkDeviceTime,
  checkKind,
  checkOverrun,
  checkStall,
  settleVirtual,
  VIRTUAL_DEFAULTS,
  VIRTUAL_OPTIONS,
  type VirtualFileOptions,
  type VirtualKind,
  type VirtualLoopbackOptions,
  type VirtualNoiseOptions,
  type VirtualOptions,
  type VirtualSinkOptions,
  type VirtualSpec,
  type VirtualToneOptions,
} from "./spec.js";

/** What every string of a virtual device begins with. */
export const VIRTUAL_PREFIX = "virtual:";

/** Options whose name in the string differs from that in code: there they are written once for each fault. */
const TEXT_NAMES: Readonly<Record<string, string>> = {
  overruns: "overrun",
  stalls: "stall",
  unplugAt: "unplug",
  replugAt: "replug",
};

const REPEATABLE: ReadonlySet<string> = new Set(["overrun", "stall"]);

/**
 * The string that names a virtual device, from typed options:
 * `virtualDevice("tone", { frequency: 1000, pace: "fast", overruns: [{ at: 2, frames: 4410 }] })` is
 * `"virtual:tone?frequency=1000&pace=fast&overrun=2:4410"`. Options that have their default value are left out and
 * faults are put in order of time, so equal devices have equal strings.
 *
 * @throws TypeError for a wrong type or an unknown option, RangeError for a value out of range or an unknown kind.
 */
export function virtualDevice(kind: "silence" | "ramp", options?: VirtualOptions): string;
export function virtualDevice(kind: "tone", options?: VirtualToneOptions): string;
export function virtualDevice(kind: "noise", options?: VirtualNoiseOptions): string;
export function virtualDevice(kind: "file", options: VirtualFileOptions): string;
export function virtualDevice(kind: "sink", options?: VirtualSinkOptions): string;
export function virtualDevice(kind: "loopback", options?: VirtualLoopbackOptions): string;
export function virtualDevice(kind: VirtualKind, options?: object): string {
  return virtualDeviceString(settleVirtual(kind, options));
}

/** The canonical string of a virtual device. */
export function virtualDeviceString(spec: VirtualSpec): string {
  const parts: string[] = [];
  const put = (name: keyof typeof VIRTUAL_DEFAULTS, value: string | number | boolean): void => {
    if (value !== VIRTUAL_DEFAULTS[name]) {
      parts.push(`${name}=${value}`);
    }
  };
  if (spec.kind === "tone") {
    put("frequency", spec.frequency);
    put("amplitude", spec.amplitude);
  }
  if (spec.kind === "noise") {
    put("seed", spec.seed);
    put("amplitude", spec.amplitude);
  }
  if (spec.kind === "loopback") {
    put("latency", spec.latency);
  }
  if (spec.kind === "file") {
    // The path stays readable: only what would end the option, and the rest of URL encoding, is encoded.
    parts.push(`path=${encodeURIComponent(spec.path).replace(/%2F/g, "/").replace(/%3A/g, ":")}`);
    put("loop", spec.loop);
  } else {
    put("rate", spec.rate);
    put("channels", spec.channels);
  }
  put("pace", spec.pace);
  parts.push(...spec.overruns.map(({ at, frames }) => `overrun=${at}:${frames}`));
  parts.push(...spec.stalls.map(({ at, seconds }) => `stall=${at}:${seconds}`));
  if (spec.unplugAt !== undefined) {
    parts.push(`unplug=${spec.unplugAt}`);
  }
  if (spec.replugAt !== undefined) {
    parts.push(`replug=${spec.replugAt}`);
  }
  const base = `${VIRTUAL_PREFIX}${spec.kind}`;
  return parts.length === 0 ? base : `${base}?${parts.join("&")}`;
}

/**
 * The virtual device that a string names: `virtual:KIND`, then `?name=value&name=value` with URL-encoded values. The
 * names are those of the typed options, but `overrun=SECOND:FRAMES` and `stall=SECOND:SECONDS` (each as often as
 * wanted), `unplug=SECOND` and `replug=SECOND`.
 *
 * @throws TypeError for an unknown option or a value that is not of its type, RangeError for a value out of range, an
 * unknown kind, an option that is given twice, and text that is not of this form.
 */
export function parseVirtualDevice(text: string): VirtualSpec {
  if (typeof text !== "string") {
    throw new TypeError(`Expected a virtual device such as "virtual:tone", got ${describe(text)}`);
  }
  if (!text.startsWith(VIRTUAL_PREFIX)) {
    throw new RangeError(`Expected a virtual device such as "virtual:tone", got ${describe(text)}`);
  }
  const question = text.indexOf("?");
  const kind = checkKind(text.slice(VIRTUAL_PREFIX.length, question < 0 ? undefined : question));
  const pairs = question < 0 ? [] : splitPairs(text.slice(question + 1));
  const known = VIRTUAL_OPTIONS[kind].map((name) => TEXT_NAMES[name] ?? name);
  checkOptions(Object.fromEntries(pairs), known, `${VIRTUAL_PREFIX}${kind}`);
  return settleVirtual(kind, typedOptions(pairs));
}

type Pair = readonly [name: string, value: string];

function splitPairs(query: string): readonly Pair[] {
  const names = new Set<string>();
  return query === ""
    ? []
    : query.split("&").map((part) => {
        const equals = part.indexOf("=");
        if (equals <= 0) {
          throw new RangeError(
            `Expected options as \`name=value\` joined by \`&\`, got ${describe(part)}`,
          );
        }
        const name = part.slice(0, equals);
        if (names.has(name) && !REPEATABLE.has(name)) {
          throw new RangeError(`Expected \`${name}\` to be given once, it is there twice`);
        }
        names.add(name);
        return [name, decode(part.slice(equals + 1), name)];
      });
}

function decode(text: string, name: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw new RangeError(
      `Expected \`${name}\` to be URL-encoded (a percent sign itself is written %25), got ${describe(text)}`,
      { cause: error },
    );
  }
}

/** The options with their values in types, as far as the text has them: what is not a number stays text. */
function typedOptions(pairs: readonly Pair[]): object {
  const options: Record<string, unknown> = {};
  const overruns: unknown[] = [];
  const stalls: unknown[] = [];
  for (const [name, text] of pairs) {
    switch (name) {
      case "path":
      case "pace":
        options[name] = text;
        break;
      case "loop":
        options[name] = text === "true" ? true : text === "false" ? false : text;
        break;
      case "overrun": {
        const [at, frames] = splitFault(text, "overrun", "SECOND:FRAMES");
        overruns.push(checkOverrun({ at, frames }, "overrun"));
        break;
      }
      case "stall": {
        const [at, seconds] = splitFault(text, "stall", "SECOND:SECONDS");
        stalls.push(checkStall({ at, seconds }, "stall"));
        break;
      }
      case "unplug":
        options.unplugAt = checkDeviceTime(numberIn(text), "unplug");
        break;
      case "replug":
        options.replugAt = checkDeviceTime(numberIn(text), "replug");
        break;
      default:
        options[name] = numberIn(text);
    }
  }
  return {
    ...options,
    ...(overruns.length > 0 ? { overruns } : {}),
    ...(stalls.length > 0 ? { stalls } : {}),
  };
}

function splitFault(text: string, name: string, form: string): readonly [unknown, unknown] {
  const [at, amount, ...more] = text.split(":");
  if (at === undefined || amount === undefined || more.length > 0) {
    throw new TypeError(
      `Expected \`${name}\` as ${form}, for instance ${name}=2:100, got ${describe(text)}`,
    );
  }
  return [numberIn(at), numberIn(amount)];
}

/** A number in decimal form; other text comes back as it is, for the checks to refuse. */
function numberIn(text: string): unknown {
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : text;
}
