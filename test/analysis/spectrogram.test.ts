import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type SpectrogramOptions, spectrogram, spectrogramColumns } from "../../src/index.js";
import { sine } from "../rig/tone.js";
import { requireTool } from "../rig/tools.js";
import { type ScipyOptions, scipySignal } from "./scipy.js";
import { joined, noise } from "./signals.js";

const RATE = 44_100;
const SAMPLES = noise(30_011, 0.3, 6).map((sample, frame) => sample + 0.2 + frame * 1e-5);

const CASES: Readonly<Record<string, readonly [SpectrogramOptions, ScipyOptions]>> = {
  "three quarters in common": [{ size: 2048 }, { window: "hann", nperseg: 2048, noverlap: 1536 }],
  "scipy's own defaults": [
    { window: ["tukey", 0.25], size: 256, overlap: 32 },
    { window: ["tukey", 0.25], nperseg: 256, noverlap: 32 },
  ],
  "an odd number of columns of an odd size": [
    { size: 441, overlap: 0, detrend: "linear" },
    { window: "hann", nperseg: 441, noverlap: 0, detrend: "linear" },
  ],
  "filled up, the power of each bin": [
    { size: 600, overlap: 599, fftSize: 1000, scaling: "spectrum", window: "flattop" },
    { window: "flattop", nperseg: 600, noverlap: 599, nfft: 1000, scaling: "spectrum" },
  ],
};

test("scipy.signal.spectrogram gives the same", async (t) => {
  if (!requireTool(t, "python3-numpy", "python3-scipy")) {
    return;
  }
  const samples = SAMPLES.subarray(0, 12_347);
  const calls = Object.values(CASES).map(
    ([, options]) => ({ name: "spectrogram", options }) as const,
  );
  const expected = scipySignal(samples, RATE, calls);
  for (const [index, [name, [options]]] of Object.entries(CASES).entries()) {
    const theirs = expected[index];
    const ours = await spectrogram(samples, { sampleRate: RATE, ...options });
    assert.ok(theirs !== undefined);
    assert.equal(ours.values[0]?.length, theirs.values.length, name);
    assert.equal(ours.times.length, theirs.times.length, name);
    for (const [column, time] of theirs.times.entries()) {
      assert.ok(Math.abs((ours.times[column] ?? NaN) - time) < 1e-12, name);
    }
    const largest = theirs.values.reduce((most, value) => Math.max(most, value), 0);
    let worst = 0;
    for (const [at, value] of theirs.values.entries()) {
      const error = Math.abs((ours.values[0]?.[at] ?? NaN) - value);
      worst = Math.max(worst, error / (1e-6 * value + 1e-15 * largest));
    }
    assert.ok(worst <= 1, `${name}: ${worst} times the tolerance`);
  }
});

describe("columns", () => {
  const channels = [SAMPLES, noise(30_011, 0.1, 8)];
  const options = { sampleRate: RATE, size: 1000, overlap: 700, decibels: true } as const;

  test("that are iterated are those that are kept", async () => {
    const kept = await spectrogram(channels, options);
    const columns = await spectrogramColumns(channels, options);
    const { frequencies } = columns;
    assert.deepEqual(frequencies, kept.frequencies);
    assert.equal(columns.unit, "dB re V**2/Hz");
    let count = 0;
    for await (const { index, position, time, values } of columns) {
      assert.equal(index, count);
      assert.equal(position, count * 300);
      assert.equal(time, kept.times[count]);
      for (const [channel, column] of values.entries()) {
        const from = count * frequencies.length;
        assert.deepEqual(column, kept.values[channel]?.slice(from, from + frequencies.length));
      }
      count++;
    }
    assert.equal(count, kept.times.length);
    assert.equal(count, 97);
  });

  test("stand in the middle of their segments: a burst is where it was", async () => {
    const burst = joined(
      new Float32Array(20_000),
      sine(2000, RATE, 5000, 0.5),
      new Float32Array(20_000),
    );
    const { times, values, frequencies } = await spectrogram(burst, {
      sampleRate: RATE,
      size: 512,
    });
    const bin = Math.round(5000 / (frequencies[1] ?? 1));
    const levels = Array.from(times, (_, t) => values[0]?.[t * frequencies.length + bin] ?? 0);
    const loudest = levels.indexOf(Math.max(...levels));
    assert.ok(Math.abs((times[loudest] ?? 0) - 21_000 / RATE) < 0.02);
    assert.equal(levels[0], 0);
    assert.equal(levels.at(-1), 0);
  });

  test("have a floor in decibels, also for silence", async () => {
    const { values } = await spectrogram(joined(new Float32Array(5000), noise(5000, 0.1, 1)), {
      ...options,
      floor: -90,
    });
    assert.equal(values[0]?.[0], -90);
    assert.ok(values[0]?.every((value) => Number.isFinite(value) && value >= -90));
    assert.ok(values[0]?.some((value) => value > -90));
  });

  test("of silence are 0, also right beside sound, with which they are transformed", async () => {
    const [sound, silence] = [noise(1000, 1, 1), new Float32Array(1000)];
    for (const samples of [joined(sound, silence), joined(silence, sound)]) {
      const { values } = await spectrogram(samples, { sampleRate: 8000, size: 1000, overlap: 0 });
      assert.equal(values[0]?.filter((value) => value === 0).length, 501);
    }
  });

  test("of the greatest floats are the greatest float, not infinite", async () => {
    const absurd = new Float32Array(4096).map((_, frame) => (frame % 2 === 0 ? 3e38 : -3e38));
    const { values } = await spectrogram(absurd, { sampleRate: RATE });
    assert.ok(values[0]?.every(Number.isFinite));
    assert.ok(values[0]?.includes(2 ** 128 - 2 ** 104));
  });

  test("of a take shorter than 2048 frames are one of all its frames", async () => {
    const { size, times } = await spectrogram(noise(100, 1, 1), { sampleRate: 8000 });
    assert.deepEqual([size, [...times]], [100, [50 / 8000]]);
    const one = await spectrogram(Float32Array.of(1), { sampleRate: 8000 });
    assert.deepEqual([...(one.values[0] ?? [])], [0]);
  });
});

