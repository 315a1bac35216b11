import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import {
  DuplexStream,
  type DuplexStreamOptions,
  InputStream,
  type InputStreamOptions,
  OutputStream,
  type OutputStreamOptions,
} from "../src/index.js";
import { assertCounters, counterAt } from "./rig/counter.js";
import { counters, int16s, listenTo, newLoopback } from "./rig/loopback.js";

const processor = (name: string): URL => new URL(`./${name}.processor.js`, import.meta.url);

const SYNTHESISER = processor("synthesiser");
const EFFECT = processor("effect");
const FAST = "virtual:sink?rate=8000&pace=fast";
const PACED = "virtual:sink?rate=8000";
const RAMP = "virtual:ramp?rate=8000&pace=fast";
const FAST_LOOP = "virtual:loopback?rate=8000&pace=fast";

/** What the processors here tell. */
interface Message {
  readonly setup?: unknown;
  readonly first?: unknown;
  readonly inputs?: unknown;
  readonly outputs?: unknown;
  readonly echo?: unknown;
  readonly closed?: unknown;
}

/** Messages of a processor, and a wait for one that has a key. */
class Messages {
  readonly all: Message[] = [];

  readonly take = (message: unknown): void => {
    assert.ok(typeof message === "object" && message !== null);
    this.all.push({ ...message });
  };

  async with(key: keyof Message): Promise<Message> {
    for (;;) {
      const found = this.all.find((message) => key in message);
      if (found !== undefined) {
        return found;
      }
      await sleep(5);
    }
  }
}

function output(options: OutputStreamOptions): Promise<OutputStream> {
  return OutputStream.open({ device: FAST, format: "int16", channels: 1, ...options });
}

function input(options: InputStreamOptions): Promise<InputStream> {
  return InputStream.open({ device: RAMP, format: "int16", ...options });
}

function duplex(options: DuplexStreamOptions): Promise<DuplexStream> {
  return DuplexStream.open({ device: FAST_LOOP, format: "int16", ...options });
}

