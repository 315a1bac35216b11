import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { DuplexStream, InputStream, OutputStream } from "../src/index.js";
import { wavHeader } from "../src/wav/header.js";
import { newLoopback } from "./rig/loopback.js";
import { decibels, fitTone, sine } from "./rig/tone.js";

const TONE = "virtual:tone?rate=48000&frequency=997&amplitude=0.5&pace=fast";

/** How far a sine stands above all that is not it, in decibels. */
function signalToNoise(samples: Float32Array, rate: number, frequency: number, edge = 400): number {
  const { amplitude, residual } = fitTone(samples, rate, frequency, edge);
  return decibels(amplitude / Math.SQRT2 / residual);
}

/** A WAV file of a sine; `frames` at 48,000 Hz. */
async function toneFile(folder: string, frames: number): Promise<string> {
  const samples = sine(frames, 48_000, 997, 0.5);
  const path = join(folder, `tone-${frames}.wav`);
  const header = wavHeader(
    { sampleRate: 48_000, channels: 1, format: "float32" },
    samples.byteLength,
  );
  await writeFile(path, Buffer.concat([header, new Uint8Array(samples.buffer)]));
  return `virtual:file?path=${encodeURIComponent(path)}&pace=fast`;
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "roomtone-"));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe("recording at another rate", { concurrency: 4, timeout: 60_000 }, () => {
  for (const sampleRate of [8000, 16_000, 44_100, 96_000]) {
    test(`a sine is one at ${sampleRate} Hz too, of the same amplitude, from the first frame on`, async () => {
      await using stream = await InputStream.open({
        device: TONE,
        sampleRate,
        resample: "always",
      });
      assert.equal(stream.sampleRate, sampleRate);
      assert.equal(stream.deviceSampleRate, 48_000);
      assert.equal(stream.blockFrames, Math.round(sampleRate / 20));
      const samples = new Float32Array(sampleRate);
      assert.equal(await stream.readInto(samples), sampleRate);
      assert.ok(signalToNoise(samples, sampleRate, 997) > 90);
      const { amplitude, phase } = fitTone(samples, sampleRate, 997, 400);
      assert.ok(Math.abs(amplitude - 0.5) < 1e-4, `${amplitude}`);
      assert.ok(Math.abs(phase) < 1e-4, `${phase}`);
    });
  }

  test('"auto" converts what the device cannot, up to the last frame, and no more', async () => {
    await inFolder(async (folder) => {
      for (const frames of [1, 2, 3, 100, 48_001]) {
        const device = await toneFile(folder, frames);
        await using stream = await InputStream.open({ device, sampleRate: 16_000 });
        assert.equal(stream.sampleRate, 16_000);
        let heard = 0;
        for await (const { position, length } of stream) {
          assert.equal(position, heard);
          heard += length;
        }
        assert.equal(heard, Math.ceil(frames / 3), `${frames}`);
      }
    });
  });

  test('"never" is refused with the rates that work, "auto" opens the device itself where it can', async () => {
    await inFolder(async (folder) => {
      const device = await toneFile(folder, 10);
      await assert.rejects(InputStream.open({ device, sampleRate: 16_000, resample: "never" }), {
        name: "AudioError",
        code: "format-not-supported",
        message: /48000/,
      });
      await using never = await InputStream.open({ device, resample: "never" });
      assert.equal(never.sampleRate, 48_000);
    });
    await using stream = await InputStream.open({ device: TONE, sampleRate: 16_000 });
    assert.equal(stream.deviceSampleRate, 16_000);
  });

  test("losses are told in the asked rate, at their place, and the sine goes on in step", async () => {
    await using stream = await InputStream.open({
      device: `${TONE}&overrun=0.5:4800&overrun=0.9:6&unplug=1.5`,
      sampleRate: 16_000,
      resample: "always",
    });
    const samples = new Float32Array(24_000);
    const gaps: [number, number][] = [];
    let end = 0;
    await assert.rejects(
      async () => {
        for await (const block of stream) {
          if (block.droppedBefore > 0) {
            gaps.push([end, block.droppedBefore]);
            assert.equal(block.dropCause, "overrun");
          }
          assert.equal(block.position, end + block.droppedBefore);
          samples.set(block.getChannelData(0), block.position);
          end = block.position + block.length;
        }
      },
      { code: "device-lost" },
    );
    assert.deepEqual(gaps, [
      [8000, 1600],
      [14_400, 2],
    ]);
    assert.equal(end, 24_000);
    assert.equal(stream.droppedFrames, 1602);
    assert.equal(stream.stats.input?.frames, 24_000);
    for (const [from, to] of [
      [0, 8000],
      [9600, 14_400],
      [14_402, 24_000],
    ] as const) {
      assert.ok(signalToNoise(samples.subarray(from, to), 16_000, 997) > 90, `${from}`);
    }
    // Of what is behind the gaps the phase is that of the first frame.
    const { phase } = fitTone(samples.subarray(16_000), 16_000, 997, 400);
    assert.ok(Math.abs(phase) < 1e-3, `${phase}`);
  });

  test("a stop gives all that was heard until then", async () => {
    await using stream = await InputStream.open({
      device: TONE,
      sampleRate: 16_000,
      resample: "always",
      bufferSeconds: 0.5,
    });
    await stream.start();
    while (stream.readAvailable < 4000) {
      await sleep(5);
    }
    await stream.stop();
    const samples = new Float32Array(20_000);
    const frames = await stream.readInto(samples);
    assert.equal(frames, stream.stats.input?.frames);
    assert.ok(signalToNoise(samples.subarray(0, frames), 16_000, 997) > 90);
  });

  test("a small buffer is made large enough for what a converter gives at once", async () => {
    for (const sampleRate of [16_000, 768_000]) {
      await using stream = await InputStream.open({
        device: TONE,
        sampleRate,
        resample: "always",
        bufferSeconds: 0.0001,
        blockFrames: 1,
      });
      const samples = new Float32Array(3000);
      assert.equal(await stream.readInto(samples), 3000);
      assert.equal(stream.droppedFrames, 0);
    }
  });

  test("blocks of a processor are in the asked rate", async () => {
    const messages: number[] = [];
    await using stream = await InputStream.open({
      device: TONE,
      sampleRate: 16_000,
      resample: "always",
      processor: new URL("./effect.processor.js", import.meta.url),
      processorOptions: "tell",
      onMessage: (message) => {
        const { position, sampleRate } = message as { position: number; sampleRate: number };
        assert.equal(sampleRate, 16_000);
        messages.push(position);
      },
    });
    await stream.readInto(new Float32Array(2000));
    while (messages.length < 10) {
      await sleep(5);
    }
    assert.deepEqual(messages.slice(0, 3), [0, 128, 256]);
  });
});

