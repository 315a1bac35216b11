import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, test } from "node:test";
import { promisify } from "node:util";
import { kWeighting } from "../../src/analysis/k-weighting.js";
import { LoudnessMeter, type LoudnessOptions, loudness } from "../../src/index.js";
import { requireTool } from "../rig/tools.js";
import { steps } from "./ebu-signals.js";
import { joined, mixed, noise, tone, writeWav } from "./signals.js";

const run = promisify(execFile);

describe("the filter", () => {
  test("has at 48 kHz the coefficients of ITU-R BS.1770, annex 1, tables 1 and 2", () => {
    const [shelf, highPass] = kWeighting(48_000);
    const near = (actual: number, expected: number): void => {
      assert.ok(Math.abs(actual - expected) < 1e-12, `${actual} is not ${expected}`);
    };
    near(shelf.b0, 1.53512485958697);
    near(shelf.b1, -2.69169618940638);
    near(shelf.b2, 1.19839281085285);
    near(shelf.a1, -1.69065929318241);
    near(shelf.a2, 0.73248077421585);
    near(highPass.a1, -1.99004745483398);
    near(highPass.a2, 0.99007225036621);
    assert.deepEqual([highPass.b0, highPass.b1, highPass.b2], [1, -2, 1]);
  });

  // The bilinear transform bends the top of the scale, and with it the shelf, at low rates.
  const rates = [
    [8000, 0.3],
    [16_000, 0.1],
    [22_050, 0.04],
    [44_100, 0.01],
    [96_000, 0.01],
    [192_000, 0.02],
    [384_000, 0.02],
  ] as const;
  for (const [rate, tolerance] of rates) {
    test(`weighs at ${rate} Hz as at 48 kHz, up to ${tolerance} dB`, async () => {
      for (const frequency of [50, 200, 997, 2500]) {
        const at = async (sampleRate: number): Promise<number> => {
          const samples = tone(1, -20, frequency, sampleRate);
          return (await loudness(samples, { sampleRate })).integrated ?? NaN;
        };
        const [here, reference] = [await at(rate), await at(48_000)];
        assert.ok(Math.abs(here - reference) < tolerance, `${frequency} Hz: ${here}, ${reference}`);
      }
    });
  }
});

test("a sine of 997 Hz and 0 dBFS in one channel has -3.01 LUFS", async () => {
  const { integrated } = await loudness(tone(5, 0, 997, 48_000), { sampleRate: 48_000 });
  assert.ok(Math.abs((integrated ?? NaN) + 3.01) < 0.01, `${integrated}`);
});

test("the values of a series begin 100 ms apart", async () => {
  const { momentary, shortTerm } = await loudness(steps([[5, -23]]), { sampleRate: 48_000 });
  assert.deepEqual([momentary.window, momentary.interval], [0.4, 0.1]);
  assert.deepEqual([shortTerm.window, shortTerm.interval], [3, 0.1]);
  assert.equal(momentary.values.length, 47);
  assert.equal(shortTerm.values.length, 21);
});

describe("weights", () => {
  const channels = Array.from({ length: 6 }, (_, channel) => noise(48_000, 0.1, channel + 1));
  const alone = async (channel: number, options: LoudnessOptions): Promise<number | null> => {
    const silent = channels.map((samples, index) =>
      index === channel ? samples : new Float32Array(samples.length),
    );
    return (await loudness(silent, { sampleRate: 48_000, ...options })).integrated;
  };

  test("by themselves all channels count alike", async () => {
    const { weights } = await loudness(channels, { sampleRate: 48_000 });
    assert.deepEqual(weights, [1, 1, 1, 1, 1, 1]);
  });

  test("of 5.1: surrounds count 1.5 dB more, low-frequency effects not at all", async () => {
    const [plain, surround] = [await alone(4, {}), await alone(4, { weights: "5.1" })];
    assert.ok(Math.abs((surround ?? 0) - (plain ?? 0) - 10 * Math.log10(1.41)) < 1e-9);
    assert.equal(await alone(3, { weights: "5.1" }), null);
    assert.equal(await alone(0, { weights: "5.1" }), await alone(0, {}));
  });

  test("an array of them is taken as it is", async () => {
    const doubled = await alone(1, { weights: [1, 2, 1, 1, 1, 1] });
    assert.ok(Math.abs((doubled ?? 0) - ((await alone(1, {})) ?? 0) - 10 * Math.log10(2)) < 1e-9);
  });

  const masks = {
    "5.1 with its surrounds behind": { mask: 0x3f, weights: [1, 1, 1, 0, 1.41, 1.41] },
    "5.1 with its surrounds at the sides": { mask: 0x60f, weights: [1, 1, 1, 0, 1.41, 1.41] },
    "7.1": { mask: 0x63f, weights: [1, 1, 1, 0, 1, 1, 1.41, 1.41] },
    "four loudspeakers": { mask: 0x33, weights: [1, 1, 1.41, 1.41] },
    "no mask": { mask: 0, weights: [1, 1, 1] },
  };
  for (const [name, { mask, weights }] of Object.entries(masks)) {
    test(`a file says which loudspeakers its channels belong to: ${name}`, async () => {
      await inFolder(async (folder) => {
        const file = path.join(folder, "mask.wav");
        await writeWav(
          file,
          weights.map((_, seed) => noise(4800, 0.1, seed)),
          48_000,
          mask,
        );
        assert.deepEqual((await loudness(file)).weights, weights);
      });
    });
  }
});

