import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import {
  AudioError,
  type Block,
  InputStream,
  type InputStreamOptions,
  type SampleFormat,
} from "../src/index.js";
import { describe as shown } from "../src/options.js";
import { wavHeader } from "../src/wav/header.js";
import { assertCounters, counterAt } from "./rig/counter.js";
import { COMMON_OUT_OF_RANGE, COMMON_WRONG_TYPE } from "./rig/wrong-options.js";

const FAST = "virtual:ramp?rate=8000&pace=fast";
const PACED = "virtual:ramp?rate=8000";
/** A device that is open and gives nothing for a minute. */
const MUTE = "virtual:ramp?rate=8000&stall=0:60";

interface Told {
  readonly position: number;
  readonly frames: number;
  readonly cause: string | undefined;
}

interface Heard {
  /** Lost frames as the blocks tell them, at the position of the first lost one. */
  readonly gaps: readonly Told[];
  readonly lengths: readonly number[];
  /** The position behind the last block. */
  readonly end: number;
  readonly error: unknown;
}

/** Reads a ramp of int16 to its end, or up to `frames`, and fails at the first frame out of place. */
async function listen(stream: InputStream, frames = Number.POSITIVE_INFINITY): Promise<Heard> {
  const gaps: Told[] = [];
  const lengths: number[] = [];
  let end = 0;
  let error: unknown;
  try {
    for await (const block of stream) {
      assert.equal(block.position, end + block.droppedBefore, "a block follows the one before");
      if (block.droppedBefore > 0) {
        gaps.push({ position: end, frames: block.droppedBefore, cause: block.dropCause });
      } else {
        assert.equal(block.dropCause, undefined);
      }
      assert.equal(block.samples.length, block.length * stream.numberOfChannels);
      assertCounters(block.samples, block.position, "a block", stream.numberOfChannels);
      lengths.push(block.length);
      end = block.position + block.length;
      if (end >= frames) {
        break;
      }
    }
  } catch (thrown) {
    if (!(thrown instanceof AudioError)) {
      throw thrown;
    }
    error = thrown;
  }
  return { gaps, lengths, end, error };
}

function codeOf(error: unknown): string | undefined {
  return error instanceof AudioError ? error.code : undefined;
}

/** The error that options give; a stream that opens all the same is closed, so that it keeps no process alive. */
async function refusal(options: unknown): Promise<unknown> {
  let stream: InputStream;
  try {
    stream = await InputStream.open(options as InputStreamOptions);
  } catch (error) {
    return error;
  }
  await stream.close();
  return "a stream that opened";
}