describe("mel bands", () => {
  const samples = noise(20_000, 0.3, 3);

  /** `librosa.mel_frequencies(n_mels=40)` as its documentation prints them, the first and the last left out. */
  const LIBROSA = [
    85.317, 170.635, 255.952, 341.269, 426.586, 511.904, 597.221, 682.538, 767.855, 853.173, 938.49,
    1024.856, 1119.114, 1222.042, 1334.436, 1457.167, 1591.187, 1737.532, 1897.337, 2071.84,
    2262.393, 2470.47, 2697.686, 2945.799, 3216.731, 3512.582, 3835.643, 4188.417, 4573.636,
    4994.285, 5453.621, 5955.205, 6502.92, 7101.009, 7754.107, 8467.272, 9246.028, 10_096.408,
  ];

  test("have the centres of Slaney's scale, as librosa has them", async () => {
    const { frequencies } = await spectrogram(samples, {
      sampleRate: 22_050,
      mel: { bands: 38, highest: 11_025 },
    });
    for (const [band, expected] of LIBROSA.entries()) {
      assert.ok(Math.abs((frequencies[band] ?? 0) - expected) < 0.001, `${frequencies[band]}`);
    }
  });

  test("have the centres of HTK's scale: evenly spaced 2595 log10(1 + f / 700)", async () => {
    const mel = { bands: 9, scale: "htk", lowest: 100, highest: 4000 } as const;
    const { frequencies } = await spectrogram(samples, { sampleRate: 16_000, mel });
    const mels = [100, ...frequencies, 4000].map((hertz) => 2595 * Math.log10(1 + hertz / 700));
    const steps = mels.slice(1).map((value, index) => value - (mels[index] ?? 0));
    assert.ok(steps.every((step) => Math.abs(step - (steps[0] ?? 0)) < 1e-9));
  });

  test("add up the bins in triangles, of height 1 or of equal area", async () => {
    const options = { sampleRate: 16_000, size: 512 };
    const plain = await spectrogram(samples, options);
    const bins = plain.frequencies;
    for (const norm of ["slaney", "none"] as const) {
      const mel = { bands: 12, norm, lowest: 100, highest: 4000 };
      const banded = await spectrogram(samples, { ...options, mel });
      const centres = [100, ...banded.frequencies, 4000];
      for (const [band, centre] of banded.frequencies.entries()) {
        const [low = 0, high = 0] = [centres[band], centres[band + 2]];
        let expected = 0;
        for (const [bin, hertz] of bins.entries()) {
          const height = Math.min((hertz - low) / (centre - low), (high - hertz) / (high - centre));
          expected += Math.max(0, height) * (plain.values[0]?.[3 * bins.length + bin] ?? 0);
        }
        expected *= norm === "slaney" ? 2 / (high - low) : 1;
        const actual = banded.values[0]?.[3 * 12 + band] ?? NaN;
        assert.ok(Math.abs(actual - expected) <= 1e-5 * expected, `${norm} ${band}`);
      }
    }
  });

  test("by themselves are 128 up to half of the sample rate", async () => {
    const { frequencies, values, times } = await spectrogram(samples, {
      sampleRate: 16_000,
      mel: true,
    });
    assert.equal(frequencies.length, 128);
    assert.equal(values[0]?.length, 128 * times.length);
    assert.ok((frequencies.at(-1) ?? 0) < 8000 && (frequencies.at(-1) ?? 0) > 7500);
  });
});
