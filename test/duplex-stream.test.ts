import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type DuplexBlock, DuplexStream, type DuplexStreamOptions } from "../src/index.js";
import { describe as shown } from "../src/options.js";
import { counters, newLoopback } from "./rig/loopback.js";
import { COMMON_OUT_OF_RANGE, COMMON_WRONG_TYPE } from "./rig/wrong-options.js";

/** 100 frames from being played to being heard. */
const FAST = "virtual:loopback?rate=8000&pace=fast&latency=0.0125";
const LATENCY = 100;

function open(options: DuplexStreamOptions): Promise<DuplexStream> {
  return DuplexStream.open({ format: "int16", ...options });
}

async function refusal(options: unknown): Promise<unknown> {
  let stream: DuplexStream;
  try {
    stream = await DuplexStream.open(options as DuplexStreamOptions);
  } catch (error) {
    return error;
  }
  await stream.close();
  return "a stream that opened";
}

describe("time", { concurrency: 4, timeout: 60_000 }, () => {
  test("output frame k is input frame k + latency: before the start, behind it, to the end", async () => {
    await using stream = await open({ device: FAST });
    await stream.write(counters(1, 1000));
    assert.equal(stream.state, "stopped");
    assert.equal(stream.outputPosition, 1000);
    await stream.start();
    await stream.write(counters(1001, 2000));
    const heard = new Int16Array(LATENCY + 3000);
    assert.equal(await stream.readInto(heard), heard.length);
    assert.deepEqual([...heard], [...new Int16Array(LATENCY), ...counters(1, 3000)]);
    assert.equal(stream.position, heard.length);
  });

  test("what stop plays is heard and can be read", async () => {
    await using stream = await open({ device: FAST, bufferSeconds: 20 });
    await stream.write(counters(1, 30_000));
    await stream.start();
    await stream.write(new Int16Array(100_000).fill(7));
    await stream.stop();
    const heard = new Int16Array(LATENCY + 130_000);
    assert.equal(await stream.readInto(heard), heard.length);
    assert.equal(heard[LATENCY], 1);
    assert.equal(heard.at(-1), 7);
    assert.equal(await stream.readInto(new Int16Array(1)), 0);
  });

  test("stop does not wait for ever for a reader that does not come", async () => {
    await using stream = await open({ device: FAST, bufferSeconds: 40 });
    // More than the queues of both directions and the device between them hold.
    await stream.write(new Int16Array(320_000));
    await stream.start();
    await stream.write(new Int16Array(320_000));
    await stream.write(new Int16Array(200_000));
    await assert.rejects(stream.stop(), { name: "AudioError", code: "stalled" });
    assert.equal(stream.state, "stopped");
    assert.equal(stream.stats.output?.queuedFrames, 0);
  });

  test("outputTime of a block tells when its answer is heard", async () => {
    const device = newLoopback();
    await using stream = await open({ device, blockFrames: 80, latency: 0.2 });
    const latency = Number(new URLSearchParams(device.split("?")[1]).get("latency")) * 1000;
    assert.ok(Number.isNaN(stream.outputTime));
    let promised: number | undefined;
    for await (const block of stream) {
      assert.equal(block.inputTime, block.time);
      const loud = block.samples.findIndex((sample) => sample !== 0);
      if (promised !== undefined && loud !== -1) {
        const heard = block.time + (loud / 8000) * 1000;
        assert.ok(Math.abs(heard - latency - promised) < 100, `${heard} ${promised} ${latency}`);
        break;
      }
      if (promised === undefined && block.position >= 1600) {
        promised = block.outputTime;
        assert.equal(stream.tryWrite(Int16Array.of(9000)), 1);
      }
    }
    assert.equal(stream.state, "closed");
  });

  test("outputTime stays true behind an abort", async () => {
    await using stream = await open({ device: newLoopback(), latency: 0.2 });
    await stream.write(new Int16Array(40_000));
    await stream.start();
    assert.ok(stream.outputTime - performance.now() > 3000);
    await stream.abort();
    await stream.start();
    const ahead = stream.outputTime - performance.now();
    assert.ok(ahead < 2000, `${ahead}`);
  });

  test("loses no input while the main thread computes for a second", async () => {
    await using stream = await open({ device: newLoopback() });
    await stream.start();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
    const target = new Int16Array(7200);
    assert.equal(await stream.readInto(target), 7200);
    assert.equal(stream.droppedFrames, 0);
    assert.equal(stream.droppedBefore, 0);
    assert.equal(stream.stats.output?.underflows, 0);
  });
});

