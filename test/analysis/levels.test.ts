import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type ChannelLevels, LevelMeter, type LevelsOptions, levels } from "../../src/index.js";
import { sine } from "../rig/tone.js";
import { joined, noise } from "./signals.js";

const RATE = 48_000;

async function measure(samples: Float32Array, options: LevelsOptions = {}): Promise<ChannelLevels> {
  const { channels } = await levels(samples, { sampleRate: RATE, ...options });
  const [channel] = channels;
  assert.ok(channel !== undefined && channels.length === 1);
  return channel;
}

function near(actual: number | null, expected: number, tolerance: number): void {
  assert.ok(
    actual !== null && Math.abs(actual - expected) <= tolerance,
    `${actual} is not ${expected}`,
  );
}

describe("definitions", () => {
  test("a full-scale sine has a peak of 0 dBFS, an RMS of -3.01 dBFS, and a crest factor of 3.01 dB", async () => {
    const channel = await measure(sine(RATE, RATE, 1000, 1));
    near(channel.peak, 0, 1e-9);
    assert.equal(channel.peakPosition, 12);
    near(channel.rms, -3.0103, 1e-4);
    near(channel.crestFactor, 3.0103, 1e-4);
    near(channel.dcOffset, 0, 1e-9);
  });

  test("by AES17 a full-scale sine has an RMS of 0 dBFS; its crest factor stays", async () => {
    const channel = await measure(sine(RATE, RATE, 1000, 1), { reference: "sine" });
    near(channel.rms, 0, 1e-4);
    near(channel.crestFactor, 3.0103, 1e-4);
    const plain = await measure(noise(RATE, 0.1, 1));
    const aes17 = await measure(noise(RATE, 0.1, 1), { reference: "sine" });
    near(aes17.noiseFloor, (plain.noiseFloor ?? 0) + 3.0103, 1e-4);
    near(aes17.dynamicRange, plain.dynamicRange ?? 0, 1e-9);
  });

  test("a full-scale square wave has 0 dBFS of both, and a crest factor of 0 dB", async () => {
    const square = Float32Array.from({ length: RATE }, (_, n) => (n % 96 < 48 ? 0.999 : -0.999));
    const channel = await measure(square);
    near(channel.peak, 0, 0.01);
    near(channel.rms, 0, 0.01);
    near(channel.crestFactor, 0, 1e-6);
  });

  test("the DC offset is the mean", async () => {
    const channel = await measure(noise(RATE, 0.1, 1).map((sample) => sample - 0.03125));
    near(channel.dcOffset, -0.03125, 1e-3);
  });

  test("the true peak is between the samples, and is left out when it is not wanted", async () => {
    const between = Float32Array.from(
      { length: 9600 },
      (_, n) => 0.5 * Math.sin((n + 0.5) * (Math.PI / 2)),
    );
    const channel = await measure(between);
    near(channel.peak, -9.03, 0.01);
    near(channel.truePeak, -6, 0.2);
    assert.equal((await measure(between, { truePeak: false })).truePeak, null);
  });

  test("the noise floor is what nine of ten windows are above; silence and offsets do not count", async () => {
    const quiet = noise(2 * RATE, 0.001, 1);
    const loud = noise(8 * RATE, 0.1, 2);
    const channel = await measure(joined(quiet, new Float32Array(RATE), loud).map((x) => x + 0.01));
    near(channel.noiseFloor, 20 * Math.log10(0.001 / Math.sqrt(3)), 0.2);
    near(channel.dynamicRange, 40, 0.6);
  });
});

