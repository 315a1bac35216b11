import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { settleVirtual, VIRTUAL_KINDS, type VirtualKind } from "../../src/hosts/virtual/spec.js";
import {
  parseVirtualDevice,
  virtualDevice,
  virtualDeviceString,
} from "../../src/hosts/virtual/spec-text.js";

/** Calls `virtualDevice` as plain JavaScript can: with anything. */
const untyped = virtualDevice as (...args: unknown[]) => string;

const SEED = 20_260_731;

describe("the string of a virtual device", () => {
  test("typed options give the string that the documentation shows", () => {
    assert.equal(
      virtualDevice("tone", {
        frequency: 1000,
        pace: "fast",
        overruns: [{ at: 2, frames: 4410 }],
        stalls: [{ at: 3, seconds: 2 }],
        unplugAt: 4,
      }),
      "virtual:tone?frequency=1000&pace=fast&overrun=2:4410&stall=3:2&unplug=4",
    );
    assert.equal(virtualDevice("silence"), "virtual:silence");
    assert.equal(
      virtualDevice("ramp", { rate: 8000, channels: 1 }),
      "virtual:ramp?rate=8000&channels=1",
    );
    assert.equal(
      virtualDevice("noise", { seed: 7, amplitude: 1 }),
      "virtual:noise?seed=7&amplitude=1",
    );
    assert.equal(
      virtualDevice("sink", { channels: 1, pace: "fast" }),
      "virtual:sink?channels=1&pace=fast",
    );
    assert.equal(
      virtualDevice("loopback", { latency: 0, rate: 44_100, unplugAt: 1, replugAt: 1.5 }),
      "virtual:loopback?latency=0&rate=44100&unplug=1&replug=1.5",
    );
  });

  test("equal devices have equal strings: defaults are left out and faults are in order of time", () => {
    const spelt =
      "virtual:tone?channels=2&overrun=2:50&amplitude=0.50&overrun=1:100&frequency=4.4e2&rate=48000&pace=realtime";
    assert.equal(
      virtualDeviceString(parseVirtualDevice(spelt)),
      "virtual:tone?overrun=1:100&overrun=2:50",
    );
    assert.equal(
      virtualDeviceString(
        parseVirtualDevice("virtual:ramp?unplug=-0&stall=2:2&stall=2:1&stall=1:9"),
      ),
      "virtual:ramp?stall=1:9&stall=2:1&stall=2:2&unplug=0",
    );
    assert.deepEqual(
      parseVirtualDevice("virtual:ramp?unplug=-0"),
      settleVirtual("ramp", { unplugAt: 0 }),
    );
  });

  test("every value has the documented default", () => {
    const timing = {
      pace: "realtime",
      overruns: [],
      stalls: [],
      unplugAt: undefined,
      replugAt: undefined,
    };
    const common = { rate: 48_000, channels: 2, ...timing };
    assert.deepEqual(parseVirtualDevice("virtual:silence"), { kind: "silence", ...common });
    assert.deepEqual(parseVirtualDevice("virtual:ramp?"), { kind: "ramp", ...common });
    assert.deepEqual(parseVirtualDevice("virtual:tone"), {
      kind: "tone",
      frequency: 440,
      amplitude: 0.5,
      ...common,
    });
    assert.deepEqual(parseVirtualDevice("virtual:noise"), {
      kind: "noise",
      seed: 1,
      amplitude: 0.5,
      ...common,
    });
    assert.deepEqual(parseVirtualDevice("virtual:file?path=a.wav"), {
      kind: "file",
      path: "a.wav",
      loop: false,
      ...timing,
    });
    assert.deepEqual(parseVirtualDevice("virtual:sink"), { kind: "sink", ...common });
    assert.deepEqual(parseVirtualDevice("virtual:loopback"), {
      kind: "loopback",
      latency: 0.01,
      ...common,
    });
  });

  test("a path with every reserved character comes back as it was", () => {
    const path = "/tmp/50 % & more/=?#+:ü 🎤.wav";
    const text = virtualDevice("file", { path, loop: true });
    assert.match(text, /^virtual:file\?path=\/tmp\/50%20/);
    assert.deepEqual(parseVirtualDevice(text), settleVirtual("file", { path, loop: true }));
    assert.equal(parseVirtualDevice("virtual:file?path=a+b.wav").kind, "file");
    assert.equal(virtualDevice("file", { path: "a+b.wav" }), "virtual:file?path=a%2Bb.wav");
  });

  test("any valid options survive the way to a string and back, and the string is canonical", () => {
    const at = fc.double({ min: 0, max: 1e9, noNaN: true });
    const amount = fc.integer({ min: 1, max: 2 ** 31 - 1 });
    const timing = {
      pace: fc.constantFrom("realtime", "fast"),
      overruns: fc.array(fc.record({ at, frames: amount }), { maxLength: 4 }),
      stalls: fc.array(
        fc.record({ at, seconds: fc.double({ min: 1e-9, max: 86_400, noNaN: true }) }),
        { maxLength: 4 },
      ),
      unplugAt: at,
    };
    const absence = fc
      .tuple(at, at)
      .filter(([first, second]) => first !== second)
      .map((times) => ({ unplugAt: Math.min(...times), replugAt: Math.max(...times) }));
    const common = {
      rate: fc.integer({ min: 1, max: 768_000 }),
      channels: fc.integer({ min: 1, max: 4096 }),
      ...timing,
    };
    const amplitude = fc.double({ min: 0, max: 1, noNaN: true });
    const frequency = fc.double({ min: 1e-300, max: 384_000, noNaN: true });
    const seed = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    const path = fc
      .string({ unit: "grapheme", minLength: 1 })
      .filter((text) => !text.includes("\0"));
    const latency = fc.double({ min: 0, max: 10, noNaN: true });
    const { overruns: _, ...sink } = common;
    const partly = { requiredKeys: [] };
    const options: Record<VirtualKind, fc.Arbitrary<object>> = {
      silence: fc.record(common, partly),
      ramp: fc.record(common, partly),
      tone: fc.record({ frequency, amplitude, ...common }, partly),
      noise: fc.record({ seed, amplitude, ...common }, partly),
      file: fc.record({ path, loop: fc.boolean(), ...timing }, { requiredKeys: ["path"] }),
      sink: fc.record(sink, partly),
      loopback: fc.record({ latency, ...common }, partly),
    };
    const devices = fc
      .constantFrom(...VIRTUAL_KINDS)
      .chain((kind) => fc.tuple(fc.constant(kind), options[kind]));
    fc.assert(
      fc.property(devices, fc.option(absence, { nil: {} }), ([kind, faults], away) => {
        const given = { ...faults, ...away };
        const text = untyped(kind, given);
        const back = parseVirtualDevice(text);
        assert.deepEqual(back, settleVirtual(kind, given));
        assert.equal(virtualDeviceString(back), text);
      }),
      { seed: SEED, numRuns: 2000 },
    );
  });

  test("any text gives a device or a TypeError or RangeError, nothing else", () => {
    const piece = fc.constantFrom(
      "virtual:",
      "tone",
      "file",
      "?",
      "&",
      "=",
      ":",
      "overrun",
      "stall",
      "unplug",
      "replug",
      "path",
      "1",
      "-",
      "%",
      "e9",
      ".",
      "__proto__",
      "constructor",
      "frequency",
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 12 }).map((pieces) => `virtual:tone?${pieces.join("")}`),
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join("")),
    );
    fc.assert(
      fc.property(text, (given) => {
        try {
          parseVirtualDevice(given);
        } catch (error) {
          assert.ok(error instanceof TypeError || error instanceof RangeError, String(error));
          assert.match(error.message, /Expected|unknown option/);
        }
      }),
      { seed: SEED, numRuns: 3000 },
    );
  });
});

