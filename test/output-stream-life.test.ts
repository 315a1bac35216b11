import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { AudioError, OutputStream, type OutputStreamOptions } from "../src/index.js";
import { counters, int16s, listenTo, newLoopback } from "./rig/loopback.js";
import { seededRandom } from "./rig/random.js";

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

function codeOf(error: unknown): string | undefined {
  return error instanceof AudioError ? error.code : undefined;
}

describe("drain", { concurrency: 6, timeout: 60_000 }, () => {
  test("does not resolve before the device has played all", async () => {
    await using stream = await open({ device: "virtual:sink?rate=8000&stall=0.05:60" });
    await stream.write(counters(1, 500));
    const draining = assert.rejects(stream.drain(), { code: "stream-stopped" });
    assert.ok(await isPending(draining));
    await stream.abort();
    await draining;
  });

  test("resolves twice, at once, and again for later frames", async () => {
    await using stream = await open({ device: PACED });
    await stream.write(counters(1, 500));
    await Promise.all([stream.drain(), stream.drain()]);
    await stream.drain();
    void stream.write(counters(1, 500));
    await stream.drain();
    assert.equal(stream.stats.output?.frames, 1000);
  });

  test("with nothing written resolves and starts nothing", async () => {
    await using stream = await open({ device: STUCK });
    await stream.drain();
    assert.equal(stream.state, "stopped");
    await stream.start();
    await stream.drain();
  });

  test("starts a stream that has frames and was never started", async () => {
    await using stream = await open({ device: PACED });
    assert.equal(stream.tryWrite(counters(1, 100)), 100);
    await stream.drain();
    assert.equal(stream.stats.output?.frames, 100);
  });

  test("resolves when a stop has played all, and rejects for frames that a stopped stream holds", async () => {
    await using stream = await open({ device: PACED });
    await stream.write(counters(1, 500));
    const draining = stream.drain();
    await stream.stop();
    await draining;
    await stream.drain();
    await stream.write(counters(1, 10));
    await assert.rejects(stream.drain(), { code: "stream-stopped" });
    await stream.start();
    await stream.drain();
    assert.equal(stream.stats.output?.frames, 510);
  });

  test("rejects on a closed stream, also one that is closed meanwhile", async () => {
    const stream = await open({ device: STUCK });
    await stream.write(counters(1, 500));
    const draining = assert.rejects(stream.drain(), { code: "stream-closed" });
    await stream.close();
    await draining;
    await assert.rejects(stream.drain(), { code: "stream-closed" });
  });
});