describe("clipping", () => {
  const runs = (samples: readonly number[], options: LevelsOptions = {}): Promise<ChannelLevels> =>
    measure(Float32Array.from(samples), options);

  test("three samples in a row at full scale are clipped, two are not, on either side", async () => {
    const { clipped } = await runs([0, 1, 1, 0, -1, -1, -1, 0.2, 1, -1, 1, 1.5, 0, 1]);
    assert.deepEqual(clipped, {
      count: 2,
      frames: 7,
      longest: { position: 8, frames: 4 },
      list: [
        { position: 4, frames: 3 },
        { position: 8, frames: 4 },
      ],
    });
  });

  test("how many are wanted can be chosen", async () => {
    assert.equal((await runs([0, 1, 0, 1, 1, 0], { clipFrames: 1 })).clipped.count, 2);
    assert.equal((await runs([0, 1, 0, 1, 1, 0], { clipFrames: 2 })).clipped.count, 1);
  });

  test("a run that reaches the end counts, also while it grows", async () => {
    assert.equal((await runs([0, 1, 1, 1])).clipped.frames, 3);
    const meter = new LevelMeter({ sampleRate: RATE, numberOfChannels: 1 });
    const counts = [2, 2, 2].map((frames) => {
      meter.add(blockOf(new Float32Array(frames).fill(1)));
      return meter.levels().channels[0]?.clipped.frames;
    });
    assert.deepEqual(counts, [0, 4, 6]);
  });

  test("a thousand runs are listed, all are counted", async () => {
    const { clipped } = await runs(Array.from({ length: 6000 }, (_, n) => (n % 4 < 3 ? 1 : 0)));
    assert.equal(clipped.count, 1500);
    assert.equal(clipped.frames, 4500);
    assert.equal(clipped.list.length, 1000);
    assert.deepEqual(clipped.list[999], { position: 3996, frames: 3 });
  });

  test("full scale is that of the format", () => {
    const greatest = [
      ["int8", 127 / 128],
      ["uint8", 127 / 128],
      ["int16", 1 - 2 ** -15],
      ["int24", 1 - 2 ** -23],
      ["int32", 1],
      ["float32", 1 - 2 ** -15],
    ] as const;
    for (const [format, value] of greatest) {
      for (const [sample, count] of [
        [value, 1],
        [-1, 1],
        [value - 2 ** -22, 0],
      ] as const) {
        const meter = new LevelMeter({ sampleRate: RATE, numberOfChannels: 1, format });
        meter.add(blockOf(new Float32Array(4).fill(sample)));
        assert.equal(meter.levels().channels[0]?.clipped.count, count, `${format} ${sample}`);
      }
    }
  });
});

describe("silence and bad input", () => {
  test("silence has no levels: null, never -Infinity, and so in JSON", async () => {
    const measured = await levels(new Float32Array(RATE), { sampleRate: RATE });
    assert.deepEqual(measured.channels, [
      {
        peak: null,
        peakPosition: null,
        rms: null,
        truePeak: null,
        crestFactor: null,
        dcOffset: 0,
        clipped: { count: 0, frames: 0, longest: null, list: [] },
        noiseFloor: null,
        dynamicRange: null,
        zeroRuns: {
          count: 1,
          frames: RATE,
          longest: { position: 0, frames: RATE },
          list: [{ position: 0, frames: RATE }],
        },
        dropouts: { count: 0, frames: 0, longest: null, list: [] },
        jumps: { count: 0, frames: 0, longest: null, list: [] },
        mainsHum: null,
        invalidSamples: 0,
      },
    ]);
    assert.deepEqual(JSON.parse(JSON.stringify(measured)), measured);
  });

  test("no frames at all are a verdict, no error", async () => {
    const measured = await levels([new Float32Array(), new Float32Array()], { sampleRate: 8000 });
    assert.equal(measured.length, 0);
    assert.deepEqual(
      measured.verdicts.map(({ code }) => code),
      ["empty"],
    );
    assert.equal(measured.channels[1]?.rms, null);
    assert.equal(measured.channels[1]?.dcOffset, 0);
    assert.deepEqual(JSON.parse(JSON.stringify(measured)), measured);
  });

  test("one frame is measured", async () => {
    const channel = await measure(Float32Array.of(-0.5));
    near(channel.peak, -6.0206, 1e-4);
    near(channel.rms, -6.0206, 1e-4);
    assert.equal(channel.dcOffset, -0.5);
    assert.equal(channel.noiseFloor, null);
  });

  test("NaN and infinite samples count as 0, are counted, and stay in the caller's array", async () => {
    const samples = noise(40_000, 0.5, 1);
    const zeros = samples.slice();
    for (const [frame, value] of [NaN, Infinity, -Infinity, NaN].entries()) {
      samples[1000 * frame + 17] = value;
      zeros[1000 * frame + 17] = 0;
    }
    samples[39_999] = NaN;
    zeros[39_999] = 0;
    const channel = await measure(samples);
    assert.deepEqual({ ...channel, invalidSamples: 0 }, await measure(zeros));
    assert.equal(channel.invalidSamples, 5);
    assert.equal(samples[1017], Infinity);
    const { verdicts } = await levels(samples, { sampleRate: RATE });
    assert.equal(verdicts[0]?.code, "invalid-samples");
    assert.match(verdicts[0]?.text ?? "", /^5 samples/);
  });

  test("64 channels at 384 kHz each have their own level", async () => {
    const channels = Array.from({ length: 64 }, (_, channel) =>
      noise(38_400, 1 / (channel + 2), channel),
    );
    const measured = await levels(channels, { sampleRate: 384_000 });
    assert.equal(measured.channels.length, 64);
    for (const [channel, { peak }] of measured.channels.entries()) {
      near(peak, 20 * Math.log10(1 / (channel + 2)), 0.01);
    }
  });
});

