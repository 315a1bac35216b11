import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  envelope,
  LevelMeter,
  LoudnessMeter,
  levels,
  loudness,
  spectrogram,
  spectrogramColumns,
  spectrum,
} from "../../src/index.js";
import { noise } from "./signals.js";

/** For each option values of a wrong type, and values of the right type that are out of range. */
type Wrong = Readonly<
  Record<string, { readonly type: readonly unknown[]; readonly range: readonly unknown[] }>
>;

const NUMBERS = [null, "8", true, {}, [8], 8n];
const NO_NUMBER = [Number.NaN, Number.POSITIVE_INFINITY];

const SAMPLE_RATE = { type: NUMBERS, range: [0, -1, ...NO_NUMBER] };
const LEVELS: Wrong = {
  reference: { type: [null, 1, true], range: ["", "aes17", "Sine"] },
  truePeak: { type: [null, 1, "yes"], range: [] },
  clipFrames: { type: NUMBERS, range: [0, -1, 1.5, ...NO_NUMBER] },
};
const LOUDNESS: Wrong = {
  weights: {
    type: [null, 1, true, {}, ["1"], [null]],
    range: ["", "5.2", "stereo", [], [1, 1], [-1], [1001], [Number.NaN]],
  },
  truePeak: { type: [null, 1, "yes"], range: [] },
};
const SEGMENTS: Wrong = {
  window: {
    type: [null, 1, true, {}, ["tukey", "0.5"], [null], ["a"].map(() => undefined)],
    range: [
      "",
      "Hann",
      "kaiser",
      "gaussian",
      ["hann", 1],
      ["tukey"],
      ["kaiser", -1],
      ["gaussian", 0],
      [],
      [0, 0],
      [1, Number.NaN],
      new Float32Array(3),
    ],
  },
  size: { type: NUMBERS, range: [0, -1, 1.5, 2 ** 20 + 1, 5001, ...NO_NUMBER] },
  overlap: { type: NUMBERS, range: [-1, 0.5, 2048, ...NO_NUMBER] },
  fftSize: { type: NUMBERS, range: [0, 2047, 2048.5, 2 ** 20 + 1, ...NO_NUMBER] },
  detrend: { type: [null, false, 0], range: ["", "Linear", "mean"] },
  scaling: { type: [null, false, 0], range: ["", "power", "psd"] },
  decibels: { type: [null, 1, "yes"], range: [] },
  floor: { type: NUMBERS, range: [1, -381, ...NO_NUMBER] },
};
const SPECTROGRAM: Wrong = {
  ...SEGMENTS,
  mel: {
    type: [
      null,
      1,
      "yes",
      [],
      { bands: "8" },
      { scale: 1 },
      { norm: null },
      { lowest: "0" },
      { highest: {} },
      { band: 1 },
    ],
    range: [
      { bands: 0 },
      { bands: 4097 },
      { bands: 1.5 },
      { scale: "bark" },
      { norm: "area" },
      { lowest: -1 },
      { lowest: 4000 },
      { highest: 0 },
      { highest: 4001 },
      { lowest: 200, highest: 100 },
    ],
  },
};

const SAMPLES = noise(5000, 0.5, 1);
const given = { sampleRate: 8000 };

type Call = (options: unknown) => Promise<unknown>;
const withSamples =
  (work: (source: Float32Array, options: never) => Promise<unknown>): Call =>
  (options) =>
    work(SAMPLES, options as never);

const FUNCTIONS: readonly {
  name: string;
  call: Call;
  wrong: Wrong;
  misspelt: string;
  meant: string;
}[] = [
  {
    name: "levels",
    call: withSamples(levels),
    wrong: { ...LEVELS, sampleRate: SAMPLE_RATE },
    misspelt: "truepeak",
    meant: "truePeak",
  },
  {
    name: "loudness",
    call: withSamples(loudness),
    wrong: { ...LOUDNESS, sampleRate: { ...SAMPLE_RATE, range: [...SAMPLE_RATE.range, 3999] } },
    misspelt: "weight",
    meant: "weights",
  },
  {
    name: "spectrum",
    call: withSamples(spectrum),
    wrong: {
      ...SEGMENTS,
      average: { type: [null, 1], range: ["", "max"] },
      sampleRate: SAMPLE_RATE,
    },
    misspelt: "windw",
    meant: "window",
  },
  {
    name: "spectrogram",
    call: withSamples(spectrogram),
    wrong: { ...SPECTROGRAM, sampleRate: SAMPLE_RATE },
    misspelt: "mell",
    meant: "mel",
  },
  {
    name: "spectrogramColumns",
    call: withSamples(spectrogramColumns),
    wrong: { ...SPECTROGRAM, sampleRate: SAMPLE_RATE },
    misspelt: "sizes",
    meant: "size",
  },
  {
    name: "envelope",
    call: withSamples(envelope),
    wrong: {
      columns: { type: NUMBERS, range: [0, -1, 1.5, 1_000_001, ...NO_NUMBER] },
      sampleRate: SAMPLE_RATE,
    },
    misspelt: "column",
    meant: "columns",
  },
];

