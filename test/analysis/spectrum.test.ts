import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type SpectrumOptions, spectrum } from "../../src/index.js";
import { sine } from "../rig/tone.js";
import { requireTool } from "../rig/tools.js";
import { type ScipyOptions, scipySignal } from "./scipy.js";
import { mixed, noise } from "./signals.js";

const RATE = 44_100;
/** Noise on an offset and a slope, so that detrending matters. */
const SAMPLES = noise(30_011, 0.3, 5).map((sample, frame) => sample + 0.2 + frame * 1e-5);

const CASES: Readonly<Record<string, readonly [SpectrumOptions, ScipyOptions]>> = {
  "a power of two": [{ size: 1024 }, { window: "hann", nperseg: 1024, noverlap: 512 }],
  "an odd power of two": [{ size: 2048 }, { window: "hann", nperseg: 2048, noverlap: 1024 }],
  "ten milliseconds, 441 frames": [
    { size: 441, overlap: 100 },
    { window: "hann", nperseg: 441, noverlap: 100 },
  ],
  "a prime size without overlap": [
    { size: 997, overlap: 0 },
    { window: "hann", nperseg: 997, noverlap: 0 },
  ],
  "every frame begins a segment": [
    { size: 64, overlap: 63 },
    { window: "hann", nperseg: 64, noverlap: 63 },
  ],
  "one segment": [{ size: 30_011 }, { window: "hann", nperseg: 30_011, noverlap: 15_005 }],
  "filled up with zeros": [
    { size: 300, fftSize: 1024, detrend: "linear" },
    { window: "hann", nperseg: 300, noverlap: 150, nfft: 1024, detrend: "linear" },
  ],
  "filled up to an odd size, the power of each bin": [
    { size: 500, fftSize: 777, scaling: "spectrum" },
    { window: "hann", nperseg: 500, noverlap: 250, nfft: 777, scaling: "spectrum" },
  ],
  "not detrended": [
    { size: 256, detrend: "none" },
    { window: "hann", nperseg: 256, noverlap: 128, detrend: false },
  ],
  "a straight line taken away": [
    { size: 255, detrend: "linear" },
    { window: "hann", nperseg: 255, noverlap: 127, detrend: "linear" },
  ],
  "the median of an odd number of segments": [
    { size: 1000, average: "median" },
    { window: "hann", nperseg: 1000, noverlap: 500, average: "median" },
  ],
  "the median of an even number of segments": [
    { size: 1000, overlap: 0, average: "median", scaling: "spectrum" },
    { window: "hann", nperseg: 1000, noverlap: 0, average: "median", scaling: "spectrum" },
  ],
  "two frames": [{ size: 2 }, { window: "hann", nperseg: 2, noverlap: 1 }],
  "three frames": [{ size: 3 }, { window: "hann", nperseg: 3, noverlap: 1 }],
};

const WINDOWS = [
  "boxcar",
  "triang",
  "bartlett",
  "hamming",
  "blackman",
  "blackmanharris",
  "nuttall",
  "flattop",
  "cosine",
  "tukey",
  ["tukey", 0.25],
  ["tukey", 0],
  ["tukey", 1],
  ["kaiser", 8.6],
  ["kaiser", 0],
  ["gaussian", 40],
] as const;

describe("scipy.signal.welch gives the same", () => {
  test("with all kinds of options", async (t) => {
    if (!requireTool(t, "python3-numpy", "python3-scipy")) {
      return;
    }
    const names = Object.keys(CASES);
    const calls = Object.values(CASES).map(([, options]) => ({ name: "welch", options }) as const);
    const expected = scipySignal(SAMPLES, RATE, calls);
    for (const [index, [options]] of Object.values(CASES).entries()) {
      const theirs = expected[index];
      const ours = await spectrum(SAMPLES, { sampleRate: RATE, ...options });
      close(ours.frequencies, theirs?.frequencies, `${names[index]}, frequencies`);
      close(ours.values[0], theirs?.values, names[index] ?? "");
    }
  });

  test("with every window, of even and odd sizes", async (t) => {
    if (!requireTool(t, "python3-numpy", "python3-scipy")) {
      return;
    }
    const cases = WINDOWS.flatMap((window) => [256, 255, 1].map((size) => ({ window, size })));
    const expected = scipySignal(
      SAMPLES,
      RATE,
      cases.map(({ window, size }) => ({
        name: "welch",
        options: { window, nperseg: size, noverlap: Math.floor(size / 2), detrend: false },
      })),
    );
    for (const [index, { window, size }] of cases.entries()) {
      const ours = await spectrum(SAMPLES, { sampleRate: RATE, window, size, detrend: "none" });
      close(ours.values[0], expected[index]?.values, `${String(window)} of ${size}`);
    }
  });
});

