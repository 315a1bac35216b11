import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import type { Hertz, Seconds } from "../src/format.js";
import { WavWriter } from "../src/index.js";
import { newFolder, runExample } from "./rig/example.js";
import { seededRandom } from "./rig/random.js";

const ROOT = path.join(import.meta.dirname, "../..");
const SOURCES = path.join(ROOT, "examples/analyse");
const PAGE = readFileSync(path.join(ROOT, "docs/analyse.md"), "utf8");
const RATE = 16_000;

/** What is played one second after the other: notes of 0.6 s with one overtone, in a little noise. */
const NOTES: readonly Hertz[] = [220, 440, 330];
const ATTACK: Seconds = 0.2;
const NOTE_FRAMES = 0.6 * RATE;

/** It begins within 5 ms, fades, and is damped in the last 100 ms, without a click. */
function strengthAt(frame: number): number {
  const damping = Math.min(1, (NOTE_FRAMES - frame) / (0.1 * RATE));
  return 0.4 * Math.min(1, frame / 80) * Math.exp((-3 * frame) / RATE) * damping;
}

async function noteFile(folder: string): Promise<string> {
  const random = seededRandom(1);
  const samples = Float32Array.from(
    { length: NOTES.length * RATE },
    () => 1e-4 * (random(2 ** 16) / 2 ** 15 - 1),
  );
  for (const [second, frequency] of NOTES.entries()) {
    for (let frame = 0; frame < NOTE_FRAMES; frame++) {
      const phase = (2 * Math.PI * frequency * frame) / RATE;
      const strength = strengthAt(frame);
      const at = Math.round((second + ATTACK) * RATE) + frame;
      samples[at] = (samples[at] ?? 0) + strength * (Math.sin(phase) + 0.5 * Math.sin(2 * phase));
    }
  }
  const file = path.join(folder, "notes.wav");
  await using writer = await WavWriter.create(file, {
    sampleRate: RATE,
    channels: 1,
    format: "float32",
  });
  await writer.writeChannels([samples]);
  return file;
}

async function linesOf(t: Parameters<typeof newFolder>[0], name: string): Promise<string[]> {
  const folder = newFolder(t);
  const { stdout } = await runExample(`analyse/${name}`, folder, [await noteFile(folder)]);
  return stdout.trimEnd().split("\n");
}

/** Number and unit behind the time of a line such as `0.22 s  220.0 Hz`. */
function timed(line: string): { time: Seconds; value: number } {
  const [time, , value] = line.split(/\s+/).map(Number);
  return { time: time ?? Number.NaN, value: value ?? Number.NaN };
}

