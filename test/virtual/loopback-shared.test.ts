import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { bytesPerSample, SAMPLE_FORMATS } from "../../src/format.js";
import type { HostStream } from "../../src/hosts/host.js";
import { VirtualHost } from "../../src/hosts/virtual/host.js";
import { sharedLoopback } from "../../src/hosts/virtual/shared-loopback.js";
import { convertFrames } from "../../src/samples.js";
import {
  clockedHost,
  count,
  isError,
  readCount,
  request,
  silence,
  type TestClock,
  type Wanted,
  writeCount,
} from "./rig.js";

const RATE = 1000;

describe("two streams on one loopback", () => {
  test("hear each other one latency later, wherever each has started", () => {
    const { output, input, clock } = pair("virtual:loopback?latency=0.02");
    clock.now = 1_000_000.3;
    input.start();
    clock.now += 100;
    output.writeAvailable();
    assert.equal(writeCount(output, 1, 30), 0, "frames before the start keep their order");
    output.writeAvailable();
    writeCount(output, 31, 20);
    clock.now += 200;
    output.start();
    clock.now += 40;
    output.writeAvailable();
    assert.equal(writeCount(output, 51, 10), 0);
    clock.now += 100;
    assert.equal(input.readAvailable(), 440);
    assert.deepEqual(readCount(input, 440), {
      samples: [...silence(320), ...count(1, 60), ...silence(60)],
      lost: 0,
    });
  });

  test("hear nothing of each other without the shared memory", () => {
    const { output, host, wanted, clock } = pair("virtual:loopback?latency=0");
    const deaf = host.open(request({ ...wanted, input: 1, shared: undefined }));
    output.start();
    deaf.start();
    output.writeAvailable();
    writeCount(output, 1, 50);
    clock.now = 50;
    assert.equal(deaf.readAvailable(), 50);
    assert.deepEqual(readCount(deaf, 50).samples, silence(50));
  });

  test("may differ in their format; the same format is exact to the bit", () => {
    const frames = 10;
    for (const format of SAMPLE_FORMATS) {
      const { output, input, host, wanted, clock } = pair("virtual:loopback?latency=0", { format });
      const wide = host.open(request({ ...wanted, input: 1, format: "float32" }));
      const played = Uint8Array.from(count(1, frames * bytesPerSample(format)), (byte) => byte * 5);
      output.writeAvailable();
      output.write(played, frames);
      for (const stream of [output, input, wide]) {
        stream.start();
      }
      clock.now = frames;
      assert.equal(input.readAvailable(), frames);
      const heard = new Uint8Array(played.length);
      input.read(heard, frames);
      assert.deepEqual(heard, played, format);
      assert.equal(wide.readAvailable(), frames);
      const floats = new Uint8Array(frames * 4);
      wide.read(floats, frames);
      const expected = new Uint8Array(frames * 4);
      convertFrames({ bytes: played, format, channels: 1 }, undefined, frames, expected, "float32");
      assert.deepEqual(floats, expected, format);
    }
  });

  test("a late reader hears what is held, and is told exactly what it lost", () => {
    const { output, input, clock } = pair("virtual:loopback?latency=0.005");
    output.start();
    input.start();
    for (let first = 1; clock.now < 5000; ) {
      const room = output.writeAvailable();
      assert.equal(writeCount(output, first, room), 0);
      first += room;
      clock.now += 25;
    }
    assert.equal(input.readAvailable(), 2000);
    // What is heard from second 3 on was played 5 ms earlier, counted from 1.
    assert.deepEqual(readCount(input, 2000), { samples: count(2996, 2000), lost: 3000 });
    assert.equal(input.lossCause, "overrun");
  });

  test("a reader that was stopped hears the rest from before, lost when that was too long ago", () => {
    const { output, input, clock } = pair("virtual:loopback?latency=0");
    output.start();
    input.start();
    output.writeAvailable();
    writeCount(output, 1, 50);
    clock.now = 40;
    input.stop();
    clock.now = 1000;
    output.writeAvailable();
    writeCount(output, 1001, 50);
    input.start();
    clock.now = 1020;
    assert.equal(input.readAvailable(), 60);
    assert.deepEqual(readCount(input, 30), { samples: count(1, 30), lost: 0 });
    input.stop();
    clock.now = 9000;
    input.start();
    clock.now = 9010;
    assert.equal(input.readAvailable(), 10);
    assert.deepEqual(readCount(input, 10), { samples: silence(10), lost: 30 });
    assert.equal(input.lossCause, "overrun");
  });

  test("frames that were written before a start are played once", () => {
    const { output, input, clock } = pair("virtual:loopback?latency=0");
    input.start();
    output.writeAvailable();
    writeCount(output, 1, 10);
    output.start();
    clock.now = 20;
    output.stop();
    clock.now = 40;
    output.start();
    clock.now = 60;
    input.readAvailable();
    assert.deepEqual(readCount(input, 60).samples, [...count(1, 10), ...silence(50)]);
  });

  test("of two outputs the later frames replace the earlier ones", () => {
    const { output, input, clock, host, wanted } = pair("virtual:loopback?latency=0");
    const second = host.open(request({ ...wanted, output: 1 }));
    for (const stream of [output, input, second]) {
      stream.start();
    }
    output.writeAvailable();
    writeCount(output, 1, 50);
    clock.now = 10;
    second.writeAvailable();
    assert.equal(writeCount(second, 101, 10), 10);
    clock.now = 50;
    input.readAvailable();
    assert.deepEqual(readCount(input, 50).samples, [
      ...count(1, 10),
      ...count(101, 10),
      ...count(21, 30),
    ]);
  });

  test("an output that is aborted or closed takes back what is queued, one that is stopped does not", () => {
    for (const [end, heard] of [
      ["abort", 20],
      ["close", 20],
      ["stop", 40],
    ] as const) {
      const { output, input, clock } = pair("virtual:loopback?latency=0");
      output.start();
      input.start();
      output.writeAvailable();
      writeCount(output, 1, 40);
      clock.now = 20;
      output[end]();
      clock.now = 50;
      input.readAvailable();
      assert.deepEqual(
        readCount(input, 50).samples,
        [...count(1, heard), ...silence(50 - heard)],
        end,
      );
    }
    const { output, input, clock } = pair("virtual:loopback?latency=0");
    output.writeAvailable();
    writeCount(output, 1, 40);
    output.abort();
    output.start();
    input.start();
    clock.now = 50;
    input.readAvailable();
    assert.deepEqual(readCount(input, 50).samples, silence(50));
  });

  test("a duplex stream hears its own frames exactly, and those of others, over the shared memory", () => {
    const { host, clock } = clockedHost();
    const device = "virtual:loopback?latency=0.01";
    const wanted = { device, framesPerBuffer: 1, shared: sharedLoopback(device, RATE) };
    clock.now = 777.7;
    const both = host.open(request({ ...wanted, input: 1, output: 1 }));
    const other = host.open(request({ ...wanted, output: 1 }));
    both.writeAvailable();
    writeCount(both, 1, 50);
    both.start();
    other.start();
    clock.now += 30;
    other.writeAvailable();
    assert.equal(writeCount(other, 501, 50), 30);
    clock.now += 60;
    assert.equal(both.readAvailable(), 90);
    assert.deepEqual(readCount(both, 90).samples, [
      ...silence(10),
      ...count(1, 30),
      ...count(501, 50),
    ]);
  });

  test("are in threads of their own: what one plays another hears, in order and whole", async () => {
    const device = "virtual:loopback?latency=1";
    const shared = sharedLoopback(device, 8000);
    const wanted: Wanted = { device, sampleRate: 8000, shared };
    const input = new VirtualHost().open(request({ ...wanted, input: 1 }));
    input.start();
    const worker = new Worker(new URL("./loopback.worker.js", import.meta.url), {
      workerData: { ...wanted, output: 1, outputLatency: 0.5 },
    });
    await once(worker, "message");
    const heard: number[] = [];
    for (let round = 0; heard.length < 4000 && round < 2000; round++) {
      await sleep(5);
      const { samples } = readCount(input, input.readAvailable());
      heard.push(...samples.filter((sample) => sample !== 0));
    }
    assert.deepEqual(heard, count(1, 4000));
    await worker.terminate();
  });
});

