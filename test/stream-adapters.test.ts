import assert from "node:assert/strict";
import { Readable, Transform, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream, WritableStream } from "node:stream/web";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type Gap,
  type InputReadableOptions,
  InputStream,
  type InputStreamOptions,
  OutputStream,
  type OutputStreamOptions,
} from "../src/index.js";
import { assertCounters, assertSilence } from "./rig/counter.js";
import { counters, int16s, listenTo, newLoopback } from "./rig/loopback.js";

const FAST = "virtual:ramp?rate=8000&pace=fast";
const SINK = "virtual:sink?rate=8000&pace=fast";
const STUCK = "virtual:sink?rate=8000&stall=0:60";

function input(options: InputStreamOptions = {}): Promise<InputStream> {
  return InputStream.open({ device: FAST, format: "int16", ...options });
}

function output(options: OutputStreamOptions = {}): Promise<OutputStream> {
  return OutputStream.open({ device: SINK, format: "int16", channels: 1, ...options });
}

function bytesOf(samples: Int16Array): Uint8Array {
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}

/** The two kinds of streams of bytes, as asynchronous iterations. */
const READS: readonly [
  string,
  (stream: InputStream, options?: InputReadableOptions) => AsyncIterable<Uint8Array>,
][] = [
  ["toReadable", (stream, options) => stream.toReadable(options)],
  ["toWebReadable", (stream, options) => stream.toWebReadable(options)],
];

/** Writes chunks one after another, then ends the stream. */
const WRITES: readonly [
  string,
  (stream: OutputStream, chunks: readonly Uint8Array[]) => Promise<void>,
][] = [
  ["toWritable", (stream, chunks) => pipeline(Readable.from(chunks), stream.toWritable())],
  [
    "toWebWritable",
    (stream, chunks) =>
      Readable.toWeb(Readable.from(chunks)).pipeTo(stream.toWebWritable() as WritableStream),
  ],
];

for (const [name, read] of READS) {
  describe(name, { concurrency: 4, timeout: 60_000 }, () => {
    test("gives every byte, and break gives the device back", async () => {
      const stream = await input();
      let heard = Buffer.alloc(0);
      for await (const chunk of read(stream)) {
        heard = Buffer.concat([heard, chunk]);
        if (heard.byteLength > 40_000) {
          break;
        }
      }
      assertCounters(int16s(heard), 0);
      assert.equal(stream.state, "closed");
    });

    test("gives silence for what was lost, after it told onGap", async () => {
      for (const format of ["int16", "uint8"] as const) {
        const gaps: (Gap & { readonly at: number })[] = [];
        const width = format === "int16" ? 2 : 1;
        let heard = Buffer.alloc(0);
        const stream = await input({
          device: `${FAST}&overrun=0.125:40000&unplug=5.25&overrun=5.2:400`,
          format,
        });
        const chunks = read(stream, {
          onGap: (gap) => gaps.push({ ...gap, at: heard.byteLength / width }),
        });
        await assert.rejects(
          async () => {
            for await (const chunk of chunks) {
              assert.ok(chunk.byteLength <= 16_384 * width);
              heard = Buffer.concat([heard, chunk]);
            }
          },
          { name: "AudioError", code: "device-lost" },
        );
        assert.equal(stream.state, "closed");
        assert.equal(heard.byteLength, 42_000 * width);
        assert.deepEqual(gaps, [
          { position: 1000, frames: 40_000, cause: "overrun", at: 1000 },
          { position: 41_600, frames: 400, cause: "overrun", at: 41_600 },
        ]);
        if (format === "int16") {
          const samples = int16s(heard);
          assertCounters(samples.slice(0, 1000), 0);
          assertSilence(samples.slice(1000, 41_000));
          assertCounters(samples.slice(41_000, 41_600), 41_000);
          assertSilence(samples.slice(41_600));
        } else {
          assert.ok(heard.subarray(1000, 41_000).every((byte) => byte === 0x80));
        }
      }
    });

    test("tells what onGap throws, and gives the device back", async () => {
      const mine = new Error("mine");
      const stream = await input({ device: `${FAST}&overrun=0.125:40` });
      const chunks = read(stream, {
        onGap() {
          throw mine;
        },
      });
      await assert.rejects(
        async () => {
          for await (const chunk of chunks) {
            assert.ok(chunk.byteLength > 0);
          }
        },
        (error) => error === mine,
      );
      assert.equal(stream.state, "closed");
    });

    test("refuses wrong options", async () => {
      await using stream = await input();
      const wrong: readonly unknown[] = [
        null,
        5,
        [],
        { onGap: 1 },
        { onGap: null },
        { ongap() {} },
      ];
      for (const options of wrong) {
        assert.throws(() => read(stream, options as InputReadableOptions), TypeError);
      }
    });
  });
}