describe("what cannot be told is null, and goes into JSON as such", () => {
  const silent = {
    "no frames": new Float32Array(),
    "one frame": Float32Array.of(0.5),
    "less than 0.4 s": noise(19_000, 0.5, 1),
    "digital silence": new Float32Array(200_000),
  };
  for (const [name, samples] of Object.entries(silent)) {
    test(name, async () => {
      const measured = await loudness(samples, { sampleRate: 48_000 });
      assert.equal(measured.integrated, null);
      assert.equal(measured.range, null);
      assert.equal(measured.momentary.maximum, null);
      assert.ok(measured.momentary.values.every((value) => value === null));
      assert.deepEqual(JSON.parse(JSON.stringify(measured)), measured);
    });
  }

  test("what is below the gate of -70 LUFS has momentary values, and no integrated one", async () => {
    const measured = await loudness(steps([[4, -80]]), { sampleRate: 48_000 });
    assert.equal(measured.integrated, null);
    assert.equal(measured.threshold, null);
    assert.ok(Math.abs((measured.momentary.maximum ?? 0) + 83.01) < 0.1);
  });

  test("silence behind sound is null again as soon as the filter has died away", async () => {
    const samples = joined(steps([[1, -20]]), new Float32Array(96_000));
    const { momentary } = await loudness(samples, { sampleRate: 48_000 });
    assert.equal(momentary.values.at(-1), null);
  });
});

test("a meter that is fed blocks of any length measures what the function does", async () => {
  const left = mixed(tone(7, -18, 440, 44_100), noise(7 * 44_100, 0.02, 1));
  const right = noise(7 * 44_100, 0.1, 2);
  const meter = new LoudnessMeter({ sampleRate: 44_100, numberOfChannels: 2 });
  for (let from = 0, size = 1; from < left.length; from += size, size = (size * 7) % 5003) {
    const block = [left.slice(from, from + size), right.slice(from, from + size)];
    meter.add({
      numberOfChannels: 2,
      length: block[0]?.length ?? 0,
      getChannelData: (channel) => block[channel] ?? new Float32Array(),
    });
  }
  const expected = await loudness([left, right], { sampleRate: 44_100 });
  const measured = meter.loudness();
  assert.equal(measured.length, expected.length);
  assert.ok(Math.abs((measured.integrated ?? 0) - (expected.integrated ?? 0)) < 1e-9);
  assert.ok(Math.abs((measured.range ?? 0) - (expected.range ?? 0)) < 1e-9);
  assert.equal(measured.truePeak, expected.truePeak);
  assert.ok(Math.abs((meter.read().integrated ?? 0) - (expected.integrated ?? 0)) < 1e-9);
});