describe("bad input", () => {
  const refused: readonly [text: string, kind: "TypeError" | "RangeError", message: RegExp][] = [
    ["tone", "RangeError", /such as "virtual:tone", got "tone"/],
    ["Virtual:tone", "RangeError", /such as "virtual:tone"/],
    ["virtual:", "RangeError", /kind of virtual device.*"silence".*"file"/],
    ["virtual:tine", "RangeError", /"tine".*`tone`/],
    ["virtual:Tone", "RangeError", /`tone`/],
    ["virtual:tone?frequncy=440", "TypeError", /`frequncy`.*`frequency`/],
    ["virtual:tone?overruns=1:2", "TypeError", /`overruns`.*`overrun`/],
    ["virtual:silence?frequency=440", "TypeError", /unknown option `frequency`/],
    ["virtual:file?path=a.wav&rate=8000", "TypeError", /unknown option `rate`/],
    ["virtual:tone?__proto__=1", "TypeError", /unknown option `__proto__`/],
    ["virtual:tone?frequency", "RangeError", /`name=value`.*"frequency"/],
    ["virtual:tone?=4", "RangeError", /`name=value`/],
    ["virtual:tone?rate=8000&&channels=1", "RangeError", /`name=value`/],
    ["virtual:tone?rate=8000&rate=9000", "RangeError", /`rate` to be given once/],
    ["virtual:tone?unplug=1&unplug=2", "RangeError", /`unplug` to be given once/],
    ["virtual:tone?replug=1", "RangeError", /`replugAt` to be later than `unplugAt`/],
    ["virtual:tone?unplug=2&replug=2", "RangeError", /later than `unplugAt`, got 2 and 2/],
    ["virtual:tone?unplug=2&replug=1", "RangeError", /later than `unplugAt`, got 1 and 2/],
    ["virtual:tone?unplug=2&replug=soon", "TypeError", /`replug`.*"soon"/],
    ["virtual:tone?unplug=2&replug=1e10", "RangeError", /`replug`.*1000000000/],
    ["virtual:tone?unplugAt=1", "TypeError", /`unplugAt`/],
    ["virtual:tone?latency=1", "TypeError", /unknown option `latency`/],
    ["virtual:sink?overrun=1:2", "TypeError", /unknown option `overrun`/],
    ["virtual:sink?latency=1", "TypeError", /unknown option `latency`/],
    ["virtual:sink?channels=0", "RangeError", /`channels`/],
    ["virtual:loopback?latency=-1", "RangeError", /`latency`.*0 to 10/],
    ["virtual:loopback?latency=10.1", "RangeError", /`latency`.*0 to 10/],
    ["virtual:loopback?latency=low", "TypeError", /`latency`/],
    ["virtual:tone?frequency=high", "TypeError", /`frequency`.*"high"/],
    ["virtual:tone?frequency=", "TypeError", /`frequency`/],
    ["virtual:tone?frequency=0x10", "TypeError", /`frequency`/],
    ["virtual:tone?frequency= 440", "TypeError", /`frequency`/],
    ["virtual:tone?frequency=NaN", "TypeError", /`frequency`/],
    ["virtual:tone?frequency=1e999", "RangeError", /`frequency`/],
    ["virtual:tone?frequency=0", "RangeError", /`frequency`.*above 0/],
    ["virtual:tone?frequency=384001", "RangeError", /`frequency`/],
    ["virtual:tone?amplitude=1.1", "RangeError", /`amplitude`.*from 0 to 1/],
    ["virtual:noise?amplitude=-0.1", "RangeError", /`amplitude`/],
    ["virtual:noise?seed=4294967296", "RangeError", /`seed`/],
    ["virtual:noise?seed=1.5", "RangeError", /`seed`.*integer/],
    ["virtual:ramp?rate=0", "RangeError", /`rate`/],
    ["virtual:ramp?rate=768001", "RangeError", /`rate`/],
    ["virtual:ramp?rate=44100.5", "RangeError", /`rate`/],
    ["virtual:ramp?channels=0", "RangeError", /`channels`/],
    ["virtual:ramp?channels=4097", "RangeError", /`channels`/],
    ["virtual:ramp?pace=slow", "RangeError", /`pace`.*"realtime", "fast"/],
    ["virtual:ramp?overrun=2", "TypeError", /`overrun` as SECOND:FRAMES/],
    ["virtual:ramp?overrun=2:3:4", "TypeError", /`overrun` as SECOND:FRAMES/],
    ["virtual:ramp?overrun=2:x", "TypeError", /`overrun.frames`/],
    ["virtual:ramp?overrun=2:0", "RangeError", /`overrun.frames`/],
    ["virtual:ramp?overrun=2:1.5", "RangeError", /`overrun.frames`/],
    ["virtual:ramp?overrun=2:2147483648", "RangeError", /`overrun.frames`/],
    ["virtual:ramp?overrun=-1:1", "RangeError", /`overrun.at`/],
    ["virtual:ramp?stall=3", "TypeError", /`stall` as SECOND:SECONDS/],
    ["virtual:ramp?stall=3:0", "RangeError", /`stall.seconds`/],
    ["virtual:ramp?stall=3:86401", "RangeError", /`stall.seconds`/],
    ["virtual:ramp?unplug=soon", "TypeError", /`unplug`/],
    ["virtual:ramp?unplug=-1", "RangeError", /`unplug`/],
    ["virtual:file", "TypeError", /`path`/],
    ["virtual:file?path=", "RangeError", /`path`/],
    ["virtual:file?path=%zz", "RangeError", /`path` to be URL-encoded/],
    ["virtual:file?path=a%00b", "RangeError", /`path`.*zero character/],
    ["virtual:file?path=a.wav&loop=yes", "TypeError", /`loop` to be true or false/],
  ];
  for (const [text, name, message] of refused) {
    test(`${text} is refused with a ${name}`, () => {
      assert.throws(() => parseVirtualDevice(text), { name, message });
    });
  }

  const refusedTyped: readonly [
    args: unknown[],
    kind: "TypeError" | "RangeError",
    message: RegExp,
  ][] = [
    [[], "TypeError", /kind of virtual device/],
    [[7], "TypeError", /kind of virtual device/],
    [["hum"], "RangeError", /kind of virtual device/],
    [["tone", null], "TypeError", /options object, got null/],
    [["tone", 440], "TypeError", /options object, got 440/],
    [["tone", { freqency: 440 }], "TypeError", /`freqency`.*`frequency`/],
    [["tone", { kind: "tone" }], "TypeError", /unknown option `kind`/],
    [["tone", { frequency: "440" }], "TypeError", /`frequency`.*"440"/],
    [["tone", { frequency: null }], "TypeError", /`frequency`.*null/],
    [["tone", { frequency: Number.NaN }], "RangeError", /`frequency`/],
    [["tone", { overruns: { at: 1, frames: 1 } }], "TypeError", /`overruns` to be an array/],
    [["tone", { overruns: [undefined] }], "TypeError", /`overruns\[0\].at`/],
    [["tone", { overruns: [null] }], "TypeError", /overruns\[0\]/],
    // A hole in an array is a fault without a time.
    [["tone", { stalls: Object.assign([], { length: 1 }) }], "TypeError", /`stalls\[0\].at`/],
    [
      [
        "tone",
        {
          overruns: [
            { at: 1, frames: 1 },
            { at: 1, frame: 1 },
          ],
        },
      ],
      "TypeError",
      /`frame`.*`frames`/,
    ],
    [["tone", { stalls: [{ at: 1, seconds: 1n }] }], "TypeError", /`stalls\[0\].seconds`/],
    [["tone", { unplugAt: "4" }], "TypeError", /`unplugAt`/],
    [["tone", { unplugAt: 4, replugAt: "5" }], "TypeError", /`replugAt`/],
    [["tone", { replugAt: 5 }], "RangeError", /later than `unplugAt`/],
    [["tone", { unplugAt: 5, replugAt: 5 }], "RangeError", /later than `unplugAt`/],
    [["sink", { overruns: [] }], "TypeError", /unknown option `overruns`/],
    [["loopback", { latency: "low" }], "TypeError", /`latency`/],
    [["loopback", { latency: 11 }], "RangeError", /`latency`/],
    [["file", { path: 3 }], "TypeError", /`path`/],
    [["file", { path: "\ud83c.wav" }], "RangeError", /surrogate/],
    [["file", { path: "a.wav", loop: 1 }], "TypeError", /`loop`/],
    [["file"], "TypeError", /`path`/],
  ];
  for (const [args, name, message] of refusedTyped) {
    test(`virtualDevice(${args.map((arg) => describeArgument(arg)).join(", ")}) is refused with a ${name}`, () => {
      assert.throws(() => untyped(...args), { name, message });
    });
  }

  test("what is no string is refused with a TypeError", () => {
    for (const value of [undefined, null, 3, {}, ["virtual:tone"], Symbol("tone")]) {
      assert.throws(() => (parseVirtualDevice as (text: unknown) => unknown)(value), {
        name: "TypeError",
        message: /such as "virtual:tone"/,
      });
    }
  });
});

/** As JSON, with the numbers that JSON has no word for. */
function describeArgument(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === "bigint" || Number.isNaN(part) ? String(part) : part,
  );
}