describe("the shared memory of a loopback", () => {
  test("is one for each device and rate, however the device is spelt", () => {
    const memory = sharedLoopback("virtual:loopback?latency=0.5", 48_000);
    assert.ok(memory instanceof SharedArrayBuffer);
    assert.equal(sharedLoopback("virtual:loopback?rate=48000&latency=5e-1", 48_000), memory);
    assert.notEqual(sharedLoopback("virtual:loopback?latency=0.5", 44_100), memory);
    assert.notEqual(sharedLoopback("virtual:loopback?latency=0.6", 48_000), memory);
  });

  test("is there for loopbacks with a clock only", () => {
    for (const device of [
      "virtual:loopback?pace=fast",
      "virtual:sink",
      "virtual:tone",
      "virtual:ramp?pace=fast",
    ]) {
      assert.equal(sharedLoopback(device, 48_000), undefined, device);
    }
    assert.throws(() => sharedLoopback("virtual:loopbak", 48_000), RangeError);
  });

  test("is refused beyond 1 GiB, as is the stream", () => {
    const device = "virtual:loopback?channels=4096";
    const refused = isError("format-not-supported", /MiB of memory.*channels/);
    assert.throws(() => sharedLoopback(device, 48_000), refused);
    const { host } = clockedHost();
    const wanted = request({ device, sampleRate: 48_000, input: 1, output: 1 });
    assert.throws(() => host.checkSupported(wanted), refused);
    assert.throws(() => host.open(wanted), refused);
  });

  test("of another shape is a fault of whoever passes it", () => {
    const { host } = clockedHost();
    const wanted = { device: "virtual:loopback", input: 1, shared: new SharedArrayBuffer(64) };
    assert.throws(() => host.open(request(wanted)), isError("internal", /64 bytes/));
  });
});

/** An output and an input of one mono loopback at 1,000 Hz: a millisecond is a frame and a period. */
function pair(
  device: string,
  change: Partial<Wanted> = {},
): {
  host: VirtualHost;
  wanted: Wanted;
  output: HostStream;
  input: HostStream;
  clock: TestClock;
} {
  const { host, clock } = clockedHost();
  // Memory of its own: the clocks of two tests are not the same.
  const own = sharedLoopback(`${device}&unplug=${1e6 + tests++}`, RATE);
  const wanted = { device, framesPerBuffer: 1, shared: own, ...change };
  const output = host.open(request({ ...wanted, output: 1 }));
  const input = host.open(request({ ...wanted, input: 1 }));
  return { host, wanted, output, input, clock };
}

let tests = 0;
