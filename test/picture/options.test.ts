import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AudioError,
  spectrogramPicture,
  type TakeSheetOptions,
  takeSheet,
  waveform,
} from "../../src/index.js";

const RATE = 8000;
const TAKE = new Float32Array(100);

/** Values of each option, of a wrong type. */
const WRONG_TYPE: Readonly<Record<keyof TakeSheetOptions, readonly unknown[]>> = {
  theme: [null, 1, {}, ["light"]],
  size: [null, 85, {}],
  width: [null, "800", {}, 800n],
  dpi: [null, "300", true],
  plotHeight: [null, "100", []],
  title: [null, 1, {}, ["x"]],
  channels: [null, 0, "0", {}, ["0"], [null]],
  sampleRate: [null, "8000", {}],
  amplitude: [null, 1, true],
  frequencies: [null, 1, {}],
  lowest: [null, "20", {}],
  highest: [null, "4000", {}],
  range: [null, -80, "0", {}, [], [0], [-80, 0, 1], ["-80", 0]],
  colours: [null, 1, ["magma"]],
  segmentSize: [null, "2048", {}],
};

/** Values of the right type, out of range. */
const OUT_OF_RANGE: Readonly<Record<keyof TakeSheetOptions, readonly unknown[]>> = {
  theme: ["", "Light", "black"],
  size: ["", "a4", "single"],
  width: [0, -1, 199, 10_001, Number.NaN, Number.POSITIVE_INFINITY],
  dpi: [0, 23, 1201, Number.NaN],
  plotHeight: [0, 19, 5001, Number.NaN],
  title: [""],
  channels: [[], [0, 0], [1], [-1], [0.5], [Number.NaN]],
  sampleRate: [0, -1, Number.NaN, Number.POSITIVE_INFINITY],
  amplitude: ["", "auto", "FIT"],
  frequencies: ["", "log", "bark"],
  lowest: [-1, 4000, 1e9, Number.NaN],
  highest: [0, -1, 4001, Number.NaN],
  range: [
    [0, 0],
    [0, -80],
    [-401, 0],
    [Number.NaN, 0],
    [-80, Number.POSITIVE_INFINITY],
  ],
  colours: ["", "jet", "gray"],
  segmentSize: [0, 1, -1, 2.5, 2 ** 20 + 1, Number.NaN],
};

const OF_WAVEFORMS = [
  "theme",
  "size",
  "width",
  "dpi",
  "plotHeight",
  "title",
  "channels",
  "sampleRate",
  "amplitude",
];
const DRAW = [
  { name: "waveform()", draw: waveform, has: (key: string) => OF_WAVEFORMS.includes(key) },
  {
    name: "spectrogramPicture()",
    draw: spectrogramPicture,
    has: (key: string) => key !== "amplitude",
  },
  { name: "takeSheet()", draw: takeSheet, has: () => true },
] as const;

for (const { name, draw, has } of DRAW) {
  test(`${name} refuses wrong values of each option`, async () => {
    for (const [table, kind] of [
      [WRONG_TYPE, TypeError],
      [OUT_OF_RANGE, RangeError],
    ] as const) {
      for (const [key, values] of Object.entries(table).filter(([key]) => has(key))) {
        for (const value of values) {
          const options = { sampleRate: RATE, [key]: value };
          await assert.rejects(
            draw(TAKE, options as never),
            (error) => error instanceof kind && error.message.includes(key),
            `${key}: ${String(value)}`,
          );
        }
      }
    }
  });

  test(`${name} refuses unknown options, and names the nearest one`, async () => {
    await assert.rejects(draw(TAKE, { sampleRate: RATE, titel: "x" } as never), (error) => {
      assert.ok(error instanceof TypeError);
      assert.ok(error.message.startsWith(name));
      assert.match(error.message, /did you mean `title`\?/);
      return true;
    });
    for (const options of [null, 1, "x", []]) {
      await assert.rejects(draw(TAKE, options as never), TypeError);
    }
  });

  test(`${name} refuses what is no take`, async () => {
    for (const take of [undefined, null, 1, {}, new Uint8Array(4), [1, 2]]) {
      await assert.rejects(draw(take as never), TypeError, JSON.stringify(take));
    }
    for (const take of ["", []]) {
      await assert.rejects(draw(take as never), RangeError);
    }
    await assert.rejects(draw(TAKE), /sampleRate/);
    await assert.rejects(
      draw("/nowhere/take.wav"),
      (error) => error instanceof AudioError && error.code === "file-not-readable",
    );
  });
}

test("a logarithmic scale begins above 0, the others may begin there", async () => {
  const options = { sampleRate: RATE, lowest: 0 };
  await assert.rejects(
    spectrogramPicture(TAKE, { ...options, frequencies: "logarithmic" }),
    RangeError,
  );
  await spectrogramPicture(TAKE, { ...options, frequencies: "mel" });
});