/** Holds this thread, as a script does that computes. */
function block(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

describe("a synthesiser", { concurrency: 4, timeout: 60_000 }, () => {
  test("is heard frame by frame from the first one on, and ends after it was played", async () => {
    const device = newLoopback();
    await using ear = await listenTo(device, "int16");
    await using stream = await output({
      device,
      processor: SYNTHESISER,
      processorOptions: { blocks: 30 },
      latency: 1,
    });
    await stream.start();
    const frames = 30 * 128;
    assert.deepEqual(int16s(await ear.hear(frames)), [...counters(1, frames)]);
    await stream.finished;
    assert.equal(stream.state, "ended");
    assert.equal(stream.stats.output?.frames, frames);
    assert.equal(stream.stats.output?.queuedFrames, 0);
    assert.deepEqual(stream.underflows, []);
  });

  test("fills the device before it starts, and what follows comes in time", async () => {
    await using stream = await output({ device: PACED, processor: SYNTHESISER, latency: 0.5 });
    await stream.start();
    block(1000);
    assert.equal(stream.stats.output?.underflows, 0);
    assert.ok((stream.stats.output?.frames ?? 0) >= 4000 + 6000);
    await stream.stop();
    assert.deepEqual(stream.underflows, []);
  });

  test("knows what it was set up with, and has no input", async () => {
    const messages = new Messages();
    await using stream = await output({
      channels: 2,
      blockFrames: 64,
      processor: SYNTHESISER,
      processorOptions: { blocks: 3, nested: [new Map([[1, "x"]])] },
      onMessage: messages.take,
    });
    await stream.start();
    assert.deepEqual((await messages.with("setup")).setup, {
      sampleRate: 8000,
      inputChannels: 0,
      outputChannels: 2,
      blockFrames: 64,
      options: { blocks: 3, nested: [new Map([[1, "x"]])] },
    });
    const { first, inputs, outputs } = await messages.with("first");
    assert.deepEqual([inputs, outputs], [0, 2]);
    assert.ok(typeof first === "object" && first !== null);
    const { inputTime, outputTime, ...rest } = { inputTime: 0, outputTime: 0, ...first };
    assert.ok(Number.isNaN(inputTime));
    assert.equal(typeof outputTime, "number");
    assert.deepEqual(rest, {
      position: 0,
      frames: 64,
      sampleRate: 8000,
      droppedBefore: 0,
      underflows: 0,
    });
  });

  test("hears messages while it runs, and answers, also when it is closed", async () => {
    const messages = new Messages();
    const stream = await output({
      device: PACED,
      processor: SYNTHESISER,
      onMessage: messages.take,
    });
    stream.postMessage({ hello: 1n });
    await stream.start();
    assert.deepEqual((await messages.with("echo")).echo, { hello: 1n });
    assert.throws(() => stream.postMessage(() => {}), { name: "DataCloneError" });
    await stream.close();
    assert.ok(messages.all.some((message) => Number(message.closed) > 1));
    assert.throws(() => stream.postMessage(1), { code: "stream-closed" });
  });

  test("is the one that writes: write, tryWrite and drain are a TypeError", async () => {
    await using stream = await output({ processor: SYNTHESISER });
    assert.throws(() => stream.tryWrite(counters(1, 1)), TypeError);
    await assert.rejects(stream.write(counters(1, 1)), TypeError);
    await assert.rejects(stream.drain(), TypeError);
    assert.equal(stream.writeAvailable, 0);
    await using without = await output({});
    assert.throws(() => without.postMessage(1), TypeError);
  });

  test("goes on behind a stop, and loses what is queued with an abort", async () => {
    const device = newLoopback();
    await using ear = await listenTo(device, "int16");
    await using stream = await output({ device, processor: SYNTHESISER, latency: 0.5 });
    await stream.start();
    await ear.hear(1);
    await stream.stop();
    const played = stream.stats.output?.frames ?? 0;
    assert.deepEqual(int16s(await ear.hear(played - 1)), [...counters(2, played - 1)]);
    await stream.start();
    assert.deepEqual(int16s(await ear.hear(200)), [...counters(played + 1, 200)]);
    await stream.abort();
    assert.equal(stream.stats.output?.queuedFrames, 0);
    assert.deepEqual(stream.underflows, []);
  });
});

describe("an effect", { concurrency: 4, timeout: 60_000 }, () => {
  test("answers each frame, just one block later, on a loopback without a clock", async () => {
    await using stream = await duplex({
      device: `${FAST_LOOP}&latency=0.0125`,
      processor: EFFECT,
      blockFrames: 32,
    });
    stream.postMessage(0.25);
    await stream.start();
    // What it makes comes back to it after the latency of the device and its own.
    const around = 100 + 32;
    const target = new Int16Array(40_000);
    assert.equal(await stream.readInto(target), target.length);
    assert.deepEqual(target.subarray(0, around), new Int16Array(around));
    for (let frame = around; frame < target.length; frame++) {
      assert.equal(target[frame], 8192 - (target[frame - around] ?? 0), `frame ${frame}`);
    }
    assert.equal(stream.stats.output?.underflows, 0);
  });

  test("does not run dry while the main thread computes for a second", async () => {
    await using stream = await duplex({
      device: newLoopback(),
      processor: EFFECT,
      latency: 0.5,
    });
    await stream.start();
    block(1000);
    const { input: heard, output: played } = stream.stats;
    assert.ok((heard?.frames ?? 0) > 6000);
    assert.equal(heard?.droppedFrames, 0);
    assert.equal(played?.underflows, 0);
    await stream.stop();
    await stream.start();
    block(300);
    await stream.abort();
    await stream.start();
    block(300);
    assert.equal(stream.stats.output?.underflows, 0);
  });

  test("tells positions and losses, with silence for those inside of a block", async () => {
    const told: Record<string, unknown>[] = [];
    await using stream = await input({
      device: `${RAMP}&overrun=0.0125:300&overrun=0.1:20`,
      blockFrames: 64,
      processor: EFFECT,
      processorOptions: "tell",
      onMessage: (message) => told.push({ ...(message as object) }),
    });
    const target = new Int16Array(1500);
    while ((await stream.readInto(target)) > 0 && told.length < 15) {
      await sleep(5);
    }
    const lost = (frame: number): boolean =>
      (frame >= 100 && frame < 400) || (frame >= 800 && frame < 820);
    let end = 0;
    let sum = 0;
    for (const { position, droppedBefore, samples, frames } of told.slice(0, 15)) {
      assert.ok(samples instanceof Float32Array);
      assert.equal(frames, 64);
      const at = Number(position);
      assert.ok(at >= end);
      sum += Number(droppedBefore);
      const expected = Float32Array.from({ length: 64 }, (_, index) =>
        lost(at + index) ? 0 : counterAt(at + index) / 32_768,
      );
      assert.deepEqual(samples, expected);
      const inside = expected.reduce((count, _, index) => count + (lost(at + index) ? 1 : 0), 0);
      assert.equal(droppedBefore, at - end + inside);
      end = at + 64;
    }
    assert.equal(sum, 320);
  });
});

describe("a detector on an input", { concurrency: 4, timeout: 60_000 }, () => {
  test("sees every frame, and the reader gets them all the same", async () => {
    const told: Record<string, unknown>[] = [];
    await using stream = await input({
      processor: EFFECT,
      processorOptions: "tell",
      blockFrames: 100,
      onMessage: (message) => told.push({ ...(message as object) }),
    });
    const target = new Int16Array(30_000);
    assert.equal(await stream.readInto(target), 30_000);
    assertCounters(target, 0);
    while (told.length < 100) {
      await sleep(5);
    }
    for (const [index, { position, samples, inputTime, outputTime }] of told.entries()) {
      assert.equal(position, index * 100);
      assert.ok(samples instanceof Float32Array);
      assert.equal(samples[99], counterAt(index * 100 + 99) / 32_768);
      assert.ok(Number.isFinite(inputTime) && Number.isNaN(outputTime));
    }
  });

  test("that returns false ends the stream; what came until then can be read", async () => {
    await using stream = await input({
      processor: SYNTHESISER,
      processorOptions: { blocks: 5 },
    });
    await stream.start();
    await stream.finished;
    assert.equal(stream.state, "ended");
    let end = 0;
    for await (const { position, samples, length } of stream) {
      assert.equal(position, end);
      assertCounters(samples, position);
      end += length;
    }
    assert.ok(end >= 5 * 128, `${end}`);
  });
});
