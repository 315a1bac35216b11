import assert from "node:assert/strict";
import { test } from "node:test";
import { decode } from "fast-png";
import { waveform } from "../../src/index.js";
import { themeOf } from "../../src/picture/theme.js";
import { sine } from "../rig/tone.js";
import { assertReadable, svgText, texts } from "./pictures.js";

const RATE = 8000;

test("a click of one sample in ten minutes reaches its full height in the SVG and in the PNG", async () => {
  const samples = new Float32Array(600 * RATE);
  const at = Math.floor(samples.length * 0.37);
  samples[at] = 1;
  const picture = await waveform(samples, { sampleRate: RATE });
  const [, path = ""] = /<path d="(M[^"]*Z)"/.exec(svgText(picture)) ?? [];
  const points = path
    .slice(1, -1)
    .split("L")
    .map((pair) => pair.split(" ").map(Number));
  const top = Math.min(...points.map(([, y = 0]) => y));
  const [x = 0] = points.find(([, y]) => y === top) ?? [];
  const { data, width, channels } = decode(await picture.toPng());
  // The peak's colour, or one between it and the background, a pixel below the upper edge of the plot.
  const place = (Math.round(top + 3) * width + Math.floor(x)) * channels;
  const found = [...data.subarray(place, place + 3)];
  assert.ok(
    found.some((part) => part < 250),
    `${found.join()} at ${x}, ${top}`,
  );
  const left = 4.6 * 13;
  const plotWidth = 1200 - 10 * 13;
  assert.ok(Math.abs((x - left) / plotWidth - 0.37) < 0.002);
  const beside = (Math.round(top + 3) * width + Math.floor(x) + 8) * channels;
  assert.deepEqual([...data.subarray(beside, beside + 3)], [255, 255, 255]);
});

test("few samples are dots on a line, one is a dot", async () => {
  const one = svgText(await waveform(Float32Array.of(0.3), { sampleRate: RATE }));
  assert.equal(one.match(/<circle/g)?.length, 1);
  const forty = svgText(await waveform(sine(40, RATE, 500, 0.5), { sampleRate: RATE }));
  assert.equal(forty.match(/<circle/g)?.length, 40);
  const many = svgText(await waveform(sine(4000, RATE, 500, 0.5), { sampleRate: RATE }));
  assert.doesNotMatch(many, /<circle/);
});

test("the scale is the next of 1, 2, 5 above the peak, in amplitudes and in dBFS, or full scale", async () => {
  const samples = sine(RATE, RATE, 440, 0.15);
  const fit = texts(await waveform(samples, { sampleRate: RATE }));
  assert.deepEqual(fit.slice(0, 10), [
    "Amplitude",
    "dBFS",
    "0.2",
    "−14",
    "0.1",
    "−20",
    "0",
    "−0.1",
    "−20",
    "−0.2",
  ]);
  const full = texts(await waveform(samples, { sampleRate: RATE, amplitude: "full" }));
  assert.deepEqual(full.slice(2, 6), ["1.0", "0", "0.5", "−6"]);
  const quiet = texts(await waveform(sine(RATE, RATE, 440, 0.00015), { sampleRate: RATE }));
  assert.deepEqual(quiet.slice(0, 4), ["Amplitude × 1,000,000", "dBFS", "200", "−74"]);
});

test("the RMS never reaches beyond the samples", async () => {
  const offset = new Float32Array(RATE).fill(0.5);
  const svg = svgText(await waveform(offset, { sampleRate: RATE }));
  const bands = [...svg.matchAll(/<path d="M([^"]*)Z"/g)].map(([, path = ""]) =>
    path.split("L").map((pair) => Number(pair.split(" ")[1])),
  );
  assert.equal(bands.length, 2);
  assert.deepEqual(new Set(bands.flat()).size, 1);
});

test("pictures of all sizes, themes and channel counts can be read", async () => {
  for (const size of ["screen", "single-column", "double-column"] as const) {
    for (const theme of ["light", "dark"] as const) {
      for (const channels of [1, 2, 8, 64]) {
        const take = Array.from({ length: channels }, (_, index) =>
          sine(4000, RATE, 100, 0.9 / (index + 1)),
        );
        const picture = await waveform(take, { sampleRate: RATE, size, theme, title: "A take" });
        assertReadable(picture);
        assert.ok(picture.toSvg().includes(`fill="${themeOf(theme).background}"`));
        assert.equal(texts(picture).filter((text) => text.startsWith("Time")).length, 1);
      }
    }
  }
});

test("takes from a millisecond to a day have readable axes of time", async () => {
  for (const frames of [1, 8, 800, 8000, 99_999, 480_000, 5_000_000]) {
    const take = new Float32Array(frames);
    for (const size of ["screen", "single-column"] as const) {
      assertReadable(await waveform(take, { sampleRate: RATE, size }));
    }
  }
  assertReadable(
    await waveform(new Float32Array(864_000), { sampleRate: 10, size: "single-column" }),
  );
});

test("channels are those that were asked for, in that order", async () => {
  const take = [sine(800, RATE, 100, 0.1), sine(800, RATE, 100, 0.2), sine(800, RATE, 100, 0.9)];
  const picture = await waveform(take, { sampleRate: RATE, channels: [1, 0] });
  const names = texts(picture).filter((text) => text.startsWith("Amplitude"));
  assert.deepEqual(names, ["Amplitude, channel 1", "Amplitude, channel 0"]);
  assert.ok(texts(picture).includes("0.2"));
});