/** Within 1e-6, relative, of what is above the rounding errors of float64. */
function close(
  actual: Float64Array | undefined,
  expected: Float64Array | undefined,
  name: string,
): void {
  assert.ok(actual !== undefined && expected !== undefined);
  assert.equal(actual.length, expected.length, name);
  const largest = expected.reduce((most, value) => Math.max(most, value), 0);
  for (const [index, value] of expected.entries()) {
    const error = Math.abs((actual[index] ?? NaN) - value);
    assert.ok(
      error <= 1e-6 * value + 1e-15 * largest,
      `${name}, ${index}: ${actual[index]}, ${value}`,
    );
  }
}

describe("definitions that need no other program", () => {
  test("a sine of amplitude 1 in a bin has a power of 0.5 V**2, -3.01 dB", async () => {
    const samples = sine(48_000, 48_000, 1500, 1);
    const options = { sampleRate: 48_000, size: 1024, scaling: "spectrum" } as const;
    const linear = await spectrum(samples, options);
    assert.equal(linear.unit, "V**2");
    assert.equal(linear.frequencies[32], 1500);
    assert.ok(Math.abs((linear.values[0]?.[32] ?? 0) - 0.5) < 1e-6);
    const decibels = await spectrum(samples, { ...options, decibels: true });
    assert.equal(decibels.unit, "dB re V**2");
    assert.ok(Math.abs((decibels.values[0]?.[32] ?? 0) + 3.0103) < 1e-4);
  });

  test("the density over all frequencies is the mean square", async () => {
    const samples = noise(200_000, 0.5, 9);
    for (const size of [1024, 1000]) {
      const { values, frequencies, unit } = await spectrum(samples, { sampleRate: 8000, size });
      assert.equal(unit, "V**2/Hz");
      const width = frequencies[1] ?? 0;
      const total = (values[0] ?? new Float64Array()).reduce(
        (sum, value) => sum + value * width,
        0,
      );
      assert.ok(Math.abs(total / (0.25 / 3) - 1) < 0.02, `${total}`);
    }
  });

  test("each channel has its own spectrum", async () => {
    const [one, other] = [noise(9000, 0.2, 1), noise(9000, 0.01, 2)];
    const both = await spectrum([one, other], { sampleRate: 8000, size: 512 });
    for (const [channel, samples] of [one, other].entries()) {
      const alone = await spectrum(samples, { sampleRate: 8000, size: 512 });
      assert.deepEqual(both.values[channel], alone.values[0]);
    }
    assert.equal(both.segments, 34);
  });

  test("silence is 0, in decibels the floor", async () => {
    const silence = new Float32Array(8192);
    const linear = await spectrum(silence, { sampleRate: 8000, size: 1000 });
    assert.ok(linear.values[0]?.every((value) => value === 0));
    const decibels = await spectrum(silence, { sampleRate: 8000, decibels: true, floor: -150 });
    assert.ok(decibels.values[0]?.every((value) => value === -150));
    assert.equal(JSON.stringify([...(decibels.values[0] ?? [])]).includes("null"), false);
  });

  test("the values of a window may be given, and are taken as they are", async () => {
    const hann = Float64Array.from(
      { length: 512 },
      (_, n) => 0.5 - 0.5 * Math.cos((Math.PI * n) / 256),
    );
    const named = await spectrum(SAMPLES, { sampleRate: RATE, size: 512 });
    for (const window of [hann, [...hann]]) {
      const own = await spectrum(SAMPLES, { sampleRate: RATE, window });
      assert.equal(own.size, 512);
      close(own.values[0], named.values[0], "own window");
    }
  });

  test("a size that is not given is 2048, or the whole of a shorter source", async () => {
    const long = await spectrum(noise(5000, 0.1, 1), { sampleRate: 8000 });
    assert.deepEqual([long.size, long.overlap, long.fftSize, long.segments], [2048, 1024, 2048, 3]);
    const short = await spectrum(noise(777, 0.1, 1), { sampleRate: 8000 });
    assert.deepEqual([short.size, short.overlap, short.segments], [777, 388, 1]);
    const one = await spectrum(Float32Array.of(0.5), { sampleRate: 8000 });
    assert.deepEqual([one.size, [...one.frequencies], [...(one.values[0] ?? [])]], [1, [0], [0]]);
  });

  test("a long transform resolves what lies close together", async () => {
    const samples = mixed(sine(200_000, 48_000, 1000, 0.1), sine(200_000, 48_000, 1001, 0.1));
    const { values, frequencies } = await spectrum(samples, { sampleRate: 48_000, size: 192_000 });
    const at = (hertz: number): number => values[0]?.[frequencies.indexOf(hertz)] ?? 0;
    assert.ok(at(1000) > 2 * at(1000.5) && at(1001) > 2 * at(1000.5));
  });
});