describe("reading slowly", { concurrency: 4, timeout: 60_000 }, () => {
  test("a pipeline reads no further than it is read", async () => {
    const stream = await input({ bufferSeconds: 0.1 });
    let chunks = 0;
    const slow = new Writable({
      highWaterMark: 1,
      write(_chunk, _encoding, done) {
        chunks += 1;
        setTimeout(done, chunks < 20 ? 5 : 60_000).unref();
      },
    });
    const controller = new AbortController();
    const piping = pipeline(stream.toReadable(), slow, { signal: controller.signal });
    while (chunks < 20) {
      await sleep(5);
    }
    await sleep(100);
    // What is on its way: 16 KiB at most in the readable, a tenth of a second in the queue.
    assert.ok((stream.stats.input?.frames ?? 0) < 20 * 400 + 8192 + 800 + 1200);
    controller.abort();
    await assert.rejects(piping, { name: "AbortError" });
    while (stream.state !== "closed") {
      await sleep(5);
    }
  });

  test("destroy and cancel give the device back, before and while it is read", async () => {
    for (const begun of [false, true]) {
      const first = await input({ device: "virtual:ramp?rate=8000" });
      const readable = first.toReadable();
      if (begun) {
        await new Promise((resolve) => readable.once("data", resolve));
      }
      readable.destroy();
      await new Promise((resolve) => readable.once("close", resolve));
      assert.equal(first.state, "closed");

      const second = await input({ device: "virtual:ramp?rate=8000" });
      const reader: ReadableStream<Uint8Array> = second.toWebReadable();
      const taking = reader.getReader();
      if (begun) {
        assert.ok(((await taking.read()).value?.byteLength ?? 0) > 0);
      }
      await taking.cancel();
      assert.equal(second.state, "closed");
    }
  });
});