describe("ffmpeg's ebur128 measures the same", () => {
  // Louder and quieter stretches, for the gates and the range.
  const programme = (seed: number, rate: number): Float32Array =>
    joined(
      ...[0.02, 0.2, 0.05, 0.3, 0.0001, 0.1].map((amplitude, index) =>
        mixed(
          noise(4 * rate, amplitude, seed + index),
          tone(4, 20 * Math.log10(amplitude), 100 * 3 ** (index % 4), rate),
        ),
      ),
    );
  const cases = [
    { name: "mono at 48 kHz", rate: 48_000, channels: 1, mask: 4 },
    { name: "stereo at 44.1 kHz", rate: 44_100, channels: 2, mask: 3 },
    { name: "5.1 at 48 kHz", rate: 48_000, channels: 6, mask: 0x60f },
    { name: "stereo at 96 kHz", rate: 96_000, channels: 2, mask: 3 },
  ];
  for (const { name, rate, channels, mask } of cases) {
    test(name, async (t) => {
      if (!requireTool(t, "ffmpeg")) {
        return;
      }
      await inFolder(async (folder) => {
        const file = path.join(folder, "programme.wav");
        const samples = Array.from({ length: channels }, (_, index) => programme(index * 10, rate));
        await writeWav(file, samples, rate, mask);
        const theirs = await ebur128(file);
        const ours = await loudness(file);
        const near = (actual: number | null, expected: number, tolerance: number): void => {
          assert.ok(
            actual !== null && Math.abs(actual - expected) <= tolerance,
            `${actual} is not ${expected}`,
          );
        };
        // It prints one digit, and sorts levels into steps of 0.1 LU.
        near(ours.integrated, theirs.integrated, 0.1);
        near(ours.threshold, theirs.threshold, 0.1);
        // Its own range counts windows that are not whole yet, at the beginning: Tech 3342 does not.
        const [low, high] = rangeOf(theirs.frames.map(([, , shortTerm]) => shortTerm));
        near(ours.rangeLow, low, 0.2);
        near(ours.rangeHigh, high, 0.2);
        near(ours.range, high - low, 0.3);
        // Its filter for the peak is another one; both keep to +0.2/-0.4 dB of the truth.
        near(ours.truePeak, theirs.peak, 0.6);
        // From 3 s on it shows whole windows of both kinds.
        for (const [time, momentary, shortTerm] of theirs.frames) {
          const index = Math.round((time - 3) * 10);
          near(ours.momentary.values[index + 26] ?? null, momentary, 0.11);
          near(ours.shortTerm.values[index] ?? null, shortTerm, 0.11);
        }
        assert.ok(theirs.frames.length > 200);
      });
    });
  }
});

interface FfmpegLoudness {
  readonly integrated: number;
  readonly threshold: number;
  readonly peak: number;
  /** Time of the end of the windows, M, S. */
  readonly frames: readonly (readonly [number, number, number])[];
}

async function ebur128(file: string): Promise<FfmpegLoudness> {
  const filter = "ebur128=peak=true:framelog=info";
  const words = ["-nostats", "-hide_banner", "-i", file, "-filter_complex", filter];
  const { stderr } = await run("ffmpeg", [...words, "-f", "null", "-"], { maxBuffer: 2 ** 26 });
  // The filter tells of its first instance too, which has heard nothing.
  const [summary = "", frameLog = ""] = stderr.split("Summary:").reverse();
  const value = (pattern: RegExp): number => Number(pattern.exec(summary)?.[1]);
  const lines = [...frameLog.matchAll(/t: ([\d.]+) .*M: *(-?[\d.]+) S: *(-?[\d.]+)/g)];
  const frames = lines.map(
    ([, time, momentary, shortTerm]) =>
      [Number(time), Number(momentary), Number(shortTerm)] as const,
  );
  return {
    integrated: value(/I: +(-?[\d.]+) LUFS/),
    threshold: value(/Threshold: +(-?[\d.]+) LUFS/),
    peak: value(/Peak: +(-?[\d.]+) dBFS/),
    frames: frames.filter(([time]) => time >= 3),
  };
}

/** The ends of the loudness range, as the example in EBU Tech 3342 computes them. */
function rangeOf(shortTerm: readonly number[]): readonly [number, number] {
  const heard = shortTerm.filter((loudness) => loudness >= -70);
  const mean = heard.reduce((sum, loudness) => sum + 10 ** (loudness / 10), 0) / heard.length;
  const gated = heard.filter((loudness) => loudness >= 10 * Math.log10(mean) - 20);
  gated.sort((one, other) => one - other);
  const at = (part: number): number => gated[Math.round((gated.length - 1) * part)] ?? NaN;
  return [at(0.1), at(0.95)];
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "roomtone-loudness-"));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