describe("playing at another rate", { concurrency: 4, timeout: 60_000 }, () => {
  for (const sampleRate of [4000, 16_000, 11_025]) {
    test(`a sine at ${sampleRate} Hz is one on the device, in step and whole`, async () => {
      const device = newLoopback();
      // The loopback runs at 8,000 Hz, the stream that listens too.
      await using ear = await InputStream.open({ device });
      await ear.start();
      await using stream = await OutputStream.open({
        device,
        channels: 1,
        sampleRate,
        resample: "always",
        latency: 1,
        bufferSeconds: 1,
      });
      assert.equal(stream.deviceSampleRate, 8000);
      const frames = Math.floor(sampleRate * 0.9);
      await stream.write([sine(frames, sampleRate, 499, 0.5)]);
      assert.equal(stream.position, frames);
      await stream.drain();
      assert.equal(stream.stats.output?.frames, frames);
      assert.deepEqual(stream.underflows, []);
      await ear.stop();
      const heard = new Float32Array(200_000);
      const length = await ear.readInto(heard);
      const start = heard.findIndex((sample) => Math.abs(sample) > 1e-3);
      assert.ok(start >= 0 && start + 7000 < length);
      assert.ok(signalToNoise(heard.subarray(start, start + 7000), 8000, 499) > 90);
    });
  }

  test("every frame comes out, however few: what the filter holds is played before a drain or stop ends", async () => {
    for (const frames of [1, 2, 5, 100]) {
      for (const way of ["drain", "stop"] as const) {
        await using stream = await OutputStream.open({
          device: "virtual:sink?rate=8000",
          channels: 1,
          sampleRate: 48_000,
          resample: "always",
        });
        await stream.write(new Float32Array(frames).fill(0.1));
        await stream[way]();
        assert.equal(stream.stats.output?.frames, frames);
        assert.equal(stream.stats.output?.queuedFrames, 0);
      }
    }
  });

  test("an underflow is told in the asked rate, at its exact place", async () => {
    await using stream = await OutputStream.open({
      device: "virtual:sink?rate=8000",
      channels: 1,
      sampleRate: 16_000,
      resample: "always",
    });
    await stream.write(new Float32Array(1600));
    await stream.drain();
    await stream.write(new Float32Array(1600));
    await stream.drain();
    assert.equal(stream.underflows.length, 0);
    await stream.write(new Float32Array(1600));
    // It runs dry where the filter holds the rest back.
    await sleep(600);
    const dry = stream.stats.output?.frames ?? 0;
    assert.ok(dry > 4400 && dry <= 4800, `${dry}`);
    await stream.write(new Float32Array(1600));
    await stream.drain();
    const [underflow, ...others] = stream.underflows;
    assert.deepEqual(others, []);
    assert.equal(underflow?.position, dry);
    assert.ok(underflow.frames > 0);
    assert.equal(stream.stats.output?.frames, 6400);
  });

  test("both directions of one stream convert, and what comes back is in step", async () => {
    await using stream = await DuplexStream.open({
      device: "virtual:loopback?rate=48000&pace=fast&latency=0.1",
      sampleRate: 16_000,
      resample: "always",
    });
    await stream.write([sine(16_000, 16_000, 997, 0.5)]);
    await stream.start();
    await stream.stop();
    const heard = new Float32Array(17_600);
    assert.equal(await stream.readInto(heard), 17_600);
    assert.ok(heard.subarray(0, 1400).every((sample) => Math.abs(sample) < 1e-3));
    assert.ok(signalToNoise(heard.subarray(1600), 16_000, 997) > 90);
    const { phase } = fitTone(heard.subarray(1600), 16_000, 997, 400);
    assert.ok(Math.abs(phase) < 1e-3, `${phase}`);
  });
});
