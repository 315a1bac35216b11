import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { DuplexStream, InputStream, OutputStream } from "../src/index.js";
import { assertCounters } from "./rig/counter.js";

const FAST = "virtual:ramp?rate=8000&pace=fast";
const PACED = "virtual:ramp?rate=8000";

describe("stats", { concurrency: 4, timeout: 60_000 }, () => {
  test("of an input that was never started are all 0", async () => {
    await using stream = await InputStream.open({ device: FAST, latency: 0.5, bufferSeconds: 3 });
    const { cpuLoad, ...rest } = stream.stats;
    assert.equal(cpuLoad, 0);
    assert.deepEqual(rest, {
      input: {
        frames: 0,
        droppedFrames: 0,
        gaps: 0,
        overruns: 0,
        stalls: 0,
        clippedSamples: 0,
        bufferedFrames: 0,
        bufferFrames: 24_000,
        timeUncertainty: 0,
        latency: { asked: 0.5, reported: 0 },
      },
      realTime: "not-asked",
    });
  });

  test("of an output are all 0 too, and those of a duplex stream have both sides", async () => {
    const device = "virtual:loopback?rate=8000";
    await using output = await OutputStream.open({ device, latency: 0.5 });
    const { input, output: played } = output.stats;
    assert.equal(input, undefined);
    assert.deepEqual(played, {
      frames: 0,
      underflows: 0,
      silentFrames: 0,
      clippedSamples: 0,
      queuedFrames: 0,
      latency: { asked: 0.5, reported: 0.5 },
    });
    await using duplex = await DuplexStream.open({ device });
    assert.deepEqual(Object.keys(duplex.stats).sort(), ["cpuLoad", "input", "output", "realTime"]);
    assert.equal(duplex.stats.input?.latency.asked, "low");
  });

  test("count frames, overruns and gaps as the reader finds them", async () => {
    await using stream = await InputStream.open({
      device: `${FAST}&overrun=0.1:50&overrun=0.2:30&stall=0.3:0.1&unplug=1`,
      format: "int16",
    });
    let lost = 0;
    let gaps = 0;
    await assert.rejects(
      async () => {
        for await (const block of stream) {
          lost += block.droppedBefore;
          gaps += block.droppedBefore > 0 ? 1 : 0;
        }
      },
      { code: "device-lost" },
    );
    const { frames, droppedFrames, overruns, bufferedFrames } = stream.stats.input ?? {};
    assert.deepEqual([frames, droppedFrames, overruns, bufferedFrames], [8000, 880, 2, 0]);
    assert.equal(lost, 880);
    assert.equal(stream.stats.input?.gaps, gaps);
  });

  test("tell the load of the audio thread as a share, and an uncertainty of times", async () => {
    await using stream = await InputStream.open({ device: PACED });
    await stream.start();
    while (stream.stats.cpuLoad === 0) {
      await sleep(50);
    }
    assert.ok(stream.stats.cpuLoad <= 1);
    assert.ok((stream.stats.input?.timeUncertainty ?? -1) >= 0);
  });

  test("are a snapshot, and stay after the end", async () => {
    const stream = await InputStream.open({ device: FAST });
    const before = stream.stats;
    await stream.readInto(new Float32Array(100));
    await stream.close();
    assert.equal(before.input?.frames, 0);
    assert.ok((stream.stats.input?.frames ?? 0) >= 100);
  });
});

describe("a reader that is late for longer than the buffer", {
  concurrency: 4,
  timeout: 60_000,
}, () => {
  test("loses the newest frames, counted once, at their place", async () => {
    await using stream = await InputStream.open({
      device: PACED,
      format: "int16",
      bufferSeconds: 0.1,
      latency: 0.05,
    });
    await stream.start();
    while ((stream.stats.input?.droppedFrames ?? 0) < 1600) {
      await sleep(20);
    }
    // The queue holds two blocks at least, of 400 frames each.
    assert.equal(stream.stats.input?.bufferedFrames, 800);
    const target = new Int16Array(1600);
    assert.equal(await stream.readInto(target), 800);
    assertCounters(target.subarray(0, 800), 0);
    assert.equal(stream.droppedBefore, 0);
    const frames = await stream.readInto(target);
    assert.ok(frames > 0);
    const lost = stream.droppedBefore;
    assert.ok(lost >= 1600);
    assertCounters(target.subarray(0, frames), 800 + lost);
    assert.equal(stream.droppedFrames, lost);
    assert.equal(stream.position, 800 + lost + frames);
  });

  test("goes on to get frames also when the buffer is smaller than what comes at once", async () => {
    await using stream = await InputStream.open({
      device: PACED,
      format: "int16",
      bufferSeconds: 0.001,
      blockFrames: 10,
    });
    let end = 0;
    for await (const block of stream) {
      assert.equal(block.position, end + block.droppedBefore);
      assertCounters(block.samples, block.position);
      end = block.position + block.length;
      if (end > 4000) {
        break;
      }
    }
    assert.equal(stream.stats.input?.bufferFrames, 20);
    assert.ok(stream.droppedFrames > 0);
  });

  test("a source without a clock waits for it instead", async () => {
    await using stream = await InputStream.open({
      device: FAST,
      format: "int16",
      bufferSeconds: 0.001,
      blockFrames: 10,
    });
    await stream.start();
    await sleep(100);
    const target = new Int16Array(5000);
    assert.equal(await stream.readInto(target), 5000);
    assertCounters(target, 0);
    assert.equal(stream.stats.input?.droppedFrames, 0);
  });
});
