import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import {
  type AnalysisSource,
  type Gap,
  Recording,
  record,
  takeSheet,
  virtualDevice,
  WavReader,
} from "../../src/index.js";
import { FrameStore } from "../../src/recording/frame-store.js";
import { sine } from "../rig/tone.js";
import { assertReadable, svgText, texts } from "./pictures.js";

const RATE = 8000;
let folder = "";

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "roomtone-"));
});

after(async () => {
  await rm(folder, { recursive: true });
});

test("a take's sheet tells device, length, rate, format, losses, levels and what is wrong", async () => {
  const device = virtualDevice("tone", {
    rate: RATE,
    amplitude: 0.5,
    pace: "fast",
    overruns: [{ at: 1, frames: 441 }],
  });
  const take = await record({ device, seconds: 3, channels: 2, format: "int16" });
  const picture = await takeSheet(take);
  assertReadable(picture);
  const all = texts(picture).join("\n");
  for (const part of [
    /^tone\?.*\n3 s · 8,000 Hz · 2 channels · int16 · virtual · \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/m,
    /^1 gap, marked in red: 441 frames lost \(55\.13 ms\)$/m,
    /^Amplitude, channel 0$/m,
    /^Amplitude, channel 1$/m,
    /^Frequency \(kHz\), channel 1$/m,
    /^true peak$/m,
    /^−6\.0$/m,
    /^Loudness −\d+\.\d LUFS · range/m,
  ]) {
    assert.match(all, part);
  }
  // A veil and a cap on each waveform and each spectrogram.
  assert.equal(svgText(picture).match(/<rect [^>]*fill="#d0201b"/g)?.length, 8);
});

test("a saved take's sheet shows the same gaps, from the cue points of the file", async () => {
  const gaps: Gap[] = [
    { position: 800, frames: 441, cause: "overrun" },
    { position: 4000, frames: 2000, cause: "stall" },
  ];
  const path = join(folder, "with gaps.wav");
  await takeOf([sine(RATE, RATE, 440, 0.5)], gaps).save(path);
  const fromPath = await takeSheet(path);
  assert.deepEqual(texts(fromPath).slice(0, 3), [
    "with gaps.wav",
    "1 s · 8,000 Hz · 1 channel · float32",
    "2 gaps, marked in red: 2,441 frames lost (305.1 ms)",
  ]);
  await using reader = await WavReader.open(path);
  const fromReader = await takeSheet(reader, { title: "with gaps.wav" });
  assert.equal(fromReader.toSvg(), fromPath.toSvg());
});

test("thousands of gaps are drawn as few marks, and gaps at the very end stay inside", async () => {
  const samples = new Float32Array(80_000);
  const gaps = Array.from({ length: 4000 }, (_, index) => ({
    position: index * 20,
    frames: 10,
    cause: "overrun" as const,
  }));
  gaps.push({ position: 79_999, frames: 500, cause: "overrun" });
  const picture = await takeSheet(takeOf([samples], gaps));
  assertReadable(picture);
  const marks = [
    ...svgText(picture).matchAll(/<rect x="([\d.]+)" [^>]*width="([\d.]+)" [^>]*opacity/g),
  ];
  assert.ok(marks.length > 0 && marks.length < 10, `${marks.length}`);
  for (const [, x, width] of marks) {
    assert.ok(Number(x) + Number(width) <= 1200 - 5.4 * 13 + 1);
  }
});

test("sheets of odd takes can be read, in all sizes", async () => {
  const takes: [string, AnalysisSource, number | undefined][] = [
    ["no frames", takeOf([new Float32Array(0), new Float32Array(0)]), undefined],
    ["one frame", Float32Array.of(0.3), 48_000],
    ["silence", new Float32Array(RATE), RATE],
    ["not one number", new Float32Array(RATE).fill(Number.NaN), RATE],
    [
      "some infinities",
      Float32Array.of(1, Number.POSITIVE_INFINITY, -1, Number.NEGATIVE_INFINITY),
      8,
    ],
    ["beyond full scale", sine(RATE, RATE, 440, 30), RATE],
    ["hardly anything", sine(RATE, RATE, 440, 1e-8), RATE],
    ["64 channels", Array.from({ length: 64 }, () => sine(2000, RATE, 440, 0.1)), RATE],
    ["384 kHz", sine(100_000, 384_000, 90_000, 0.7), 384_000],
    [
      "an AudioBuffer",
      {
        sampleRate: RATE,
        length: 9,
        numberOfChannels: 1,
        getChannelData: () => new Float32Array(9),
      },
      undefined,
    ],
  ];
  for (const [name, take, sampleRate] of takes) {
    for (const size of ["screen", "single-column", "double-column"] as const) {
      const picture = await takeSheet(take, {
        size,
        title: name,
        ...(sampleRate === undefined ? {} : { sampleRate }),
      });
      assertReadable(picture);
      assert.equal(texts(picture)[0], name);
    }
  }
});

test("long names are cut in their middle, and letters that XML has not are replaced", async () => {
  const title = `Ein sehr langer Name <${"x".repeat(300)}> & \u0001\ud800 Ende`;
  for (const size of ["screen", "single-column"] as const) {
    const picture = await takeSheet(takeOf([sine(800, RATE, 440, 0.1)]), { size, title });
    assertReadable(picture);
    const [heading = ""] = texts(picture);
    assert.match(heading, /^Ein sehr.*….* & �� Ende$/);
    assert.ok(picture.toSvg().includes("&lt;xxx"));
  }
});

function takeOf(channels: readonly Float32Array[], gaps: readonly Gap[] = []): Recording {
  const store = new FrameStore("float32", channels.length);
  const length = channels[0]?.length ?? 0;
  const frames = new Float32Array(length * channels.length);
  for (const [channel, samples] of channels.entries()) {
    for (const [frame, sample] of samples.entries()) {
      frames[frame * channels.length + channel] = sample;
    }
  }
  store.append(new Uint8Array(frames.buffer), length);
  return new Recording(store, { sampleRate: RATE, gaps });
}
