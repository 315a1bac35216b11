import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, test } from "node:test";
import { LevelMeter, levels, readWav, record, virtualDevice } from "../../src/index.js";
import { speak } from "../rig/speech.js";
import { sine } from "../rig/tone.js";
import { requireTool } from "../rig/tools.js";
import { joined, mixed, noise } from "./signals.js";

const RATE = 48_000;
const SOUND = noise(3 * RATE, 0.2, 1);

async function verdicts(
  channels: Float32Array | readonly Float32Array[],
  sampleRate = RATE,
): Promise<readonly string[]> {
  const measured = await levels(channels, { sampleRate });
  return measured.verdicts.map(({ code }) => code);
}

async function text(channels: Float32Array | readonly Float32Array[]): Promise<string> {
  const measured = await levels(channels, { sampleRate: RATE });
  return measured.verdicts.map((verdict) => verdict.text).join("; ");
}

test("sound without fault has no verdict", async () => {
  assert.deepEqual(await verdicts(SOUND), []);
  assert.deepEqual(await verdicts(sine(3 * RATE, RATE, 440, 0.5)), []);
});

test("all zeros: the microphone permission", async () => {
  const silence = new Float32Array(RATE);
  assert.deepEqual(await verdicts([silence, silence]), ["all-zeros"]);
  assert.match(await text(silence), /^all zeros: check the microphone permission/);
});

test("clipped: how often, how much, where, in which channel", async () => {
  const clipped = SOUND.slice().fill(1, 57_792, 57_800);
  assert.equal(
    await text([SOUND, clipped]),
    "clipped: 1 time, 8 frames at full scale, first at 1.204 s (channel 1, counted from 0)",
  );
});

test("too quiet", async () => {
  assert.deepEqual(await verdicts(noise(RATE, 0.009, 1)), ["too-quiet"]);
  assert.deepEqual(await verdicts(noise(RATE, 0.011, 1)), []);
  assert.match(await text(noise(RATE, 0.005, 1)), /^too quiet: the peak is at -46.0 dBFS/);
});

test("one channel is dead, whether it is all zeros or far below the others", async () => {
  const measured = await levels([SOUND, new Float32Array(SOUND.length)], { sampleRate: RATE });
  assert.deepEqual(
    measured.verdicts.map(({ code, channels }) => ({ code, channels })),
    [{ code: "dead-channel", channels: [1] }],
  );
  assert.deepEqual(await verdicts([SOUND.map((x) => x / 2000), SOUND]), ["dead-channel"]);
  assert.deepEqual(await verdicts([SOUND.map((x) => x / 100), SOUND]), []);
});

test("a DC offset", async () => {
  assert.deepEqual(await verdicts(SOUND.map((x) => x + 0.02)), ["dc-offset"]);
  assert.deepEqual(await verdicts(SOUND.map((x) => x + 0.005)), []);
  assert.deepEqual(await verdicts(noise(RATE, 0.011, 1).map((x) => x + 0.005)), ["dc-offset"]);
  assert.match(
    await text(SOUND.map((x) => x - 0.02)),
    /^DC offset: the mean is -2.0 % of full scale/,
  );
});

test("over full scale between the samples", async () => {
  const between = Float32Array.from(
    { length: RATE },
    (_, n) => 0.99 * Math.sin((n + 0.5) * (Math.PI / 2)) * Math.SQRT2,
  );
  assert.deepEqual(await verdicts(between), ["over-full-scale"]);
  // The filter of BS.1770 reads up to 0.1 dB too high.
  for (const rate of [8000, 44_100, RATE]) {
    const fullScale = sine(2 * rate, rate, 440, 1).map((x) => Math.round(x * 32_767) / 32_768);
    assert.deepEqual(await verdicts(fullScale, rate), []);
  }
});

