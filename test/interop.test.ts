import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import * as Plot from "@observablehq/plot";
import FFT from "fft.js";
import { parseHTML } from "linkedom";
import meyda from "meyda";
import { type Recording, record } from "../src/index.js";

/** In Node the import is the object itself, whatever its types say. */
const Meyda = meyda as unknown as typeof meyda.default;

const ROOT = path.join(import.meta.dirname, "../..");
const SIZE = 2048;
const RATE = 48_000;
/** In the middle of a bin of {@link SIZE} frames. */
const BIN = 43;
const TONE = `virtual:tone?frequency=${(BIN * RATE) / SIZE}&amplitude=0.5&pace=fast`;

function take(): Promise<Recording> {
  return record({ device: TONE, frames: 4 * SIZE, channels: 2, progress: false });
}

describe("a take in other libraries", { timeout: 60_000 }, () => {
  test("Meyda measures a window of a channel", async () => {
    const samples = (await take()).getChannelData(1);
    Meyda.sampleRate = RATE;
    Meyda.bufferSize = SIZE;
    Meyda.windowingFunction = "sine";
    const features = Meyda.extract(["rms", "spectralCentroid", "zcr"], samples.slice(0, SIZE));
    // The window, the root of whose mean square is that of a half, is in it.
    assert.ok(Math.abs((features?.rms ?? 0) - 0.25) < 1e-3);
    // In bins.
    assert.ok(Math.abs((features?.spectralCentroid ?? 0) - BIN) < 1);
    assert.ok(Math.abs((features?.zcr ?? 0) - 2 * BIN) <= 1);
  });

  test("fft.js transforms a window of a channel", async () => {
    const fft = new FFT(SIZE);
    const spectrum = fft.createComplexArray();
    fft.realTransform(spectrum, (await take()).getChannelData(0).subarray(0, SIZE));
    const magnitudes = Array.from({ length: SIZE / 2 }, (_, bin) =>
      Math.hypot(spectrum[2 * bin] ?? 0, spectrum[2 * bin + 1] ?? 0),
    );
    assert.equal(magnitudes.indexOf(Math.max(...magnitudes)), BIN);
    assert.ok(Math.abs((magnitudes[BIN] ?? 0) - (0.5 * SIZE) / 2) < 0.01);
  });

  test("Observable Plot draws a channel", async () => {
    const { document } = parseHTML("<!doctype html><html><body></body></html>");
    const samples = (await take()).getChannelData(0).subarray(0, 480);
    const svg: string = Plot.lineY(samples).plot({ document }).outerHTML;
    const lines = [...svg.matchAll(/<path[^>]* d="M([^"]*)"/g)].map(([, line]) => line?.split("L"));
    assert.ok(lines.some((points) => points?.length === 480));
  });

  test("a channel is the data of a tensor [1, frames], all of its memory", async () => {
    const { length, ...recording } = await take().then((one) => ({
      length: one.length,
      data: one.getChannelData(0),
    }));
    assert.ok(recording.data instanceof Float32Array);
    assert.equal(recording.data.length, length);
    // A view of a larger buffer would be taken for the whole buffer by native bindings.
    assert.deepEqual(
      [recording.data.byteOffset, recording.data.buffer.byteLength],
      [0, 4 * length],
    );
  });

  test("what reads an AudioBuffer reads a take", async () => {
    const recording = await take();
    const copied = new Float32Array(100);
    recording.copyFromChannel(copied, 1, 50);
    assert.deepEqual(copied, recording.getChannelData(1).slice(50, 150));
    assert.equal(recording.duration, recording.length / recording.sampleRate);
    assert.equal(recording.getChannelData(0), recording.getChannelData(0));
    assert.equal(recording.numberOfChannels, 2);
  });

  test("TypeScript takes a take for all of an AudioBuffer but copyToChannel", () => {
    const folder = path.join(ROOT, `build/interop-${process.pid}`);
    mkdirSync(folder, { recursive: true });
    try {
      writeFileSync(
        path.join(folder, "consumer.ts"),
        [
          'import type { Recording } from "roomtone";',
          "declare const take: Recording;",
          'export const reading: Omit<AudioBuffer, "copyToChannel"> = take;',
          "export const whole: AudioBuffer = take;",
          "",
        ].join("\n"),
      );
      const compilerOptions = {
        noEmit: true,
        strict: true,
        module: "nodenext",
        lib: ["es2023", "esnext.disposable", "dom"],
        types: ["node"],
        skipLibCheck: true,
      };
      const project = JSON.stringify({ compilerOptions, files: ["consumer.ts"] });
      writeFileSync(path.join(folder, "tsconfig.json"), project);
      const compiler = path.join(ROOT, "node_modules/typescript/bin/tsc");
      const { status, stdout } = spawnSync(process.execPath, [compiler, "-p", "."], {
        cwd: folder,
        encoding: "utf8",
      });
      assert.notEqual(status, 0);
      const faults = stdout.split("\n").filter((line) => line.includes("error TS"));
      assert.equal(faults.length, 1, stdout);
      assert.match(faults[0] ?? "", /^consumer\.ts\(4,14\): .*'copyToChannel' is missing/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