test("a meter that is fed blocks of any length measures what the function does", async () => {
  const samples = joined(
    noise(9000, 0.001, 1),
    sine(20_000, RATE, 300, 1.2).map((x) => Math.max(-1, Math.min(1, x))),
    new Float32Array(3000),
    noise(30_000, 0.3, 2),
  );
  const expected = await measure(samples);
  for (const seed of [3, 7, 1009]) {
    const meter = new LevelMeter({ sampleRate: RATE, numberOfChannels: 1 });
    for (let from = 0, size = 1; from < samples.length; from += size, size = (size * seed) % 4099) {
      meter.add(blockOf(samples.slice(from, from + size)));
    }
    const measured = meter.levels().channels[0];
    assert.ok(measured !== undefined);
    near(measured.rms, expected.rms ?? 0, 1e-9);
    near(measured.dcOffset, expected.dcOffset, 1e-12);
    near(measured.crestFactor, expected.crestFactor ?? 0, 1e-9);
    near(measured.noiseFloor, expected.noiseFloor ?? 0, 1e-6);
    near(measured.dynamicRange, expected.dynamicRange ?? 0, 1e-6);
    const { rms, dcOffset, crestFactor, noiseFloor, dynamicRange } = expected;
    assert.deepEqual(
      { ...measured, rms, dcOffset, crestFactor, noiseFloor, dynamicRange },
      expected,
    );
  }
});

test("a meter tells what came since the last look", () => {
  const meter = new LevelMeter({ sampleRate: RATE, numberOfChannels: 2, format: "int16" });
  assert.deepEqual(meter.read(), {
    frames: 0,
    peak: [null, null],
    rms: [null, null],
    atFullScale: [false, false],
  });
  meter.add(blockOf(new Float32Array(100).fill(0.5), new Float32Array(100).fill(-1)));
  meter.add(blockOf(new Float32Array(50).fill(0.25), new Float32Array(50)));
  const first = meter.read();
  assert.equal(first.frames, 150);
  near(first.peak[0] ?? null, -6.0206, 1e-4);
  near(first.rms[0] ?? null, 10 * Math.log10((100 * 0.25 + 50 * 0.0625) / 150), 1e-9);
  assert.deepEqual(first.atFullScale, [false, true]);
  meter.add(blockOf(new Float32Array(10), new Float32Array(10).fill(0.1)));
  assert.deepEqual(meter.read().peak[0], null);
  assert.deepEqual(meter.read().frames, 0);
});

function blockOf(
  ...channels: readonly Float32Array<ArrayBuffer>[]
): Parameters<LevelMeter["add"]>[0] {
  return {
    numberOfChannels: channels.length,
    length: channels[0]?.length ?? 0,
    getChannelData: (channel) => channels[channel] ?? new Float32Array(),
  };
}
