import assert from "node:assert/strict";
import { test } from "node:test";
import { envelope } from "../../src/index.js";
import type { Looks } from "../../src/terminal/looks.js";
import { spectrumAxis, spectrumLine } from "../../src/terminal/spectrum-line.js";
import { takeView } from "../../src/terminal/take-view.js";
import { textWaveform } from "../../src/terminal/text-waveform.js";
import { plain } from "../rig/pty.js";
import { sine } from "../rig/tone.js";

const RATE = 8000;
const LOOKS: readonly Looks[] = [
  { depth: 24, unicode: true },
  { depth: 8, unicode: true },
  { depth: 4, unicode: true },
  { depth: 1, unicode: true },
  { depth: 24, unicode: false },
  { depth: 1, unicode: false },
];
const BUFFER = { sampleRate: RATE, length: 2 * RATE, numberOfChannels: 2 };

test("a waveform's click of one sample fills its column up to its height", async () => {
  const samples = new Float32Array(100_000);
  samples[50_000] = 1;
  const outline = await envelope(samples, { sampleRate: RATE, columns: 40 });
  for (const looks of LOOKS) {
    const lines = textWaveform(outline, 0, 8, 1, looks).map(plain);
    assert.equal(lines.length, 8);
    const lit = lines.map((line) => line[20] !== " ");
    assert.deepEqual(lit.slice(0, 5), [true, true, true, true, true], lines.join("\n"));
    assert.equal(lines[0]?.trim().length, 1);
  }
});

test("views have the lines and columns that they were given, in all looks", async () => {
  const tone = sine(2 * RATE, RATE, 1000, 0.5);
  const take = { ...BUFFER, getChannelData: () => tone };
  for (const looks of LOOKS) {
    for (const [columns, rows] of [
      [40, 16],
      [80, 24],
      [160, 48],
    ] as const) {
      const lines = await takeView(take, { columns, rows, looks, frequencies: "linear" });
      assert.ok(lines.length <= rows, `${lines.length} of ${rows}`);
      for (const line of lines) {
        assert.ok(Array.from(plain(line)).length <= columns, plain(line));
        assert.doesNotMatch(line, /NaN|undefined/);
      }
      assert.match(lines[0] ?? "", /^2 s, 8000 Hz, 2 channels$/);
      assert.match(plain(lines.at(-1) ?? ""), /^ *-85 .* -5 dBFS, channel 0$/);
    }
  }
});

test("a tone is a bright line at its frequency, in ASCII and in colours", async () => {
  const tone = sine(2 * RATE, RATE, 1000, 0.5);
  const take = { ...BUFFER, numberOfChannels: 1, getChannelData: () => tone };
  const view = await takeView(take, {
    columns: 60,
    rows: 30,
    looks: { depth: 1, unicode: false },
    frequencies: "linear",
  });
  const bright = view.flatMap((line, index) => (line.includes("@@@@@@") ? [index] : []));
  const [top, bottom] = ["    4k", "    0k"].map((label) =>
    view.findIndex((line) => line.startsWith(label)),
  );
  assert.ok(top !== undefined && bottom !== undefined && top > 0);
  assert.ok(bright.length === 1 || bright.length === 2, view.join("\n"));
  const place = ((bright[0] ?? 0) - top) / (bottom + 1 - top);
  assert.ok(Math.abs(place - 0.75) <= 1.5 / (bottom - top), view.join("\n"));
});

test("views of odd takes are lines too", async () => {
  for (const samples of [0, 1, 3, 500].map((length) => new Float32Array(length).fill(0.1))) {
    const take = {
      sampleRate: 384_000,
      length: samples.length,
      numberOfChannels: 64,
      getChannelData: () => samples,
    };
    for (const looks of LOOKS) {
      for (const frequencies of ["linear", "mel", "logarithmic"] as const) {
        const lines = await takeView(take, { columns: 80, rows: 24, looks, frequencies });
        assert.doesNotMatch(lines.join("\n"), /NaN|undefined|Infinity/);
      }
    }
  }
});

test("a spectrum's line has its peak where the axis says", () => {
  const scale = { lowest: 0, highest: 4000, columns: 80, floor: -80, ceiling: 0 };
  const power = new Float64Array(4097);
  const spacing = 4;
  power[500] = 0.5;
  assert.equal(spectrumLine(power, spacing, scale, { depth: 1, unicode: false }).indexOf("@"), 40);
  assert.equal(plain(spectrumLine(power, spacing, scale, { depth: 24, unicode: true })).length, 80);
  const axis = spectrumAxis(scale);
  assert.equal(axis.indexOf("2.0"), 40);
  assert.match(axis, /kHz/);
});