for (const { name, call, wrong, misspelt, meant } of FUNCTIONS) {
  describe(`${name}()`, () => {
    for (const [option, { type, range }] of Object.entries(wrong)) {
      test(`refuses wrong values of ${option}`, async () => {
        for (const value of type) {
          await assert.rejects(
            () => call({ ...given, [option]: value }),
            (error) => error instanceof TypeError && error.message.includes(option),
            `${option}: ${String(value)}`,
          );
        }
        for (const value of range) {
          await assert.rejects(
            () => call({ ...given, [option]: value }),
            (error) => error instanceof RangeError && /Expected|Invalid/.test(error.message),
            `${option}: ${String(value)}`,
          );
        }
      });
    }

    test("refuses unknown options, and names the nearest known one", async () => {
      await assert.rejects(
        () => call({ ...given, [misspelt]: 1 }),
        (error) =>
          error instanceof TypeError && error.message.includes(`did you mean \`${meant}\`?`),
      );
      for (const options of [null, 5, "hann", [], true]) {
        await assert.rejects(() => call(options), TypeError);
      }
    });

    test("needs the sample rate of bare samples", async () => {
      await assert.rejects(() => call({}), /RangeError: Expected `sampleRate` to be given/);
    });
  });
}

const METERS = [
  {
    name: "LevelMeter",
    Meter: LevelMeter,
    wrong: { ...LEVELS, format: { type: [null, 16], range: ["", "float64"] } },
  },
  { name: "LoudnessMeter", Meter: LoudnessMeter, wrong: LOUDNESS },
] as const;

for (const { name, Meter, wrong } of METERS) {
  describe(name, () => {
    const source = { sampleRate: 8000, numberOfChannels: 1 };
    const all: Wrong = {
      ...wrong,
      sampleRate: { type: [undefined, ...NUMBERS], range: SAMPLE_RATE.range },
      numberOfChannels: { type: [undefined, ...NUMBERS], range: [0, 1.5, 1025, ...NO_NUMBER] },
    };
    for (const [option, { type, range }] of Object.entries(all)) {
      test(`refuses wrong values of ${option}`, () => {
        for (const value of type) {
          assert.throws(() => new Meter({ ...source, [option]: value }), TypeError, String(value));
        }
        for (const value of range) {
          assert.throws(() => new Meter({ ...source, [option]: value }), RangeError, String(value));
        }
      });
    }

    test("refuses unknown options, and what is no options", () => {
      const misspelt: object = { channels: 1 };
      assert.throws(() => new Meter({ ...source, ...misspelt }), /unknown option `channels`/);
      for (const options of [undefined, null, 5, []]) {
        assert.throws(() => new Meter(options as never), TypeError);
      }
    });

    test("refuses what is no block, and blocks of another number of channels", () => {
      const meter = new Meter(source);
      for (const block of [undefined, null, 5, {}, [], new Float32Array(4)]) {
        assert.throws(() => meter.add(block as never), /TypeError: Expected `block` to be a block/);
      }
      const stereo = { numberOfChannels: 2, length: 1, getChannelData: () => new Float32Array(1) };
      assert.throws(
        () => meter.add(stereo),
        /RangeError: Expected `block` to have 1 channels, got 2/,
      );
    });
  });
}

describe("options that do not fit each other or the source", () => {
  test("a size that is longer than the take", async () => {
    for (const call of [spectrum, spectrogram, spectrogramColumns]) {
      await assert.rejects(
        () => call(SAMPLES, { ...given, size: 8192 }),
        /RangeError: Expected `source` to have at least `size` frames, 8192, got 5000; choose a smaller `size`/,
      );
      await assert.rejects(
        () => call(SAMPLES, { ...given, window: new Float64Array(5001).fill(1) }),
        RangeError,
      );
      await assert.rejects(() => call(new Float32Array(), given), /at least one frame, got none/);
    }
  });

  test("an overlap or a transform that does not fit the size", async () => {
    for (const call of [spectrum, spectrogram]) {
      await assert.rejects(() => call(SAMPLES, { ...given, size: 100, overlap: 100 }), RangeError);
      await assert.rejects(() => call(SAMPLES, { ...given, size: 100, fftSize: 99 }), RangeError);
      await assert.rejects(() => call(SAMPLES.slice(0, 50), { ...given, overlap: 50 }), RangeError);
      const window = [1, 2, 1];
      await assert.rejects(
        () => call(SAMPLES, { ...given, size: 4, window }),
        /as many values as `size`/,
      );
      const zero = { window: [1, -1], scaling: "spectrum" } as const;
      await assert.rejects(() => call(SAMPLES, { ...given, ...zero }), /sum other than 0/);
    }
  });

  test("a spectrogram that does not fit in memory", async () => {
    const long = new Float32Array(2 ** 21);
    await assert.rejects(
      () => spectrogram(long, { ...given, size: 2048, overlap: 2047 }),
      /RangeError: Expected a spectrogram of at most 4 GiB, got 8.0 GiB: .*spectrogramColumns/,
    );
  });
});