/** Holds this thread, as a script does that computes. */
function block(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

describe("blocks", { concurrency: 4, timeout: 60_000 }, () => {
  for (const blockFrames of [1, 64, 333, 2048, 10_000]) {
    test(`blocks of ${blockFrames} frames are just that long and follow each other`, async () => {
      const wanted = blockFrames * 12;
      await using stream = await InputStream.open({ device: FAST, format: "int16", blockFrames });
      const { lengths, gaps, end } = await listen(stream, wanted);
      assert.equal(end, wanted);
      assert.deepEqual(gaps, []);
      assert.deepEqual(new Set(lengths), new Set([blockFrames]));
    });
  }

  test("a block is a twentieth of a second unless told otherwise", async () => {
    await using stream = await InputStream.open({ device: "virtual:ramp?rate=44100&pace=fast" });
    assert.equal(stream.blockFrames, 2205);
    for await (const block of stream) {
      assert.equal(block.length, 2205);
      break;
    }
  });

  test("a stream has the device's own rate, one channel of float32 by default", async () => {
    await using stream = await InputStream.open({
      device: "virtual:ramp?rate=11025&channels=4&pace=fast",
    });
    assert.equal(stream.sampleRate, 11_025);
    assert.equal(stream.numberOfChannels, 1);
    assert.deepEqual(stream.channelNumbers, [0]);
    assert.equal(stream.format, "float32");
    assert.equal(stream.device.host, "virtual");
  });

  for (const format of ["int16", "int24", "int32", "float32"] satisfies SampleFormat[]) {
    test(`every frame of a ramp comes exactly in ${format}, in both channels`, async () => {
      await using stream = await InputStream.open({ device: FAST, format, channels: 2 });
      let frames = 0;
      for await (const block of stream) {
        assert.equal(block.format, format);
        for (const channel of [0, 1]) {
          const expected = Float32Array.from(
            { length: block.length },
            (_, index) => counterAt(block.position + index) / 32_768,
          );
          assert.deepEqual(block.getChannelData(channel), expected);
        }
        frames += block.length;
        if (frames >= 70_000) {
          break;
        }
      }
    });
  }

  for (const format of ["int8", "uint8"] satisfies SampleFormat[]) {
    test(`every frame of a ramp comes exactly in ${format}`, async () => {
      await using stream = await InputStream.open({ device: FAST, format });
      let frames = 0;
      for await (const block of stream) {
        // The byte that is stored is the low byte of the counter in both.
        const expected = Uint8Array.from({ length: block.length }, (_, i) => block.position + i);
        assert.deepEqual(block.bytes, expected);
        frames += block.length;
        if (frames >= 2000) {
          break;
        }
      }
    });
  }

  test("channels come as they were picked, in that order", async () => {
    const device = "virtual:noise?channels=3&seed=7&rate=8000&pace=fast";
    await using all = await InputStream.open({ device, channels: 3, format: "int16" });
    await using some = await InputStream.open({ device, channels: [2, 0], format: "int16" });
    assert.deepEqual(some.channelNumbers, [2, 0]);
    const whole = new Int16Array(3 * 500);
    const picked = new Int16Array(2 * 500);
    assert.equal(await all.readInto(whole), 500);
    assert.equal(await some.readInto(picked), 500);
    const expected = Int16Array.from(
      { length: 1000 },
      (_, index) => whole[Math.floor(index / 2) * 3 + (index % 2 === 0 ? 2 : 0)] ?? 0,
    );
    assert.deepEqual(picked, expected);
  });

  test("a block's time is that of its first frame on this thread's clock", async () => {
    const before = performance.now();
    await using stream = await InputStream.open({ device: PACED, format: "int16" });
    let first: Block | undefined;
    for await (const block of stream) {
      first ??= block;
      const elapsed = ((block.position - first.position) / 8000) * 1000;
      assert.ok(Math.abs(block.time - first.time - elapsed) < 500, `${block.time} ${first.time}`);
      assert.ok(block.time > before - 500 && block.time < performance.now() + 500);
      if (block.position > 2400) {
        break;
      }
    }
  });
});

describe("faults", { concurrency: 6, timeout: 60_000 }, () => {
  const cases: readonly {
    readonly name: string;
    readonly faults: string;
    readonly gaps: readonly Told[];
  }[] = [
    {
      name: "an overrun",
      faults: "overrun=0.5:441",
      gaps: [{ position: 4000, frames: 441, cause: "overrun" }],
    },
    {
      name: "a stall",
      faults: "stall=0.5:0.25",
      gaps: [{ position: 4000, frames: 2000, cause: "stall" }],
    },
    {
      name: "a loss of the very first frames",
      faults: "overrun=0:17",
      gaps: [{ position: 0, frames: 17, cause: "overrun" }],
    },
    {
      name: "a loss of one frame inside a block",
      faults: "overrun=0.0001:1",
      gaps: [{ position: 1, frames: 1, cause: "overrun" }],
    },
    {
      name: "several losses, two of them in one block",
      faults: "overrun=0.1:10&overrun=0.11:20&stall=0.5:0.1",
      gaps: [
        { position: 800, frames: 10, cause: "overrun" },
        { position: 880, frames: 20, cause: "overrun" },
        { position: 4000, frames: 800, cause: "stall" },
      ],
    },
  ];
  for (const pace of ["fast", "realtime"]) {
    for (const { name, faults, gaps } of cases) {
      test(`${name} is told at its exact place (pace ${pace})`, async () => {
        const device = `virtual:ramp?rate=8000&pace=${pace}&${faults}`;
        await using stream = await InputStream.open({ device, format: "int16" });
        const heard = await listen(stream, 8000);
        assert.deepEqual(heard.gaps, gaps);
        assert.equal(
          stream.droppedFrames,
          gaps.reduce((sum, gap) => sum + gap.frames, 0),
        );
      });
    }

    test(`an unplugged device gives every frame before, then device-lost (pace ${pace})`, async () => {
      const device = `virtual:ramp?rate=8000&pace=${pace}&unplug=0.51&overrun=0.2:100`;
      await using stream = await InputStream.open({ device, format: "int16" });
      const { end, error, gaps } = await listen(stream);
      assert.equal(end, 4080);
      assert.equal(codeOf(error), "device-lost");
      assert.deepEqual(gaps, [{ position: 1600, frames: 100, cause: "overrun" }]);
    });

    test(`frames lost right before the device is unplugged are told (pace ${pace})`, async () => {
      const device = `virtual:ramp?rate=8000&pace=${pace}&overrun=0.5:800&unplug=0.6`;
      await using stream = await InputStream.open({ device, format: "int16" });
      const { end, error, gaps, lengths } = await listen(stream);
      assert.equal(codeOf(error), "device-lost");
      assert.deepEqual(gaps, [{ position: 4000, frames: 800, cause: "overrun" }]);
      assert.equal(lengths.at(-1), 0);
      assert.equal(end, 4800);
    });
  }

  test("a failed stream says failed, and goes on to throw its fault", async () => {
    await using stream = await InputStream.open({ device: `${FAST}&unplug=0.1`, format: "int16" });
    const target = new Int16Array(1000);
    assert.equal(await stream.readInto(target), 800);
    await assert.rejects(stream.readInto(target), { code: "device-lost" });
    await assert.rejects(stream.readInto(target), { code: "device-lost" });
    assert.equal(stream.state, "failed");
    await assert.rejects(stream.start(), { code: "stream-closed" });
    await stream.stop();
  });
});

describe("readInto and tryReadInto", { concurrency: 4, timeout: 60_000 }, () => {
  test("readInto fills the target, and the next one goes on behind it", async () => {
    await using stream = await InputStream.open({ device: FAST, format: "int16" });
    let position = 0;
    for (const frames of [1, 63, 4096, 4097, 12_345, 2]) {
      const target = new Int16Array(frames);
      assert.equal(await stream.readInto(target), frames);
      assertCounters(target, position, `a read of ${frames}`);
      position += frames;
      assert.equal(stream.position, position);
    }
  });

  test("a target larger than the ring is filled whole", async () => {
    await using stream = await InputStream.open({
      device: FAST,
      format: "int16",
      bufferSeconds: 0.05,
      blockFrames: 10,
    });
    const target = new Int16Array(20_000);
    assert.equal(await stream.readInto(target), 20_000);
    assertCounters(target, 0);
  });

  test("a read ends at a gap, and the next one tells how much was lost", async () => {
    await using stream = await InputStream.open({
      device: `${FAST}&overrun=0.125:300`,
      format: "int16",
    });
    const target = new Int16Array(1500);
    assert.equal(await stream.readInto(target), 1000);
    assertCounters(target.subarray(0, 1000), 0);
    assert.equal(stream.droppedBefore, 0);
    assert.equal(await stream.readInto(target), 1500);
    assertCounters(target, 1300);
    assert.equal(stream.droppedBefore, 300);
    assert.equal(stream.position, 2800);
    assert.equal(await stream.readInto(target), 1500);
    assert.equal(stream.droppedBefore, 0);
    assert.equal(stream.droppedFrames, 300);
  });

  test("a read that takes several looks at a small ring still tells what was lost before it", async () => {
    await using stream = await InputStream.open({
      device: `${FAST}&overrun=0.125:300`,
      format: "int16",
      bufferSeconds: 0.05,
      blockFrames: 10,
    });
    const target = new Int16Array(4000);
    assert.equal(await stream.readInto(target), 1000);
    assert.equal(await stream.readInto(target), 4000);
    assertCounters(target, 1300);
    assert.equal(stream.droppedBefore, 300);
  });

  test("tryReadInto takes what is there, ends at a gap, and gives 0 when nothing is", async () => {
    await using stream = await InputStream.open({
      device: `${FAST}&overrun=0.125:300`,
      format: "int16",
    });
    const target = new Int16Array(700);
    assert.equal(stream.tryReadInto(target), 0);
    assert.equal(stream.state, "stopped");
    await stream.start();
    while (stream.readAvailable < 1000) {
      await sleep(2);
    }
    assert.equal(stream.readAvailable, 1000);
    assert.equal(stream.tryReadInto(target), 700);
    assertCounters(target, 0);
    assert.equal(stream.tryReadInto(target), 300);
    assertCounters(target.subarray(0, 300), 700);
    while (stream.tryReadInto(target) === 0) {
      await sleep(2);
    }
    assert.equal(stream.droppedBefore, 300);
    assert.equal(target[0], 1300);
  });

  test("a read writes to its target alone, wherever that lies in its memory", async () => {
    await using stream = await InputStream.open({ device: FAST, format: "int16", channels: 2 });
    const memory = new Uint8Array(64 + 4 * 100 + 64).fill(0xa5);
    // An odd place: raw bytes need no alignment.
    const target = memory.subarray(63, 63 + 400);
    assert.equal(await stream.readInto(target), 100);
    assert.deepEqual(memory.subarray(0, 63), new Uint8Array(63).fill(0xa5));
    assert.deepEqual(memory.subarray(463), new Uint8Array(65).fill(0xa5));
    const view = new DataView(memory.buffer, 63);
    for (let index = 0; index < 200; index++) {
      assert.equal(view.getInt16(index * 2, true), Math.floor(index / 2));
    }
    const words = new Int16Array(210).fill(-21_555);
    assert.equal(await stream.readInto(words.subarray(5, 205)), 100);
    assertCounters(words.subarray(5, 205), 100, "the words", 2);
    assert.deepEqual(words.subarray(0, 5), new Int16Array(5).fill(-21_555));
    assert.deepEqual(words.subarray(205), new Int16Array(5).fill(-21_555));
  });

  test("a target of another type or of no whole frames is refused", async () => {
    await using stream = await InputStream.open({ device: FAST, format: "int16", channels: 2 });
    const wrong: readonly unknown[] = [
      new Float32Array(4),
      new Uint16Array(4),
      new DataView(new ArrayBuffer(8)),
      new ArrayBuffer(8),
      [0, 0],
      null,
      undefined,
      8,
      "1234",
    ];
    for (const target of wrong) {
      await assert.rejects(stream.readInto(target as Int16Array), TypeError);
      assert.throws(() => stream.tryReadInto(target as Int16Array), TypeError);
    }
    for (const target of [new Int16Array(0), new Int16Array(3), new Uint8Array(6)]) {
      await assert.rejects(stream.readInto(target), RangeError);
      assert.throws(() => stream.tryReadInto(target), RangeError);
    }
    assert.equal(await stream.readInto(new Int16Array(2)), 1);
  });
});

describe("states", { concurrency: 4, timeout: 60_000 }, () => {
  test("a stream is born stopped, runs, stops, goes on where it was, and closes", async () => {
    await using stream = await InputStream.open({ device: PACED, format: "int16" });
    assert.equal(stream.state, "stopped");
    assert.equal(stream.position, 0);
    await stream.start();
    assert.equal(stream.state, "running");
    const target = new Int16Array(400);
    assert.equal(await stream.readInto(target), 400);
    await stream.stop();
    assert.equal(stream.state, "stopped");
    // What came until then can be read; then there is no more.
    let position = 400;
    for (let frames = -1; frames !== 0; ) {
      frames = await stream.readInto(target);
      assertCounters(target.subarray(0, frames), position);
      position += frames;
    }
    await stream.start();
    assert.equal(await stream.readInto(target), 400);
    assertCounters(target, position, "after the second start");
    await stream.close();
    assert.equal(stream.state, "closed");
  });

  test("a file ends its stream, with a short last block", async () => {
    const folder = await mkdtemp(join(tmpdir(), "roomtone-"));
    try {
      const path = join(folder, "ramp.wav");
      const frames = Int16Array.from({ length: 2050 }, (_, index) => counterAt(index));
      const header = wavHeader(
        { sampleRate: 8000, channels: 1, format: "int16" },
        frames.byteLength,
      );
      await writeFile(path, Buffer.concat([header, new Uint8Array(frames.buffer)]));
      await using stream = await InputStream.open({
        device: `virtual:file?path=${encodeURIComponent(path)}&pace=fast`,
        format: "int16",
        blockFrames: 500,
      });
      assert.deepEqual((await listen(stream)).lengths, [500, 500, 500, 500, 50]);
      assert.equal(stream.state, "closed");

      await using again = await InputStream.open({ device: stream.device, format: "int16" });
      const target = new Int16Array(2000);
      assert.equal(await again.readInto(target), 2000);
      assert.equal(await again.readInto(target), 50);
      assert.equal(await again.readInto(target), 0);
      assert.equal(again.state, "ended");
      await assert.rejects(again.start(), { code: "stream-closed" });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("start, stop and close may be called twice, and at once", async () => {
    const stream = await InputStream.open({ device: PACED, format: "int16" });
    await stream.stop();
    await Promise.all([stream.start(), stream.start()]);
    assert.equal(stream.state, "running");
    await Promise.all([stream.stop(), stream.start(), stream.stop(), stream.stop()]);
    assert.equal(stream.state, "stopped");
    await Promise.all([stream.start(), stream.close(), stream.close()]);
    assert.equal(stream.state, "closed");
    await stream.close();
    await stream.stop();
    await stream[Symbol.asyncDispose]();
    await assert.rejects(stream.start(), { name: "AudioError", code: "stream-closed" });
  });

  test("a stream that was never started closes", async () => {
    const stream = await InputStream.open({ device: PACED });
    await stream.close();
    assert.equal(stream.state, "closed");
  });

  test("a closed stream gives no frame and no block, and does not wait", async () => {
    const stream = await InputStream.open({ device: FAST, format: "int16" });
    await stream.readInto(new Int16Array(10));
    await stream.close();
    assert.equal(await stream.readInto(new Int16Array(10)), 0);
    assert.equal(stream.tryReadInto(new Int16Array(10)), 0);
    for await (const block of stream) {
      assert.fail(`a closed stream gave a block at ${block.position}`);
    }
  });

  test("close ends a read that waits", async () => {
    const stream = await InputStream.open({ device: MUTE, format: "int16" });
    const reading = stream.readInto(new Int16Array(100));
    await sleep(50);
    await stream.close();
    assert.equal(await reading, 0);
  });

  test("stop ends a read that waits", async () => {
    await using stream = await InputStream.open({ device: MUTE, format: "int16" });
    const reading = stream.readInto(new Int16Array(100));
    await sleep(50);
    await stream.stop();
    assert.equal(await reading, 0);
  });

  test("stop while iterating ends the loop behind the last frame that came", async () => {
    const stream = await InputStream.open({ device: PACED, format: "int16", blockFrames: 100 });
    let end = 0;
    for await (const block of stream) {
      assert.equal(block.position, end);
      assertCounters(block.samples, block.position);
      end += block.length;
      if (end === 500) {
        await stream.stop();
      }
    }
    assert.ok(end >= 500, `${end} frames`);
    assert.equal(stream.state, "closed");
  });

  test("break gives the device back", async () => {
    const stream = await InputStream.open({ device: FAST });
    for await (const block of stream) {
      assert.equal(block.position, 0);
      break;
    }
    assert.equal(stream.state, "closed");
  });

  test("an error in the loop gives the device back and comes out as it was", async () => {
    const stream = await InputStream.open({ device: FAST });
    const mine = new Error("mine");
    await assert.rejects(
      async () => {
        for await (const block of stream) {
          assert.equal(block.position, 0);
          throw mine;
        }
      },
      (error) => error === mine,
    );
    assert.equal(stream.state, "closed");
  });

  test("await using gives the device back", async () => {
    let kept: InputStream;
    {
      await using stream = await InputStream.open({ device: FAST });
      await stream.start();
      kept = stream;
    }
    assert.equal(kept.state, "closed");
  });

  test("many streams are open at once, each with all its frames", async () => {
    const streams = await Promise.all(
      Array.from({ length: 8 }, () => InputStream.open({ device: FAST, format: "int16" })),
    );
    const ends = await Promise.all(streams.map(async (stream) => (await listen(stream, 8000)).end));
    assert.deepEqual(
      ends,
      Array.from({ length: 8 }, () => 8000),
    );
  });
});

describe("two readers of one stream", { concurrency: 4, timeout: 30_000 }, () => {
  test("a reader that comes while the first one starts the stream gets frames too", async () => {
    await using stream = await InputStream.open({ device: PACED, format: "int16" });
    const first = stream.readInto(new Int16Array(80));
    await new Promise((resolve) => setImmediate(resolve));
    const second = stream.readInto(new Int16Array(80));
    assert.deepEqual(await Promise.all([first, second]), [80, 80]);
  });

  for (const device of [FAST, PACED]) {
    test(`each frame comes to one of them, and no other one (${device})`, async () => {
      const stream = await InputStream.open({ device, format: "int16", blockFrames: 40 });
      await stream.start();
      const counters: number[] = [];
      const iterate = async (): Promise<void> => {
        for await (const block of stream) {
          counters.push(...block.samples);
          if (counters.length > 4000) {
            break;
          }
        }
      };
      const read = async (): Promise<void> => {
        for (let frames = -1; frames !== 0; ) {
          const target = new Int16Array(40);
          frames = await stream.readInto(target);
          counters.push(...target.subarray(0, frames));
        }
      };
      await Promise.all([iterate(), iterate(), read(), read()]);
      counters.sort((a, b) => a - b);
      assertCounters(counters, 0, "all readers together");
      assert.equal(stream.state, "closed");
    });
  }
});

describe("signals", { concurrency: 4, timeout: 30_000 }, () => {
  test("a signal that had aborted before is the error, as it is", async () => {
    const reason = new Error("mine");
    await assert.rejects(
      InputStream.open({ device: FAST, signal: AbortSignal.abort(reason) }),
      (error) => error === reason,
    );
    await assert.rejects(InputStream.open({ device: FAST, signal: AbortSignal.abort() }), {
      name: "AbortError",
    });
  });

  test("a signal that aborts while the stream is being opened lets nothing run", async () => {
    const controller = new AbortController();
    const reason = new Error("mine");
    const opening = InputStream.open({ device: PACED, format: "int16", signal: controller.signal });
    controller.abort(reason);
    let stream: InputStream;
    try {
      stream = await opening;
    } catch (error) {
      assert.equal(error, reason);
      return;
    }
    await using opened = stream;
    await opened.start().catch((error: unknown) => assert.equal(error, reason));
    assert.notEqual(opened.state, "running");
    assert.equal(await opened.readInto(new Int16Array(10)), 0);
  });

  test("a signal that aborts before the start lets nothing run", async () => {
    const controller = new AbortController();
    await using stream = await InputStream.open({ device: PACED, signal: controller.signal });
    controller.abort();
    assert.equal(await stream.readInto(new Float32Array(10)), 0);
    assert.equal(stream.state, "stopped");
  });

  test("a signal that aborts while it runs ends the loop behind the last frame", async () => {
    const controller = new AbortController();
    const stream = await InputStream.open({
      device: PACED,
      format: "int16",
      signal: controller.signal,
    });
    setTimeout(() => controller.abort(), 250);
    const { end, error } = await listen(stream);
    assert.equal(error, undefined);
    assert.ok(end > 400 && end < 40_000, `${end} frames`);
    assert.equal(stream.state, "closed");
  });

  test("a signal that aborts ends a read that waits", async () => {
    await using stream = await InputStream.open({
      device: MUTE,
      format: "int16",
      signal: AbortSignal.timeout(60),
    });
    assert.equal(await stream.readInto(new Int16Array(100)), 0);
  });

  test("a closed stream has let go of its signal", async () => {
    const { signal } = new AbortController();
    const stream = await InputStream.open({ device: FAST, signal });
    await stream.close();
    assert.equal(getEventListeners(signal, "abort").length, 0);
  });
});

describe("a busy main thread", { timeout: 30_000 }, () => {
  test("frames that the ring could not hold are one gap at its place", async () => {
    await using stream = await InputStream.open({
      device: PACED,
      format: "int16",
      // 825 frames: no whole number of what the device gives at once.
      bufferSeconds: 0.103125,
      blockFrames: 200,
    });
    await stream.start();
    block(500);
    const { gaps, end } = await listen(stream, 6000);
    const [gap] = gaps;
    assert.ok(gap !== undefined);
    assert.equal(gap.cause, "buffer-full");
    // Nobody read until the ring was full.
    assert.equal(gap.position, 825);
    assert.ok(gap.frames > 1600 && gap.frames < 6000, `${gap.frames} frames`);
    assert.ok(gaps.every(({ cause }) => cause === "buffer-full"));
    assert.ok(end >= 6000);
  });

  test("nothing is lost within the depth of the ring", async () => {
    await using stream = await InputStream.open({
      device: PACED,
      format: "int16",
      bufferSeconds: 2,
    });
    await stream.start();
    block(700);
    const { gaps } = await listen(stream, 8000);
    assert.deepEqual(gaps, []);
  });
});

describe("options", { concurrency: 4, timeout: 30_000 }, () => {
  type Name = keyof InputStreamOptions;
  const wrongType: Readonly<Record<Name, readonly unknown[]>> = {
    device: [null, true, {}, [], 1n, Symbol("x"), { id: "x" }],
    channels: [null, "1", true, {}, ["0"], [0, null]],
    latency: [null, true, {}, [], 1n],
    bufferSeconds: [null, "10", {}, true],
    onBlock: [null, true, {}, "f"],
    ...COMMON_WRONG_TYPE,
  };
  const outOfRange: Readonly<Record<Name, readonly unknown[]>> = {
    device: [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "", "virtual:nosuch", "virtual:ramp?x"],
    channels: [0, -1, 1.5, 3, 4097, Number.NaN, [], [-1], [0.5], [2], [0, 0], [4096]],
    latency: ["medium", "", 0, -1, 10.5, Number.NaN, Number.POSITIVE_INFINITY],
    bufferSeconds: [0, -1, 601, Number.NaN, Number.POSITIVE_INFINITY],
    onBlock: [],
    ...COMMON_OUT_OF_RANGE,
  };
  for (const [table, kind] of [
    [wrongType, TypeError],
    [outOfRange, RangeError],
  ] as const) {
    for (const [name, values] of Object.entries(table)) {
      for (const value of values) {
        test(`${name}: ${shown(value)} is a ${kind.name}`, async () => {
          const options: unknown = { device: FAST, [name]: value };
          const error = await refusal(options);
          assert.ok(error instanceof kind, `got ${String(error)}`);
          assert.ok(error.message.length > 20, error.message);
        });
      }
    }
  }

  test("an unknown option is an error that names the nearest known one", async () => {
    const options: unknown = { device: FAST, samplerate: 8000 };
    const error = await refusal(options);
    assert.ok(error instanceof TypeError);
    assert.match(error.message, /unknown option `samplerate`.*did you mean `sampleRate`/);
  });

  test("options that are no object are a TypeError", async () => {
    for (const options of [null, 5, "virtual:ramp", [], true]) {
      assert.ok((await refusal(options)) instanceof TypeError);
    }
  });

  test("undefined stands for an option that is not given", async () => {
    const options: unknown = Object.fromEntries(
      Object.keys(wrongType).map((name) => [name, name === "device" ? FAST : undefined]),
    );
    const stream = await InputStream.open(options as InputStreamOptions);
    await stream.close();
  });

  test("a ring of more memory than there can be is a RangeError", async () => {
    const device = "virtual:ramp?channels=64&rate=192000";
    const error = await refusal({ device, channels: 64, bufferSeconds: 600 });
    assert.ok(error instanceof RangeError);
    assert.match(error.message, /bufferSeconds/);
  });

  test("the values at the ends of the ranges work", async () => {
    const ends: readonly InputStreamOptions[] = [
      { sampleRate: 1, blockFrames: 1 },
      { sampleRate: 768_000, bufferSeconds: 0.001 },
      { blockFrames: 2 ** 20 },
      { latency: 10 },
      { latency: 0.001 },
      { latency: "low" },
      { channels: [1] },
    ];
    for (const options of ends) {
      await using stream = await InputStream.open({ device: FAST, ...options });
      assert.ok((await stream.readInto(new Uint8Array(4))) > 0, JSON.stringify(options));
    }
  });
});
