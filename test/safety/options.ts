import { Mine, NASTY } from "./nasty.js";
import { own, type World } from "./world.js";

export type Random = (below: number) => number;

export function oneOf<Item>(random: Random, items: readonly [Item, ...Item[]]): Item {
  return items[random(items.length)] ?? items[0];
}

/** True once in `times`. */
export function once(random: Random, times: number): boolean {
  return random(times) === 0;
}

/** A device and what the model knows of it. */
export interface TestDevice {
  readonly id: string;
  /** It works for ever: it has no end and no fault that a stream cannot get over at once. */
  readonly sound: boolean;
}

const INPUT_KINDS = ["ramp", "tone", "noise", "silence"] as const;
const FAULTS = [
  "overrun=0.01:500",
  "overrun=0:1&overrun=0.5:400",
  "stall=0.02:0.05",
  "stall=0:0.01&overrun=0.005:10",
] as const;
const ENDS = [
  "unplug=0",
  "unplug=0.05",
  "unplug=0.1&replug=0.15",
  "unplug=1&replug=1.001",
] as const;

/** A virtual device for a direction, most often one that works. */
export function virtualInput(random: Random): TestDevice {
  return device(random, oneOf(random, INPUT_KINDS), FAULTS);
}

export function virtualOutput(random: Random): TestDevice {
  return device(random, "sink", ["stall=0.02:0.05", "stall=0:0.01"]);
}

export function virtualLoopback(random: Random): TestDevice {
  const { id, sound } = device(random, "loopback", FAULTS);
  // Without a clock it hears nothing until something is played.
  return { id, sound: sound && id.includes("realtime") };
}

function device(random: Random, kind: string, faults: readonly [string, ...string[]]): TestDevice {
  const parts = [`pace=${once(random, 3) ? "realtime" : "fast"}`];
  if (once(random, 2)) {
    parts.push(`rate=${oneOf(random, [8000, 1000, 44_100, 96_000, 768_000])}`);
  }
  if (once(random, 4)) {
    parts.push(`channels=${oneOf(random, [1, 3, 8, 64])}`);
  }
  if (once(random, 4)) {
    parts.push(oneOf(random, faults));
  }
  const ends = once(random, 6);
  if (ends) {
    parts.push(oneOf(random, ENDS));
  }
  return { id: `virtual:${kind}?${parts.join("&")}`, sound: !ends };
}

/** A file that the examples of processors are: see processor.ts. */
const PROCESSOR = new URL("./processor.js", import.meta.url);

/** Options that all streams have: most often valid ones. */
export function commonOptions(world: World, random: Random): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  const maybe = (name: string, times: number, make: () => unknown): void => {
    if (once(random, times)) {
      options[name] = make();
    }
  };
  maybe("sampleRate", 4, () => oneOf(random, [8000, 11_025, 48_000, 200, 768_000, 44_100]));
  maybe("format", 2, () => oneOf(random, ["int8", "uint8", "int16", "int24", "int32", "float32"]));
  maybe("resample", 5, () => oneOf(random, ["auto", "always", "never"]));
  maybe("dither", 8, () => once(random, 2));
  maybe("onDeviceLost", 4, () => oneOf(random, ["fail", "wait", "default-device"]));
  maybe("waitSeconds", 8, () => oneOf(random, [0.3, 1e-9, Number.POSITIVE_INFINITY]));
  maybe("realTime", 8, () => once(random, 2));
  maybe("blockFrames", 3, () => oneOf(random, [1, 3, 128, 1000, 4096, 20_000]));
  maybe("channels", 3, () => oneOf<unknown>(random, [1, 2, [0], [1, 0], [1], 3]));
  maybe("latency", 4, () => oneOf<unknown>(random, ["low", "high", 0.01, 1e-9, 10]));
  maybe("bufferSeconds", 3, () => oneOf(random, [0.5, 0.01, 1e-9, 2]));
  maybe("signal", 4, () => signal(world, random));
  if (once(random, 10)) {
    options.processor = once(random, 8) ? new URL("file:///nowhere.js") : PROCESSOR;
    options.processorOptions = {
      ...(once(random, 4) && { throwsAt: random(5000), throws: random(6) }),
      ...(once(random, 4) && { endsAt: random(5000) }),
      ...(once(random, 8) && { failsToSetUp: true }),
      ...(once(random, 8) && { failsToClose: true }),
      posts: once(random, 2),
    };
    options.onMessage = () => {
      if (once(random, 20)) {
        throwStrange(random);
      }
    };
  }
  return options;
}

/** Spoils options: one value becomes nasty, or one is added that is unknown. */
export function spoil(options: Record<string, unknown>, random: Random): unknown {
  if (once(random, 8)) {
    return oneNasty(random).make();
  }
  const names = [...Object.keys(options), "signal", "channels", "device", "nasty"];
  const name = names[random(names.length)] ?? "nasty";
  if (once(random, 4)) {
    const getter = () => {
      throw new Mine("from an option");
    };
    return Object.defineProperty({ ...options }, name, { enumerable: true, get: getter });
  }
  return { ...options, [name]: oneNasty(random).make() };
}

export function oneNasty(random: Random): (typeof NASTY)[number] {
  const [first] = NASTY;
  return NASTY[random(NASTY.length)] ?? first ?? { name: "none", make: () => undefined };
}

/** A signal of the sequence, which a later move may abort. */
export function signal(world: World, random: Random): AbortSignal {
  const known = world.signals[random(4)];
  if (known !== undefined && once(random, 2)) {
    return known.signal;
  }
  const controller = new AbortController();
  world.signals.push(controller);
  return controller.signal;
}

/** Throws what no callback should: not even an error, now and then. */
export function throwStrange(random: Random): never {
  const thing: unknown = oneOf<unknown>(random, [
    new Mine("mine"),
    new Mine("mine", { cause: () => {} }),
    "text",
    undefined,
    Symbol("thrown"),
    Object.create(null),
    { [Symbol.toPrimitive]: null, toString: null },
  ]);
  own(thing);
  throw thing;
}