describe("blocks", { concurrency: 4, timeout: 60_000 }, () => {
  test("an echo in the loop brings everything back, again and again", async () => {
    await using stream = await open({ device: FAST, blockFrames: 50 });
    await stream.write(counters(1, LATENCY));
    const heard: number[] = [];
    for await (const block of stream) {
      heard.push(...block.samples);
      await stream.write(block.bytes);
      if (heard.length >= 5 * LATENCY) {
        break;
      }
    }
    // What was written first is heard after the latency, and its echo behind what was heard before it.
    const round = [...new Int16Array(LATENCY), ...counters(1, LATENCY)];
    assert.deepEqual(heard.slice(0, 400), [...round, ...round]);
    assert.equal(stream.state, "closed");
  });

  test("onBlock does the same, and may close the stream", async () => {
    const heard: number[] = [];
    let stream: DuplexStream | undefined;
    stream = await open({
      device: FAST,
      blockFrames: 50,
      onBlock(block: DuplexBlock) {
        heard.push(...block.samples);
        assert.equal(stream?.tryWrite(block.bytes), block.length);
        if (heard.length === 400) {
          void stream?.close();
        }
      },
    });
    stream.tryWrite(counters(1, LATENCY));
    await stream.start();
    await stream.finished;
    const round = [...new Int16Array(LATENCY), ...counters(1, LATENCY)];
    assert.deepEqual(heard, [...round, ...round]);
    assert.equal(stream.state, "closed");
  });

  test("a block is 128 frames unless told otherwise", async () => {
    await using stream = await open({ device: FAST });
    assert.equal(stream.blockFrames, 128);
  });

  test("break, an error and close in the loop give the device back", async () => {
    for (const way of ["break", "throw", "close"] as const) {
      const stream = await open({ device: newLoopback() });
      const mine = new Error("mine");
      const loop = async (): Promise<void> => {
        for await (const block of stream) {
          assert.equal(block.position, 0);
          if (way === "break") {
            break;
          }
          if (way === "throw") {
            throw mine;
          }
          await stream.close();
        }
      };
      assert.equal(
        await loop().catch((error: unknown) => error),
        way === "throw" ? mine : undefined,
      );
      assert.equal(stream.state, "closed");
    }
  });

  test("an unplugged device ends reads and writes with device-lost", async () => {
    await using stream = await open({ device: `${newLoopback()}&unplug=0.2` });
    await stream.start();
    const target = new Int16Array(4000);
    const frames = await stream.readInto(target);
    assert.equal(frames, 1600);
    await assert.rejects(stream.readInto(target), { code: "device-lost" });
    await assert.rejects(stream.write(counters(1, 1)), { code: "device-lost" });
    assert.equal(stream.state, "failed");
  });
});

describe("channels and devices", { concurrency: 4, timeout: 60_000 }, () => {
  test("both directions may have channels of their own", async () => {
    await using stream = await open({
      device: `${FAST}&channels=4`,
      inputChannels: [3, 2, 0],
      outputChannels: [2, 3],
    });
    assert.equal(stream.inputChannels, 3);
    assert.equal(stream.outputChannels, 2);
    await stream.write(Int16Array.of(1, 2, 3, 4));
    await stream.start();
    const heard = new Int16Array((LATENCY + 2) * 3);
    assert.equal(await stream.readInto(heard), LATENCY + 2);
    assert.deepEqual([...heard.subarray(LATENCY * 3)], [2, 1, 0, 4, 3, 0]);
  });

  test("two virtual devices are refused with the reason, and a real one beside a virtual one", async () => {
    const two = await refusal({ inputDevice: FAST, outputDevice: newLoopback() });
    assert.match(String(two), /format-not-supported|must be the same virtual device/);
    const mixed = await refusal({ inputDevice: FAST, outputDevice: "hw:0" });
    assert.ok(mixed instanceof RangeError);
    assert.match(mixed.message, /same host/);
    assert.match(String(await refusal({ device: "virtual:sink" })), /input/);
    assert.match(String(await refusal({ device: "virtual:ramp" })), /output/);
  });
});

describe("options", { concurrency: 4, timeout: 60_000 }, () => {
  const channels = [null, "1", {}, true, ["0"]];
  const wrongType: Readonly<Record<keyof DuplexStreamOptions, readonly unknown[]>> = {
    ...COMMON_WRONG_TYPE,
    device: [null, true, {}],
    inputDevice: [null, true],
    outputDevice: [null, true],
    channels,
    inputChannels: channels,
    outputChannels: channels,
    latency: [null, {}],
    bufferSeconds: [null, "1"],
    onBlock: [null, {}, "x"],
  };
  const wrongNumbers = [0, -1, 1.5, 3, [], [2], [0, 0]];
  const outOfRange: Readonly<Record<keyof DuplexStreamOptions, readonly unknown[]>> = {
    ...COMMON_OUT_OF_RANGE,
    device: [""],
    inputDevice: [""],
    outputDevice: [""],
    channels: [0, -1, 1.5, [], [0, 0]],
    inputChannels: wrongNumbers,
    outputChannels: wrongNumbers,
    latency: ["fast", 0, 11],
    bufferSeconds: [0, 601],
    onBlock: [],
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
});