describe("states", { concurrency: 6, timeout: 60_000 }, () => {
  test("stop plays the rest, also of a write that waits", async () => {
    const device = newLoopback();
    await using ear = await listenTo(device, "int16");
    await using stream = await open({ device, bufferSeconds: 0.1 });
    const writing = stream.write(counters(1, 3000));
    await stream.start();
    await stream.stop();
    await writing;
    assert.equal(stream.state, "stopped");
    assert.equal(stream.stats.output?.frames, 3000);
    assert.deepEqual(int16s(await ear.hear(3000)), [...counters(1, 3000)]);
  });

  test("stop ends although somebody goes on to write", async () => {
    await using stream = await open({ device: PACED, bufferSeconds: 0.1 });
    let stopped: unknown;
    const writing = (async () => {
      try {
        for (;;) {
          await stream.write(counters(1, 200));
        }
      } catch (error) {
        stopped = error;
      }
    })();
    await sleep(50);
    await stream.stop();
    await writing;
    assert.equal(codeOf(stopped), "stream-stopped");
    assert.equal(stream.stats.output?.queuedFrames, 800);
  });

  test("abort drops what is queued and the rest of a write: none of it is heard afterwards", async () => {
    const device = newLoopback();
    await using ear = await listenTo(device, "int16");
    await using stream = await open({ device, bufferSeconds: 0.05, blockFrames: 20 });
    for (let round = 0; round < 10; round++) {
      const writes = Promise.allSettled([
        stream.write(counters(1, 20_000)),
        stream.write(counters(20_001, 10_000)),
      ]);
      if (round === 0) {
        await ear.hear(1);
      } else {
        await stream.start();
      }
      const aborting = stream.abort();
      // Called after the abort: for the time after it.
      const kept = stream.write(Int16Array.of(-round - 1));
      await aborting;
      assert.deepEqual(
        (await writes).map((end) => (end.status === "rejected" ? codeOf(end.reason) : end.status)),
        ["stream-stopped", "stream-stopped"],
      );
      await kept;
      assert.equal(stream.stats.output?.queuedFrames, 1);
      await stream.start();
      await stream.drain();
      await stream.stop();
      for (let sample = 1, last = round === 0 ? 1 : 0; sample !== -round - 1; last = sample) {
        [sample = 0] = int16s(await ear.hear(1));
        assert.ok(sample === -round - 1 || sample === 1 || sample === last + 1, `${sample}`);
        assert.ok(sample <= 20_000, "the second write had not begun");
      }
    }
  });

  test("abort and close cut a stop short that plays out", async () => {
    for (const verb of ["abort", "close"] as const) {
      await using stream = await open({ device: STUCK, bufferSeconds: 600 });
      await stream.write(counters(1, 30_000));
      const draining = assert.rejects(stream.drain(), { name: "AudioError" });
      const stopping = stream.stop();
      assert.ok(await isPending(stopping));
      await stream[verb]();
      await stopping;
      await draining;
      assert.equal(stream.state, verb === "abort" ? "stopped" : "closed");
    }
  });

  test("start, stop, abort and close may be called in any order, twice, and at once", async () => {
    const random = seededRandom(11);
    const verbs = ["start", "stop", "abort"] as const;
    for (let round = 0; round < 20; round++) {
      const stream = await open({ device: PACED, bufferSeconds: 0.1 });
      const calls = Array.from({ length: 8 }, () => {
        void stream.write(counters(1, 1 + random(300))).catch(() => {});
        void stream.drain().catch(() => {});
        return stream[verbs[random(3)] ?? "start"]();
      });
      await Promise.all(calls);
      assert.ok(stream.state === "running" || stream.state === "stopped");
      await Promise.all([stream.close(), stream.close()]);
      await stream.close();
      assert.equal(stream.state, "closed");
      await stream.stop();
      await stream.abort();
      await assert.rejects(stream.start(), { code: "stream-closed" });
      await assert.rejects(stream.write(counters(1, 1)), { code: "stream-closed" });
      assert.throws(() => stream.tryWrite(counters(1, 1)), { code: "stream-closed" });
      await stream.finished;
    }
  });

  test("an unplugged device ends writes, drains and stops with device-lost", async () => {
    for (const verb of ["write", "drain", "stop"] as const) {
      await using stream = await open({ device: `${PACED}&unplug=0.2`, bufferSeconds: 1 });
      await stream.write(counters(1, 8000));
      const act = verb === "write" ? stream.write(counters(1, 16_000)) : stream[verb]();
      await assert.rejects(act, { name: "AudioError", code: "device-lost" }, verb);
      assert.equal(stream.state, "failed");
      await assert.rejects(stream.write(counters(1, 1)), { code: "device-lost" });
      await assert.rejects(stream.drain(), { code: "device-lost" });
      await assert.rejects(stream.finished, { code: "device-lost" });
      await stream.stop();
      await stream.abort();
    }
  });

  test("a device that comes back plays on, and the time between is silence at its place", async () => {
    const device = "virtual:sink?rate=8000&unplug=0.2&replug=0.4";
    await using stream = await open({ device, onDeviceLost: "wait", latency: 0.5 });
    await stream.write(counters(1, 8000));
    await stream.drain();
    assert.equal(stream.stats.output?.frames, 8000);
    const [underflow, ...others] = stream.underflows;
    assert.deepEqual(others, []);
    // It went away behind 1,600 frames with 4,000 more at most in its buffer, and is there again 1,600 later.
    assert.ok(underflow !== undefined);
    assert.ok(underflow.position >= 4000 && underflow.position <= 5600, `${underflow.position}`);
    assert.ok(underflow.frames >= 1600, `${underflow.frames}`);
  });
});

describe("signals", { concurrency: 4, timeout: 30_000 }, () => {
  test("a signal that aborts drops what is queued; who writes or drains is told its reason", async () => {
    const controller = new AbortController();
    const reason = new Error("mine");
    await using stream = await open({ device: STUCK, signal: controller.signal });
    const isReason = (error: unknown): boolean => error === reason;
    const waiting = assert.rejects(stream.write(counters(1, 20_000)), isReason);
    const draining = assert.rejects(stream.drain(), isReason);
    await sleep(50);
    controller.abort(reason);
    await Promise.all([waiting, draining]);
    await assert.rejects(stream.write(counters(1, 1)), isReason);
    await assert.rejects(stream.start(), isReason);
    assert.equal(stream.state, "stopped");
    assert.equal(stream.stats.output?.queuedFrames, 0);
  });

  test("a signal that aborts before the start lets nothing run", async () => {
    const controller = new AbortController();
    await using stream = await open({ device: PACED, signal: controller.signal });
    controller.abort();
    await assert.rejects(stream.write(counters(1, 1)), { name: "AbortError" });
    assert.equal(stream.state, "stopped");
    await assert.rejects(open({ device: PACED, signal: controller.signal }), {
      name: "AbortError",
    });
  });
});
