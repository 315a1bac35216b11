import assert from "node:assert/strict";
import { test } from "node:test";
import { decode } from "fast-png";
import { type Picture, spectrogramPicture } from "../../src/index.js";
import { sine } from "../rig/tone.js";
import { assertReadable, texts } from "./pictures.js";

const RATE = 16_000;

test("a tone is a line at its frequency, on each scale, with the level that it has", async () => {
  const take = sine(2 * RATE, RATE, 2000, 0.1);
  for (const [frequencies, place] of [
    ["linear", 0.25],
    ["logarithmic", Math.log(2000 / 20) / Math.log(8000 / 20)],
    ["mel", Math.log10(1 + 2000 / 700) / Math.log10(1 + 8000 / 700)],
  ] as const) {
    const { data, width, height } = raster(
      await spectrogramPicture(take, { sampleRate: RATE, frequencies, range: [-100, 0] }),
    );
    const column = Array.from({ length: height }, (_, row) => data[row * width + width / 2] ?? 0);
    const most = Math.max(...column);
    const rows = column.flatMap((step, row) => (step === most ? [row] : []));
    const middle = 1 - ((rows[0] ?? 0) + (rows.at(-1) ?? 0) + 1) / 2 / height;
    assert.ok(Math.abs(middle - place) < 0.012, `${frequencies}: ${middle}, not ${place}`);
    // -20 dBFS is 80 % of the way.
    assert.ok(Math.abs(most / 255 - 0.8) < 0.006, `${frequencies}: ${most}`);
  }
});

test("a click of one sample stays as loud in ten minutes as in a second", async () => {
  const levels: number[] = [];
  for (const seconds of [1, 600]) {
    const take = new Float32Array(seconds * 8000);
    take[Math.floor(take.length * 0.6)] = 1;
    const picture = await spectrogramPicture(take, { sampleRate: 8000, range: [-120, 0] });
    const { data, width, height } = raster(picture);
    levels.push(data.reduce((a, b) => Math.max(a, b)));
    const row = data.subarray(Math.floor(height / 2) * width, (Math.floor(height / 2) + 1) * width);
    const lit = [...row].flatMap((step, column) => (step > 0 ? [column / width] : []));
    assert.ok(Math.abs((lit[0] ?? 0) - 0.6) < 0.03, `${lit[0]}`);
    assert.ok(lit.length > 0 && (lit.at(-1) ?? 1) - (lit[0] ?? 0) < 0.06);
  }
  assert.ok(Math.abs((levels[0] ?? 0) - (levels[1] ?? 0)) <= 6, levels.join());
});

test("colours end at the peak, rounded up to 5 dB, and begin 80 dB below; silence ends at 0", async () => {
  const loud = await spectrogramPicture(sine(RATE, RATE, 500, 0.5), { sampleRate: RATE });
  // From -85 to -5 dBFS: the tone has -6.02.
  const most = raster(loud).data.reduce((a, b) => Math.max(a, b));
  assert.ok(Math.abs(most - (255 * (85 - 6.02)) / 80) <= 1, `${most}`);
  const labels = texts(loud);
  assert.ok(labels.includes("−80") && labels.includes("−10") && !labels.includes("−90"));
  const silent = await spectrogramPicture(new Float32Array(RATE), { sampleRate: RATE });
  assert.ok(texts(silent).includes("0") && texts(silent).includes("−80"));
  assert.deepEqual(new Set(raster(silent).data), new Set([0]));
});

test("the edges of a scale are those that were asked for", async () => {
  const options = { sampleRate: RATE, lowest: 1000, highest: 3000 };
  const picture = await spectrogramPicture(sine(RATE, RATE, 2000, 0.5), options);
  const expected = Array.from({ length: 11 }, (_, index) => (1 + index / 5).toFixed(1));
  assert.deepEqual(texts(picture).slice(2, 13), expected);
  const { data, width, height } = raster(picture);
  const column = Array.from({ length: height }, (_, row) => data[row * width + width / 2] ?? 0);
  const place = column.indexOf(Math.max(...column)) / height;
  assert.ok(Math.abs(place - 0.5) < 0.02, `${place}`);
});

test("takes of one frame, of 384 kHz, of eight channels, and none can be read", async () => {
  const cases: [readonly Float32Array[], number][] = [
    [[Float32Array.of(0.5)], 48_000],
    [[Float32Array.of(0.5, -0.5, 0.25)], 48_000],
    [[sine(40_000, 384_000, 50_000, 0.5)], 384_000],
    [Array.from({ length: 8 }, () => sine(4000, 8000, 1000, 0.5)), 8000],
    [[new Float32Array(0)], 8000],
    [[Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, 0.5, Number.NEGATIVE_INFINITY)], 8000],
    [[new Float32Array(100)], 3],
    [[new Float32Array(100).map((_, frame) => (frame % 2 === 0 ? 3e38 : -3e38))], 8000],
  ];
  for (const [take, sampleRate] of cases) {
    for (const size of ["screen", "single-column"] as const) {
      for (const frequencies of ["linear", "logarithmic", "mel"] as const) {
        assertReadable(await spectrogramPicture(take, { sampleRate, size, frequencies }));
      }
    }
  }
});

test("the PNG inside the SVG has a pixel for each pixel of the picture", async () => {
  const options = { sampleRate: 8000, size: "single-column" } as const;
  const picture = await spectrogramPicture(sine(8000, 8000, 1000, 0.5), options);
  const { width, height } = raster(picture);
  const [, x, y, w, h] =
    /<image x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/.exec(picture.toSvg()) ??
    [];
  const ratio = picture.dpi / 96;
  for (const [length, pixels] of [
    [w, width],
    [h, height],
  ] as const) {
    assert.ok(Math.abs(Number(length) * ratio - pixels) < 0.05, `${length} ${pixels}`);
  }
  for (const edge of [x, y]) {
    const place = Number(edge) * ratio;
    assert.ok(Math.abs(place - Math.round(place)) < 0.05, `${edge}`);
  }
});

/** The first embedded picture: the spectrogram, as indices of its colours. */
function raster(picture: Picture): { data: Uint8Array; width: number; height: number } {
  const [, base64 = ""] = /data:image\/png;base64,([^"]*)"/.exec(picture.toSvg()) ?? [];
  const { data, width, height, palette } = decode(Buffer.from(base64, "base64"));
  assert.equal(palette?.length, 256);
  assert.ok(data instanceof Uint8Array);
  return { data, width, height };
}
