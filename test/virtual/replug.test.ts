import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ENDED, type HostStream } from "../../src/hosts/host.js";
import { virtualDevice } from "../../src/hosts/virtual/spec-text.js";
import { WavWriter } from "../../src/index.js";
import { clockedHost, count, isError, readCount, request, type TestClock } from "./rig.js";

describe("an input with a clock that comes back", () => {
  test("is lost until it is opened anew, and then tells exactly the frames lost until that moment", () => {
    const { stream, clock } = openInput("virtual:ramp?unplug=1&replug=3");
    stream.start();
    clock.now = 1000;
    assert.equal(stream.readAvailable(), 1000);
    assert.deepEqual(readCount(stream, 1000).samples, count(0, 1000));
    for (const now of [1000, 2000, 2999.9]) {
      clock.now = now;
      assert.throws(
        () => stream.readAvailable(),
        isError("device-lost", /frame 1000 until.* 3000/),
      );
      assert.throws(() => stream.reopen(), isError("device-lost"));
    }
    clock.now = 3456;
    assert.throws(() => stream.readAvailable(), isError("device-lost"), "nobody has opened it");
    stream.reopen();
    assert.equal(stream.readAvailable(), 0, "what came before it was opened is lost");
    stream.reopen();
    clock.now = 3470;
    assert.equal(stream.readAvailable(), 14);
    assert.deepEqual(readCount(stream, 14), { samples: count(3456, 14), lost: 2456 });
    assert.equal(stream.lossCause, "device-lost");
    clock.now = 10_000;
    assert.equal(stream.readAvailable(), 6530);
    assert.deepEqual(readCount(stream, 6530), { samples: count(3470, 6530), lost: 0 });
  });

  test("delivers what it heard before, also when it is opened anew before that was read", () => {
    const { stream, clock } = openInput("virtual:ramp?unplug=1&replug=2");
    stream.start();
    clock.now = 2500;
    stream.reopen();
    assert.equal(stream.readAvailable(), 1000);
    assert.deepEqual(readCount(stream, 1000), { samples: count(0, 1000), lost: 0 });
    clock.now = 2510;
    assert.equal(stream.readAvailable(), 10);
    assert.deepEqual(readCount(stream, 10), { samples: count(2500, 10), lost: 1500 });
  });

  test("has later faults, but none that began before it was opened anew", () => {
    const device = "virtual:ramp?stall=0.5:9&overrun=1.5:5000&unplug=1&replug=2&overrun=3:7";
    const { stream, clock } = openInput(device);
    stream.start();
    clock.now = 500;
    assert.equal(stream.readAvailable(), 500);
    readCount(stream, 500);
    clock.now = 1000;
    assert.throws(() => stream.readAvailable(), isError("device-lost"));
    assert.equal(stream.read(new Uint8Array(0), 0), 500);
    assert.equal(stream.lossCause, "stall");
    clock.now = 2000;
    stream.reopen();
    clock.now = 3050;
    assert.equal(stream.readAvailable(), 1000);
    assert.deepEqual(readCount(stream, 1000), { samples: count(2000, 1000), lost: 1000 });
    assert.equal(stream.lossCause, "device-lost");
    assert.equal(stream.readAvailable(), 43);
    assert.deepEqual(readCount(stream, 43), { samples: count(3007, 43), lost: 7 });
    assert.equal(stream.lossCause, "overrun");
  });

  test("cannot be started while it is away, and can again once it was opened anew", () => {
    const { stream, clock } = openInput("virtual:ramp?unplug=1&replug=2");
    stream.start();
    clock.now = 2200;
    stream.abort();
    assert.throws(() => stream.start(), isError("device-lost"));
    stream.reopen();
    stream.start();
    assert.equal(stream.readAvailable(), 1000);
  });

  test("stays away for good without a replugging", () => {
    for (const pace of ["fast", "realtime"]) {
      const { stream, clock } = openInput(`virtual:ramp?pace=${pace}&unplug=0`);
      clock.now = 1e9;
      assert.throws(() => stream.reopen(), isError("device-lost", /frame 0\.$/));
    }
  });
});