describe("the examples of docs/analyse.md", { concurrency: 2, timeout: 60_000 }, () => {
  test("the page shows just these files, whole", () => {
    const files = readdirSync(SOURCES).filter((name) => name.endsWith(".ts"));
    const shown = [...PAGE.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text]) => text ?? "");
    const sources = files.map((file) => readFileSync(path.join(SOURCES, file), "utf8"));
    assert.deepEqual(shown.toSorted(), sources.toSorted());
    for (const file of files) {
      assert.ok(PAGE.includes(`](../examples/analyse/${file})`), file);
    }
  });

  test("pitch finds each note to half a hertz", async (t) => {
    const pitches = (await linesOf(t, "pitch")).map(timed);
    for (const [second, frequency] of NOTES.entries()) {
      const inNote = pitches.filter(
        ({ time }) => time > second + ATTACK + 0.05 && time < second + ATTACK + 0.5,
      );
      assert.ok(inNote.length > 20);
      for (const { time, value } of inNote) {
        assert.ok(Math.abs(value - frequency) < 0.5, `${value} Hz at ${time} s`);
      }
    }
    const between = pitches.filter(({ time }) => time > 0.85 && time < 1.1);
    assert.ok(between.length > 5 && between.every(({ value }) => Number.isNaN(value)));
  });

  test("octave-bands has all of the power in the bands of the notes", async (t) => {
    const lines = await linesOf(t, "octave-bands");
    const levels = new Map(
      lines.map((line): [number, number] => {
        const [nominal, , level] = line.trim().split(/\s+/).map(Number);
        return [nominal ?? 0, level ?? Number.NaN];
      }),
    );
    assert.deepEqual([...levels.keys()], [31.5, 63, 125, 250, 500, 1000, 2000, 4000]);
    // Power of the notes in dB: 220 and 330 Hz are in the band of 250 Hz; the octaves of all in those above.
    let energy = 0;
    for (let frame = 0; frame < NOTE_FRAMES; frame++) {
      energy += strengthAt(frame) ** 2;
    }
    const note = energy / 2 / (NOTES.length * RATE);
    const expected = { 250: 2 * note, 500: note + note / 4 + note / 4, 1000: note / 4 };
    for (const [nominal, power] of Object.entries(expected)) {
      const level = levels.get(Number(nominal)) ?? Number.NaN;
      // Welch's windows weigh the parts of so short a sound unevenly.
      assert.ok(Math.abs(level - 10 * Math.log10(power)) < 2.5, `${level} dB at ${nominal} Hz`);
    }
    assert.ok((levels.get(63) ?? 0) < -60 && (levels.get(4000) ?? 0) < -60);
  });

  test("spectral-centroid is between a note and its octave", async (t) => {
    const centroids = (await linesOf(t, "spectral-centroid")).map(timed);
    const inNote = centroids.filter(({ time }) => time > 1.3 && time < 1.5);
    assert.ok(inNote.length > 1);
    assert.ok(
      inNote.every(({ value }) => value > 440 && value < 880),
      JSON.stringify(inNote),
    );
  });

  test("onsets finds each note to 20 ms, and nothing else", async (t) => {
    const onsets = (await linesOf(t, "onsets")).map((line) => Number.parseFloat(line));
    assert.equal(onsets.length, NOTES.length, onsets.join());
    for (const [second, time] of onsets.entries()) {
      assert.ok(Math.abs(time - second - ATTACK) <= 0.02, `${time} s`);
    }
  });

  test("model-input has the shapes that models take", async (t) => {
    const [waveform, mel] = await linesOf(t, "model-input");
    assert.match(waveform ?? "", /^waveform: \[1, 48000\], 48000 values, mean -?0\.00\d\d$/);
    assert.match(mel ?? "", /^mel: \[1, 80, 298\], 23840 values, mean -\d+\.\d+$/);
  });

  test("model-input brings a file of another rate to that of the model", async (t) => {
    const folder = newFolder(t);
    const file = path.join(folder, "tone.wav");
    {
      const options = { sampleRate: 44_100, channels: 2, format: "int16" } as const;
      await using writer = await WavWriter.create(file, options);
      const tone = new Float32Array(44_100).map((_, frame) => 0.1 * Math.sin(frame / 10));
      await writer.writeChannels([tone, tone]);
    }
    const { stdout } = await runExample("analyse/model-input", folder, [file]);
    assert.match(stdout, /^waveform: \[1, 16000\], .*\nmel: \[1, 80, 98\],/);
  });

  test("meyda-features tells a note from noise", async (t) => {
    const text = (await linesOf(t, "meyda-features")).join(" ");
    const rms = [...text.matchAll(/rms: ([\d.e-]+)/g)].map(([, value]) => Number(value));
    assert.equal(rms.length, 23);
    assert.ok((rms[0] ?? 1) < 1e-3 && (rms[2] ?? 0) > 0.1, rms.join());
  });

  test("plot draws the waveform with its axes as an SVG file", async (t) => {
    const folder = newFolder(t);
    await runExample("analyse/plot", folder, [await noteFile(folder)]);
    const svg = readFileSync(path.join(folder, "waveform.svg"), "utf8");
    assert.match(svg, /^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    assert.match(svg, /time \(s\)/);
    assert.match(svg, /amplitude/);
    const outline = /<path[^>]* d="([^"]{1000,})"/.exec(svg)?.[1] ?? "";
    assert.ok(outline.split("L").length >= 600);
    assert.doesNotMatch(outline, /NaN|Infinity/);
  });
});