for (const [name, write] of WRITES) {
  describe(name, { concurrency: 4, timeout: 60_000 }, () => {
    test("plays every byte of chunks that split frames, waits until it was played, and closes", async () => {
      const device = newLoopback();
      await using ear = await listenTo(device, "int16", 2);
      const stream = await output({ device, channels: 2, latency: 1, bufferSeconds: 1 });
      const bytes = bytesOf(counters(1, 4000));
      const chunks: Uint8Array[] = [];
      for (let at = 0, size = 1; at < bytes.byteLength; at += size, size = (size * 7 + 1) % 97) {
        chunks.push(bytes.subarray(at, at + size));
      }
      await write(stream, chunks);
      assert.equal(stream.state, "closed");
      assert.equal(stream.stats.output?.frames, 2000);
      const heard = int16s(await ear.hear(2000 + (stream.stats.output?.silentFrames ?? 0)));
      assert.deepEqual(
        heard.filter((sample) => sample !== 0),
        [...counters(1, 4000)],
      );
    });

    test("does not look at a chunk after it was taken", async () => {
      const device = newLoopback();
      await using ear = await listenTo(device, "int16");
      const stream = await output({ device });
      const memory = Buffer.alloc(3);
      async function* chunks(): AsyncGenerator<Uint8Array> {
        for (const at of [0, 3]) {
          memory.set([at + 1, at + 2, at + 3]);
          yield memory;
          // Whoever asks for the next chunk has written the last one.
          memory.fill(0x55);
        }
      }
      if (name === "toWritable") {
        const writable = stream.toWritable();
        for await (const chunk of chunks()) {
          await new Promise((resolve) => writable.write(chunk, resolve));
        }
        await new Promise<void>((resolve) => writable.end(resolve));
      } else {
        const writer = stream.toWebWritable().getWriter();
        for await (const chunk of chunks()) {
          await writer.write(chunk);
        }
        await writer.close();
      }
      const heard = await ear.hear(3 + (stream.stats.output?.silentFrames ?? 0));
      assert.deepEqual(
        heard.filter((byte) => byte !== 0),
        Uint8Array.of(1, 2, 3, 4, 5, 6),
      );
    });

    test("plays what is whole of bytes that end within a frame, and then tells of the rest", async () => {
      const stream = await output();
      await assert.rejects(write(stream, [new Uint8Array(2001)]), RangeError);
      assert.equal(stream.state, "closed");
      assert.equal(stream.stats.output?.frames, 1000);
    });

    test("with no bytes at all plays nothing and closes", async () => {
      const stream = await output({ device: STUCK });
      await write(stream, []);
      assert.equal(stream.state, "closed");
    });

    test("passes on the fault of the device, and gives it back", async () => {
      const stream = await output({ device: "virtual:sink?rate=8000&unplug=0.2" });
      const second = new Uint8Array(16_000);
      const chunks = [second, second, second, second];
      await assert.rejects(write(stream, chunks), { name: "AudioError", code: "device-lost" });
      while (stream.state !== "closed") {
        await sleep(5);
      }
    });
  });
}

describe("writing", { concurrency: 4, timeout: 60_000 }, () => {
  test("destroy and abort drop what is queued at once, although a write waits", async () => {
    const first = await output({ device: STUCK });
    const writable = first.toWritable();
    writable.write(new Uint8Array(100_000));
    await sleep(50);
    writable.destroy();
    await new Promise((resolve) => writable.once("close", resolve));
    assert.equal(first.state, "closed");

    const second = await output({ device: STUCK });
    const writer = second.toWebWritable().getWriter();
    const mine = new Error("mine");
    const closed = assert.rejects(writer.closed, (error) => error === mine);
    const writing = assert.rejects(writer.write(new Uint8Array(100_000)));
    await sleep(50);
    await writer.abort(mine);
    await Promise.all([closed, writing]);
    assert.equal(second.state, "closed");
  });

  test("an aborted pipeline gives both devices back", async () => {
    const from = await input({ device: "virtual:ramp?rate=8000" });
    const to = await output();
    const controller = new AbortController();
    const through = new Transform({
      transform(chunk, _encoding, done) {
        done(null, chunk);
        setImmediate(() => controller.abort());
      },
    });
    await assert.rejects(
      pipeline(from.toReadable(), through, to.toWritable(), { signal: controller.signal }),
      { name: "AbortError" },
    );
    while (from.state !== "closed" || to.state !== "closed") {
      await sleep(5);
    }
  });

  test("what is no bytes is refused", async () => {
    for (const chunk of ["text", 5, {}]) {
      const node = await output();
      const writable = node.toWritable();
      const failed = new Promise((resolve) => writable.once("error", resolve));
      try {
        writable.write(chunk);
        assert.ok((await failed) instanceof TypeError);
      } catch (error) {
        // Node itself refuses some.
        assert.ok(error instanceof TypeError);
      }
      await node.close();
      const web = await output();
      const writer = web.toWebWritable().getWriter();
      const closed = assert.rejects(writer.closed, TypeError);
      await assert.rejects(writer.write(chunk as unknown as Uint8Array), TypeError);
      await closed;
      await web.close();
    }
  });
});