describe("mains hum", () => {
  for (const frequency of [50, 60]) {
    for (const rate of [8000, 16_000, 44_100, 48_000, 96_000, 384_000]) {
      test(`at ${frequency} Hz, recorded at ${rate} Hz, with its level`, async () => {
        const frames = 5 * rate;
        const hum = mixed(
          sine(frames, rate, frequency, 0.002),
          sine(frames, rate, 3 * frequency, 0.001),
        );
        const measured = await levels(mixed(noise(frames, 0.005, 1), hum), { sampleRate: rate });
        const found = measured.channels[0]?.mainsHum;
        assert.equal(found?.frequency, frequency);
        assert.ok(Math.abs((found?.level ?? 0) - 10 * Math.log10(2.5e-6)) < 0.5, `${found?.level}`);
        const [said] = measured.verdicts.filter(({ code }) => code === "mains-hum");
        assert.match(
          said?.text ?? "",
          new RegExp(`^mains hum at ${frequency} Hz, -5[56]\\.\\d dBFS$`),
        );
      });
    }
  }

  test("is found by its harmonics when the microphone passes no bass", async () => {
    const hum = mixed(sine(5 * RATE, RATE, 100, 0.002), sine(5 * RATE, RATE, 150, 0.002));
    assert.deepEqual(await verdicts(mixed(noise(5 * RATE, 0.02, 2), hum)), ["mains-hum"]);
  });

  test("is no other tone, no noise, and nothing that is too short to tell", async () => {
    for (const frequency of [
      40, 45, 55, 65, 70, 100, 120, 250, 440, 1000, 1950, 2050, 7950, 8050,
    ]) {
      assert.deepEqual(await verdicts(sine(4 * RATE, RATE, frequency, 0.3)), [], `${frequency} Hz`);
    }
    for (const seed of [1, 2, 3, 4]) {
      assert.deepEqual(await verdicts(noise(4 * RATE, 0.3, seed)), []);
    }
    assert.deepEqual(await verdicts(sine(RATE, RATE, 50, 0.3)), []);
  });

  test("is half a hertz beside its frequency at most, at every rate", async () => {
    for (const rate of [8000, 22_050, 44_100, RATE, 96_000]) {
      for (const [frequency, found] of [
        [48.9994, []], // G1, the lowest note beside it
        [49.5, ["mains-hum"]],
        [50.5, ["mains-hum"]],
        [51.1, []],
      ] as const) {
        const hum = mixed(sine(4 * rate, rate, frequency, 0.05), noise(4 * rate, 0.01, 1));
        assert.deepEqual(await verdicts(hum, rate), found, `${frequency} Hz at ${rate}`);
      }
    }
  });
});

