import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { bytesPerFrame, SAMPLE_FORMATS } from "../src/format.js";
import { OutputStream, type OutputStreamOptions, type PlayableFrames } from "../src/index.js";
import { describe as shown } from "../src/options.js";
import { counters, int16s, listenTo, newLoopback } from "./rig/loopback.js";
import { seededRandom } from "./rig/random.js";
import { COMMON_OUT_OF_RANGE, COMMON_WRONG_TYPE } from "./rig/wrong-options.js";

const FAST = "virtual:sink?rate=8000&pace=fast";
const PACED = "virtual:sink?rate=8000";
/** A device that takes what fits into its buffer, and then nothing for a minute. */
const STUCK = "virtual:sink?rate=8000&stall=0:60";

function open(options: OutputStreamOptions): Promise<OutputStream> {
  return OutputStream.open({ format: "int16", channels: 1, ...options });
}

/** Whether a promise is still pending after a while in which it could have been settled. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const mark = {};
  return (await Promise.race([promise.catch(() => {}), sleep(150, mark)])) === mark;
}

async function refusal(options: unknown): Promise<unknown> {
  let stream: OutputStream;
  try {
    stream = await OutputStream.open(options as OutputStreamOptions);
  } catch (error) {
    return error;
  }
  await stream.close();
  return "a stream that opened";
}

describe("frames", { concurrency: 4, timeout: 60_000 }, () => {
  for (const format of SAMPLE_FORMATS) {
    test(`every bit of two channels of ${format} comes out as it was written`, async () => {
      const device = newLoopback();
      await using ear = await listenTo(device, format, 2);
      await using stream = await OutputStream.open({ device, format, channels: 2, latency: 1 });
      const random = seededRandom(7);
      const bytes = new Uint8Array(2000 * bytesPerFrame(format, 2));
      // Neither 0 nor 0x80, so that no sample is silent, nor a NaN among floats.
      bytes.set(bytes.map(() => 1 + random(0x7e)));
      for (let at = 0; at < bytes.byteLength; ) {
        const size = bytesPerFrame(format, 2) * (1 + random(300));
        stream.tryWrite(bytes.subarray(at, at + size));
        at += size;
      }
      await stream.start();
      assert.deepEqual(await ear.hear(2000), bytes);
      assert.equal(stream.position, 2000);
    });
  }

  test("one array of floats for each channel is interleaved", async () => {
    const device = newLoopback();
    await using ear = await listenTo(device, "int16", 2);
    await using stream = await open({ device, channels: 2 });
    const left = Float32Array.of(1, 2, 3, 4).map((x) => x / 32_768);
    const right = Float32Array.of(-1, -2, -3, -4).map((x) => x / 32_768);
    await stream.write([left, right]);
    assert.deepEqual(int16s(await ear.hear(4)), [1, -1, 2, -2, 3, -3, 4, -4]);
  });

  test("the chosen channels are those that sound, in that order; all others are silent", async () => {
    const device = newLoopback("&channels=4");
    await using ear = await listenTo(device, "uint8", 4);
    await using stream = await OutputStream.open({ device, format: "uint8", channels: [2, 0] });
    assert.deepEqual(stream.channelNumbers, [2, 0]);
    assert.equal(stream.numberOfChannels, 2);
    await stream.write(Uint8Array.of(1, 2, 3, 4));
    assert.deepEqual([...(await ear.hear(2))], [2, 0x80, 1, 0x80, 4, 0x80, 3, 0x80]);
  });

  test("two channels are the default, one on a device that has no more", async () => {
    await using stereo = await OutputStream.open({ device: "virtual:sink?channels=6" });
    await using mono = await OutputStream.open({ device: "virtual:sink?channels=1" });
    assert.deepEqual([stereo.numberOfChannels, mono.numberOfChannels], [2, 1]);
    assert.equal(stereo.format, "float32");
    assert.equal(stereo.sampleRate, 48_000);
  });

  test("what was written may be changed at once, and is played as it was", async () => {
    const device = newLoopback();
    await using ear = await listenTo(device, "int16");
    await using stream = await open({ device });
    const memory = counters(1, 100);
    const writing = stream.write(memory);
    memory.fill(9);
    await writing;
    assert.deepEqual(int16s(await ear.hear(100)), [...counters(1, 100)]);
  });

  test("writes that are called at once are played one after another", async () => {
    const device = newLoopback();
    await using ear = await listenTo(device, "int16");
    await using stream = await open({ device, bufferSeconds: 0.01, blockFrames: 20 });
    const random = seededRandom(3);
    const writes: Promise<void>[] = [];
    let next = 1;
    for (let index = 0; index < 40; index++) {
      const size = 1 + random(200);
      writes.push(stream.write(counters(next, size)));
      next += size;
    }
    assert.equal(stream.tryWrite(counters(1, 5)), 0, "others came first");
    assert.equal(stream.writeAvailable, 0);
    await Promise.all(writes);
    await stream.drain();
    assert.equal(stream.position, next - 1);
    const heard = int16s(await ear.hear(next - 1 + (stream.stats.output?.silentFrames ?? 0)));
    // So small a queue may run dry.
    const played = heard.filter((sample) => sample !== 0);
    assert.deepEqual(played, [...counters(1, next - 1)]);
  });

  test("frames of another kind are a TypeError, of another length a RangeError; they change nothing", async () => {
    await using stream = await open({ device: FAST, channels: 2 });
    const detached = new Int16Array(4);
    structuredClone(detached, { transfer: [detached.buffer] });
    const types: readonly unknown[] = [
      new Float32Array(4),
      new Uint16Array(4),
      new DataView(new ArrayBuffer(8)),
      new ArrayBuffer(8),
      [[0], [0]],
      [new Float64Array(1), new Float64Array(1)],
      null,
      undefined,
      "1234",
      4,
    ];
    const lengths: readonly unknown[] = [
      new Int16Array(0),
      new Int16Array(3),
      new Uint8Array(6),
      detached,
      [],
      [new Float32Array(2)],
      [new Float32Array(2), new Float32Array(3)],
      [new Float32Array(0), new Float32Array(0)],
      [new Float32Array(1), new Float32Array(1), new Float32Array(1)],
    ];
    for (const [kind, values] of [[TypeError, types] as const, [RangeError, lengths] as const]) {
      for (const value of values) {
        assert.throws(() => stream.tryWrite(value as PlayableFrames), kind, shown(value));
        await assert.rejects(stream.write(value as PlayableFrames), kind, shown(value));
      }
    }
    assert.equal(stream.position, 0);
    assert.equal(stream.state, "stopped");
  });

  test("samples out of range are clipped and counted, once, and only those that were taken", async () => {
    await using stream = await open({ device: FAST, bufferSeconds: 0.0005, blockFrames: 2 });
    const loud = Float32Array.of(1.5, -2, 0.5, 1, 3, 3);
    assert.equal(stream.tryWrite([loud]), 4);
    assert.equal(stream.stats.output?.clippedSamples, 3);
    await stream.write([loud.subarray(4)]);
    assert.equal(stream.stats.output?.clippedSamples, 5);
  });

  for (const [dither, expected] of [
    [true, [-1, 0, 1, 2]],
    [false, [0]],
  ] as const) {
    test(`dither: ${dither} plays a quarter of a step as ${expected.join(", ")}`, async () => {
      const device = newLoopback();
      await using ear = await listenTo(device, "int16");
      await using stream = await open({ device, dither });
      const quiet = new Float32Array(1000).fill(0.25 / 32_768);
      quiet[0] = 0.5;
      await stream.write([quiet]);
      const heard = new Set(int16s(await ear.hear(1000)).slice(1));
      assert.deepEqual(
        [...heard].filter((sample) => !expected.some((one) => one === sample)),
        [],
      );
      assert.equal(heard.size > 1, dither);
    });
  }
});

describe("waiting for room", { concurrency: 4, timeout: 60_000 }, () => {
  test("a write resolves only when the device and the queue have room for all of it", async () => {
    await using stream = await open({ device: STUCK, bufferSeconds: 0.1, latency: 0.1 });
    // The queue holds two blocks at least, of 400 frames each, and the device 800 frames.
    await stream.write(counters(1, 1600));
    assert.equal(stream.writeAvailable, 0);
    assert.equal(stream.tryWrite(counters(1, 1)), 0);
    const waiting = assert.rejects(stream.write(counters(1, 1)), { code: "stream-closed" });
    assert.ok(await isPending(waiting));
    assert.equal(stream.position, 1600);
    assert.equal(stream.stats.output?.queuedFrames, 800);
    await stream.close();
    await waiting;
  });

  test("what waits takes no more memory than the queue, however much is played", async () => {
    await using stream = await open({ device: FAST, bufferSeconds: 0.1 });
    const second = counters(1, 8000);
    for (let seconds = 0; seconds < 60; seconds++) {
      await stream.write(second);
      assert.ok((stream.stats.output?.queuedFrames ?? Number.NaN) <= 800);
    }
    await stream.drain();
    assert.equal(stream.stats.output?.frames, 480_000);
  });

  test("tryWrite takes what fits and starts nothing; the start begins with it", async () => {
    const device = newLoopback();
    await using ear = await listenTo(device, "int16");
    await using stream = await open({ device, bufferSeconds: 0.1 });
    assert.equal(stream.writeAvailable, 800);
    assert.equal(stream.tryWrite(counters(1, 1000)), 800);
    assert.equal(stream.tryWrite(counters(1, 1)), 0);
    assert.equal(stream.state, "stopped");
    await stream.start();
    assert.equal(stream.state, "running");
    assert.deepEqual(int16s(await ear.hear(800)), [...counters(1, 800)]);
  });
});

describe("silence between frames", { concurrency: 4, timeout: 60_000 }, () => {
  test("an underflow is told at its place, with as much silence as was heard", async () => {
    const device = newLoopback();
    await using ear = await listenTo(device, "int16");
    await using stream = await open({ device });
    await stream.write(counters(1, 300));
    await sleep(250);
    await stream.write(counters(301, 300));
    await stream.drain();
    assert.equal(stream.underflows.length, 1);
    const [{ position, frames } = { position: 0, frames: 0 }] = stream.underflows;
    assert.equal(position, 300);
    assert.ok(frames > 0);
    const { underflows, silentFrames } = stream.stats.output ?? {};
    assert.deepEqual({ underflows, silentFrames }, { underflows: 1, silentFrames: frames });
    assert.deepEqual(int16s(await ear.hear(300 + frames + 300)), [
      ...counters(1, 300),
      ...new Int16Array(frames),
      ...counters(301, 300),
    ]);
  });

  test("there is none before the first frame, after a drain, or after a stop", async () => {
    await using stream = await open({ device: PACED });
    await stream.start();
    await sleep(100);
    await stream.write(counters(1, 100));
    await stream.drain();
    await sleep(100);
    await stream.write(counters(1, 100));
    await stream.stop();
    await stream.start();
    await sleep(100);
    await stream.write(counters(1, 100));
    await stream.drain();
    assert.deepEqual(stream.underflows, []);
    assert.equal(stream.stats.output?.underflows, 0);
    assert.equal(stream.stats.output?.frames, 300);
  });

  test("a device that stalls plays on where it was: nothing is lost, no silence made up", async () => {
    await using stream = await open({ device: "virtual:sink?rate=8000&stall=0.1:0.8" });
    await stream.write(counters(1, 2000));
    await stream.drain();
    assert.deepEqual(stream.underflows, []);
    assert.equal(stream.stats.output?.frames, 2000);
  });
});

describe("options", { concurrency: 4, timeout: 60_000 }, () => {
  const wrongType: Readonly<Record<keyof OutputStreamOptions, readonly unknown[]>> = {
    ...COMMON_WRONG_TYPE,
    device: [null, true, {}, []],
    channels: [null, "1", {}, true, ["0"], [null]],
    latency: [null, {}, true],
    bufferSeconds: [null, "1", {}, true],
  };
  const outOfRange: Readonly<Record<keyof OutputStreamOptions, readonly unknown[]>> = {
    ...COMMON_OUT_OF_RANGE,
    device: [""],
    channels: [0, -1, 1.5, 3, 4097, Number.NaN, [], [-1], [2], [0, 0], [0.5]],
    latency: ["fast", 0, -1, 10.1, Number.NaN],
    bufferSeconds: [0, -1, 601, Number.NaN, Number.POSITIVE_INFINITY],
  };
  for (const [table, Kind] of [
    [wrongType, TypeError],
    [outOfRange, RangeError],
  ] as const) {
    for (const [name, values] of Object.entries(table)) {
      for (const value of values) {
        test(`${name}: ${shown(value)} is a ${Kind.name}`, async () => {
          const error = await refusal({ device: FAST, [name]: value });
          assert.ok(error instanceof Kind, String(error));
          assert.match(error.message, new RegExp(name));
        });
      }
    }
  }

  test("a device that cannot play is refused", async () => {
    for (const device of ["virtual:ramp", "virtual:tone"]) {
      assert.match(String(await refusal({ device })), /output/);
    }
  });

  test("an option of inputs alone is unknown", async () => {
    assert.match(String(await refusal({ device: FAST, onBlock() {} })), /unknown option `onBlock`/);
  });
});