describe("a fast input that comes back", () => {
  test("can be opened anew at once, and has lost exactly the frames in between", () => {
    const { stream } = openInput("virtual:ramp?pace=fast&unplug=1&replug=3.5&overrun=4:1");
    stream.start();
    assert.equal(stream.readAvailable(), 1000);
    readCount(stream, 999);
    stream.reopen();
    assert.equal(stream.readAvailable(), 1);
    readCount(stream, 1);
    assert.throws(() => stream.readAvailable(), isError("device-lost"));
    stream.reopen();
    assert.equal(stream.readAvailable(), 500);
    assert.deepEqual(readCount(stream, 500), { samples: count(3500, 500), lost: 2500 });
    assert.equal(stream.lossCause, "device-lost");
    stream.readAvailable();
    assert.deepEqual(readCount(stream, 1), { samples: [4001], lost: 1 });
    assert.equal(stream.lossCause, "overrun");
  });

  test("an absence and a fault at its end are one loss with the cause of the absence", () => {
    const { stream } = openInput("virtual:ramp?pace=fast&unplug=1&replug=2&stall=2:0.5");
    stream.start();
    stream.readAvailable();
    readCount(stream, 1000);
    stream.reopen();
    assert.ok(stream.readAvailable() > 0);
    assert.deepEqual(readCount(stream, 1), { samples: [2500], lost: 1500 });
    assert.equal(stream.lossCause, "device-lost");
  });

  test("a file has lost no more than it had, and then ends", async () => {
    const folder = await mkdtemp(join(tmpdir(), "roomtone-"));
    try {
      const path = join(folder, "3-seconds.wav");
      const writer = await WavWriter.create(path, {
        sampleRate: 1000,
        channels: 1,
        format: "int16",
      });
      await writer.write(Int16Array.from({ length: 3000 }, (_, index) => index));
      await writer.close();
      for (const [replugAt, lost] of [
        [2, 1000],
        [5, 2000],
      ] as const) {
        const device = virtualDevice("file", { path, pace: "fast", unplugAt: 1, replugAt });
        const { stream } = openInput(device);
        stream.start();
        assert.equal(stream.readAvailable(), 1000);
        readCount(stream, 1000);
        assert.throws(() => stream.readAvailable(), isError("device-lost"));
        stream.reopen();
        const rest = stream.readAvailable();
        assert.equal(rest, replugAt === 2 ? 1000 : ENDED);
        const frames = Math.max(0, rest);
        assert.deepEqual(readCount(stream, frames), { samples: count(2000, frames), lost });
        assert.equal(stream.lossCause, "device-lost");
        assert.equal(stream.readAvailable(), ENDED);
        stream.close();
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe("a sink that comes back", () => {
  test("with a clock loses what was queued, and tells the silence since it was unplugged", () => {
    const { stream, clock } = openOutput("virtual:sink?unplug=1&replug=2");
    stream.start();
    clock.now = 990;
    assert.equal(writeAll(stream), 990);
    clock.now = 999;
    assert.equal(stream.writeAvailable(), 9);
    clock.now = 1000;
    for (const call of [
      () => stream.writeAvailable(),
      () => stream.write(new Uint8Array(2), 1),
      () => stream.reopen(),
    ]) {
      assert.throws(call, isError("device-lost"));
    }
    clock.now = 2100;
    assert.throws(() => stream.writeAvailable(), isError("device-lost"));
    stream.reopen();
    assert.equal(stream.writeAvailable(), 50, "what was queued is lost");
    clock.now = 2150;
    assert.equal(writeAll(stream), 1150);
    clock.now = 2200;
    assert.equal(writeAll(stream), 0);
  });

  test("with a clock counts the silence from before the unplugging too", () => {
    const { stream, clock } = openOutput("virtual:sink?unplug=1&replug=2");
    writeAll(stream);
    stream.start();
    clock.now = 2000;
    stream.reopen();
    assert.equal(writeAll(stream), 1950);
  });

  test("without a clock takes exactly the frames before the unplugging, and can be opened anew at once", () => {
    const { stream } = openOutput("virtual:sink?pace=fast&stall=0.1:0.5&unplug=1&replug=3");
    stream.start();
    // Of the second before the unplugging, half was a stall.
    assert.equal(stream.writeAvailable(), 500);
    assert.equal(writeAll(stream), 0);
    assert.throws(() => stream.writeAvailable(), isError("device-lost"));
    stream.reopen();
    assert.equal(stream.writeAvailable(), 65_536);
    assert.equal(writeAll(stream), 2000);
    assert.equal(writeAll(stream), 0);
  });

  test("is not played on by a stop while it is away", () => {
    const { stream, clock } = openOutput("virtual:sink?unplug=1&replug=1.03");
    stream.start();
    clock.now = 999;
    writeAll(stream);
    clock.now = 1005;
    stream.stop();
    assert.throws(() => stream.reopen(), isError("device-lost"), "device time stands at 1.005 s");
  });
});

function openInput(device: string): { stream: HostStream; clock: TestClock } {
  const { host, clock } = clockedHost();
  return { stream: host.open(request({ device, input: 1, framesPerBuffer: 1 })), clock };
}

function openOutput(device: string): { stream: HostStream; clock: TestClock } {
  const { host, clock } = clockedHost();
  return { stream: host.open(request({ device, output: 1 })), clock };
}

/** Fills the device; returns the silence before that. */
function writeAll(stream: HostStream): number {
  const room = stream.writeAvailable();
  return stream.write(new Uint8Array(room * 2), room);
}