describe("dropouts and jumps", () => {
  test("digital silence inside sound is a dropout, at its place", async () => {
    const lost = SOUND.slice().fill(0, 50_000, 51_024).fill(0, 90_000, 90_480);
    const measured = await levels(lost, { sampleRate: RATE });
    const { dropouts, zeroRuns, jumps } = measured.channels[0] ?? {};
    assert.deepEqual(dropouts?.list, [
      { position: 50_000, frames: 1024 },
      { position: 90_000, frames: 480 },
    ]);
    assert.deepEqual(zeroRuns, dropouts);
    assert.equal(jumps?.count, 0);
    assert.equal(
      measured.verdicts[0]?.text,
      "dropouts: digital silence inside sound, 2 times, first at 1.042 s, up to 21 ms long; frames may be lost",
    );
  });

  test("silence before, behind and after sound that dies away is none", async () => {
    const silence = new Float32Array(RATE / 10);
    const faded = SOUND.map((x, n) => (x * Math.min(n, SOUND.length - 1 - n)) / SOUND.length);
    assert.deepEqual(await verdicts(joined(silence, SOUND, silence)), []);
    assert.deepEqual(await verdicts(joined(faded, silence, faded)), []);
    const { channels } = await levels(joined(silence, SOUND, silence), { sampleRate: RATE });
    assert.equal(channels[0]?.zeroRuns.count, 2);
  });

  test("sound that was put together with zeros between has none, though some of its edges are abrupt", async () => {
    const silence = new Float32Array(RATE / 50);
    const burst = noise(RATE / 10, 0.2, 4);
    const faded = burst.map((x, n) => x * Math.min(1, (burst.length - 1 - n) / 2000) ** 2);
    const synthetic = joined(burst, silence, faded, silence, faded, silence, burst);
    assert.deepEqual(await verdicts(synthetic), []);
    assert.deepEqual(await verdicts(joined(burst, silence, burst, silence, faded)), ["dropouts"]);
  });

  test("zeros in quiet noise are a dropout; those of steps of the format are none", async () => {
    const quiet = mixed(
      noise(RATE, 0.0005, 5),
      joined(SOUND.subarray(0, 2000), SOUND.slice(0, RATE - 2000).fill(0)),
    );
    assert.deepEqual(await verdicts(quiet), []);
    assert.deepEqual(await verdicts(quiet.fill(0, 20_000, 20_480)), ["dropouts"]);
    const steps = SOUND.map((x, n) => (n % 30_000 < 9000 ? x : Number(n % 600 === 0) / 128));
    const meter = new LevelMeter({ sampleRate: RATE, numberOfChannels: 1, format: "int8" });
    meter.add({ numberOfChannels: 1, length: steps.length, getChannelData: () => steps });
    assert.ok((meter.levels().channels[0]?.zeroRuns.count ?? 0) > 50);
    assert.deepEqual(meter.levels().verdicts, []);
  });

  test("less than 5 ms of zeros are no run", async () => {
    assert.deepEqual(await verdicts(SOUND.slice().fill(0, 50_000, 50_239)), []);
    assert.deepEqual(await verdicts(SOUND.slice().fill(0, 50_000, 50_240)), ["dropouts"]);
  });

  test("frames that are missing without a trace are a jump, where the wave is smooth", async () => {
    const smooth = mixed(sine(4 * RATE, RATE, 440, 0.3), sine(4 * RATE, RATE, 1234, 0.05));
    const spliced = joined(smooth.subarray(0, 100_000), smooth.subarray(100_507));
    const { channels } = await levels(spliced, { sampleRate: RATE });
    assert.deepEqual(channels[0]?.jumps.list, [{ position: 100_000, frames: 1 }]);
    assert.match(await text(spliced), /^jumps: the signal breaks off, 1 time, first at 2.083 s/);
  });

  test("a click of one sample is a jump; noise, onsets and clipped waves are none", async () => {
    const smooth = sine(2 * RATE, RATE, 440, 0.3);
    const click = smooth.slice();
    click[60_001] = 0.8;
    const { channels } = await levels(click, { sampleRate: RATE });
    const position = channels[0]?.jumps.list[0]?.position ?? 0;
    assert.ok(Math.abs(position - 60_001) <= 1, `${position}`);
    const onset = joined(noise(RATE, 0.001, 1), noise(RATE, 0.5, 2));
    const clippedWave = sine(RATE, RATE, 100, 3).map((x) => Math.max(-0.5, Math.min(0.5, x)));
    const pluck = mixed(
      sine(RATE, RATE, 196, 0.2),
      joined(new Float32Array(777), sine(RATE - 777, RATE, 500, 0.5)),
    );
    for (const samples of [noise(20 * RATE, 0.5, 3), onset, clippedWave, smooth, pluck]) {
      const measured = await levels(samples, { sampleRate: RATE });
      assert.equal(measured.channels[0]?.jumps.count, 0);
    }
  });

  test("a voice has none, and losses in it are found where it speaks", async (t) => {
    if (!requireTool(t, "espeak-ng", "sox")) {
      return;
    }
    const folder = await mkdtemp(path.join(tmpdir(), "roomtone-voice-"));
    try {
      const file = path.join(folder, "voice.wav");
      await speak(
        "The quick brown fox jumps over the lazy dog. Papa pays for pretty puppets.",
        file,
      );
      const spoken = (await readWav(file)).getChannelData(0);
      assert.deepEqual(await verdicts(spoken, 44_100), []);
      const voice = mixed(spoken, noise(spoken.length, 0.001, 1));
      assert.deepEqual(await verdicts(voice, 44_100), []);
      const vowel = voice.findIndex((sample) => Math.abs(sample) > 0.5);
      const lost = voice.slice().fill(0, vowel - 500, vowel + 4);
      assert.deepEqual(await verdicts(lost, 44_100), ["dropouts"]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

test("gaps of a recording are told, and their silence is no dropout besides", async () => {
  const device = virtualDevice("noise", {
    rate: RATE,
    channels: 1,
    pace: "fast",
    overruns: [{ at: 0.5, frames: 960 }],
  });
  const take = await record({ device, seconds: 2, progress: false });
  assert.equal(take.gaps.length, 1);
  const measured = await levels(take);
  assert.deepEqual(
    measured.verdicts.map(({ code }) => code),
    ["gaps"],
  );
  assert.equal(measured.verdicts[0]?.text, "960 frames lost in 1 gap, the first at 0.500 s");
  assert.equal(measured.channels[0]?.dropouts.count, 1);
});

test("a file tells of its gaps as the recording did", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "roomtone-gaps-"));
  try {
    const options = { rate: RATE, channels: 1, pace: "fast" } as const;
    const device = virtualDevice("noise", { ...options, overruns: [{ at: 0.5, frames: 960 }] });
    const take = await record({ device, seconds: 2, format: "int16", progress: false });
    for (const name of ["take.wav", "take.flac"]) {
      const file = path.join(folder, name);
      await take.save(file);
      const { verdicts: said } = await levels(file);
      const texts = said.map((verdict) => verdict.text);
      assert.deepEqual(texts, ["960 frames lost in 1 gap, the first at 0.500 s"], name);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("a meter tells of frames that were lost before a block", () => {
  const meter = new LevelMeter({ sampleRate: 8000, numberOfChannels: 1 });
  const samples = noise(8000, 0.2, 1);
  const block = { numberOfChannels: 1, length: 8000, getChannelData: () => samples };
  meter.add(block);
  meter.add({ ...block, droppedBefore: 77 });
  const [verdict] = meter.levels().verdicts;
  assert.equal(verdict?.text, "77 frames lost in 1 gap, the first at 1.000 s");
});
