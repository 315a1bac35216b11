import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { createRing, endRing, type RingMemory, RingReader, RingWriter } from "../src/ring.js";
import { seededRandom } from "./rig/random.js";
import type { RingWriterData, RingWriterReport } from "./ring-writer.worker.js";

/** Longer than any of these tests may take. */
const LONG = 20_000;

function ring(capacity: number, frameBytes: number): [RingWriter, RingReader, RingMemory] {
  const memory = createRing(capacity, frameBytes);
  return [new RingWriter(memory), new RingReader(memory), memory];
}

/** Starts the other thread; the promise gives its report once all is written. */
function writerThread(data: RingWriterData): Promise<RingWriterReport> {
  const worker = new Worker(new URL("./ring-writer.worker.js", import.meta.url), {
    workerData: data,
  });
  return new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

interface Taken {
  readonly gaps: readonly { readonly position: number; readonly frames: number }[];
  readonly frames: number;
}

/** Reads until the writer has ended; fails at the first frame that is not the next one. */
async function readCounters(
  reader: RingReader,
  seed: number,
  largestBlock: number,
  wait: "async" | "sync",
): Promise<Taken> {
  const random = seededRandom(seed);
  const target = new Int32Array(largestBlock);
  const bytes = new Uint8Array(target.buffer);
  const gaps: { position: number; frames: number }[] = [];
  let frames = 0;
  for (;;) {
    const ended = reader.writerEnded;
    const position = reader.position;
    const gap = reader.takeGap();
    if (gap !== undefined) {
      assert.equal(gap.cause, "overrun");
      gaps.push({ position, frames: gap.frames });
      continue;
    }
    const count = reader.tryReadInto(bytes, 1 + random(largestBlock));
    for (let index = 0; index < count; index++) {
      if (target[index] !== ((position + index) | 0)) {
        assert.fail(`frame ${position + index} is ${target[index]}`);
      }
    }
    frames += count;
    if (count === 0) {
      if (ended) {
        return { gaps, frames };
      }
      // A wait for more than the ring holds would last until its time is over.
      const wanted = 1 + random(Math.min(largestBlock, reader.capacityFrames));
      if (wait === "sync") {
        reader.waitSync(wanted, 1000);
      } else {
        await reader.wait(wanted, 1000);
      }
    }
  }
}

describe("two threads", { timeout: 120_000 }, () => {
  for (const { name, data, largestRead, wait } of [
    {
      name: "blocks of all sizes through a small ring",
      data: { seed: 1, frames: 4_000_000, largestBlock: 1000, loseEvery: 0, rests: false },
      largestRead: 700,
      wait: "async",
    },
    {
      name: "a reader that holds its thread",
      data: { seed: 2, frames: 8_000_000, largestBlock: 1500, loseEvery: 0, rests: true },
      largestRead: 1500,
      wait: "sync",
    },
    {
      name: "blocks larger than the ring",
      data: { seed: 3, frames: 2_000_000, largestBlock: 5000, loseEvery: 0, rests: false },
      largestRead: 5000,
      wait: "sync",
    },
    {
      name: "a ring of one frame",
      data: { seed: 4, frames: 30_000, largestBlock: 3, loseEvery: 20, rests: false },
      largestRead: 3,
      wait: "sync",
    },
    {
      name: "losses among the frames",
      data: { seed: 5, frames: 4_000_000, largestBlock: 300, loseEvery: 7, rests: true },
      largestRead: 500,
      wait: "async",
    },
  ] as const) {
    test(`no frame is lost, comes twice or out of order, and gaps are at their place: ${name}`, async () => {
      const memory = createRing(name === "a ring of one frame" ? 1 : 1024, 4);
      const report = writerThread({ ...data, memory });
      const taken = await readCounters(new RingReader(memory), data.seed + 100, largestRead, wait);
      assert.equal(taken.frames, data.frames);
      assert.deepEqual(taken.gaps, (await report).gaps);
      assert.equal(taken.gaps.length > 0, data.loseEvery > 0);
    });
  }
});

describe("one thread", { timeout: 60_000 }, () => {
  test("counters go on right where their 32 bits wrap, twice", () => {
    // The counters are private, so the frames before the wraps are moved: 4.3 GB, in a few seconds.
    const capacity = 2 ** 20 + 3;
    const [writer, reader] = ring(capacity, 1);
    const source = Uint8Array.from({ length: capacity }, (_, index) => index * 7);
    const target = new Uint8Array(capacity);
    let written = 0;
    let read = 0;
    for (const wrap of [2 ** 31, 2 ** 32]) {
      while (written < wrap - capacity) {
        const frames = Math.min(capacity, wrap - capacity - written);
        assert.equal(writer.tryWrite(source, frames), frames);
        assert.equal(reader.tryReadInto(target, frames), frames);
        written += frames;
        read += frames;
      }
      // Slowly over the wrap, with frames queued and a gap on each side of it.
      const random = seededRandom(wrap % 1000);
      const expected: number[] = [];
      let lost = reader.lost;
      const end = wrap + capacity;
      for (let step = 0; written < end; step++) {
        assert.equal(writer.room + writer.queued, capacity);
        assert.equal(writer.queued, written - read);
        assert.equal(reader.available, written - read);
        if (step % 50 === 0) {
          assert.equal(writer.tryLose(3, "stall"), true);
        }
        const block = source.subarray(random(1000), 1000 + random(30_000));
        const count = writer.tryWrite(block, block.byteLength);
        for (let index = 0; index < count; index++) {
          expected.push(block[index] ?? 0);
        }
        written += count;
        while (reader.available > capacity / 2) {
          if (reader.takeGap() !== undefined) {
            lost += 3;
          }
          const got = reader.tryReadInto(target, 1 + random(40_000));
          assert.deepEqual([...target.subarray(0, got)], expected.splice(0, got));
          read += got;
          assert.equal(reader.position, read + lost);
        }
      }
      while (reader.available > 0) {
        if (reader.takeGap() !== undefined) {
          lost += 3;
        }
        const got = reader.tryReadInto(target, capacity);
        assert.deepEqual(
          Buffer.compare(target.subarray(0, got), Buffer.from(expected.splice(0, got))),
          0,
        );
        read += got;
      }
      assert.equal(read, written);
      assert.ok(read > wrap);
    }
  });

  test("frames go in up to the capacity and no further", () => {
    const [writer, reader] = ring(10, 2);
    const source = new Uint8Array(40).fill(1);
    assert.equal(writer.room, 10);
    assert.equal(writer.tryWrite(source, 7), 7);
    assert.equal(writer.room, 3);
    assert.equal(writer.tryWrite(source, 7), 3);
    assert.equal(writer.room, 0);
    assert.equal(writer.tryWrite(source, 1), 0);
    assert.equal(writer.queued, 10);
    assert.equal(reader.available, 10);
    assert.equal(reader.tryReadInto(new Uint8Array(8), 4), 4);
    assert.equal(writer.room, 4);
    assert.equal(writer.tryWrite(source, 20), 4);
    assert.equal(writer.tryWrite(source, 0), 0);
  });

  test("an empty ring gives nothing", () => {
    const [, reader] = ring(10, 2);
    assert.equal(reader.available, 0);
    assert.equal(reader.tryReadInto(new Uint8Array(20), 10), 0);
    assert.equal(reader.takeGap(), undefined);
    assert.equal(reader.hasGap, false);
    assert.equal(reader.position, 0);
    assert.equal(reader.writerEnded, false);
  });

  test("a read ends at a gap and the next frame stands behind it", () => {
    const [writer, reader] = ring(100, 1);
    const target = new Uint8Array(100);
    const source = Uint8Array.from({ length: 100 }, (_, index) => index);
    writer.tryWrite(source, 5);
    writer.tryLose(1000, "stall");
    writer.tryLose(1, "buffer-full");
    writer.tryWrite(source.subarray(5), 5);
    assert.equal(reader.available, 10);
    assert.equal(reader.availableBeforeGap, 5);
    assert.equal(reader.takeGap(), undefined);
    assert.equal(reader.tryReadInto(target, 3), 3);
    assert.equal(reader.takeGap(), undefined);
    assert.equal(reader.tryReadInto(target, 100), 2);
    assert.equal(reader.tryReadInto(target, 100), 0);
    assert.equal(reader.position, 5);
    assert.deepEqual(reader.takeGap(), { frames: 1000, cause: "stall" });
    assert.deepEqual(reader.takeGap(), { frames: 1, cause: "buffer-full" });
    assert.equal(reader.takeGap(), undefined);
    assert.equal(reader.position, 1006);
    assert.equal(reader.lost, 1001);
    assert.equal(reader.tryReadInto(target, 100), 5);
    assert.deepEqual([...target.subarray(0, 5)], [5, 6, 7, 8, 9]);
    assert.equal(reader.position, 1011);
  });

  test("a gap behind the last frame is told though no frame follows", () => {
    const [writer, reader] = ring(10, 1);
    writer.tryWrite(new Uint8Array(2), 2);
    writer.tryLose(7, "overrun");
    writer.end();
    assert.equal(reader.tryReadInto(new Uint8Array(10), 10), 2);
    assert.deepEqual(reader.takeGap(), { frames: 7, cause: "overrun" });
    assert.equal(reader.position, 9);
    assert.equal(reader.writerEnded, true);
  });

  test("gaps are refused when too many are unread, and taken again when one was read", () => {
    const [writer, reader] = ring(10, 1);
    let noted = 0;
    while (writer.tryLose(noted + 1, "overrun")) {
      noted++;
      assert.ok(noted < 100_000);
    }
    assert.ok(noted >= 100, `${noted} gaps`);
    for (let round = 0; round < 3 * noted; round++) {
      assert.equal(writer.tryLose(1, "stall"), false);
      assert.deepEqual(reader.takeGap()?.frames, round < noted ? round + 1 : 1);
      assert.equal(writer.tryLose(1, "stall"), true);
    }
  });

  test("a read touches just the bytes that it gives, and a write none of its source", () => {
    const frameBytes = 6;
    const [writer, reader] = ring(37, frameBytes);
    const random = seededRandom(9);
    let next = 0;
    let expected = 0;
    for (let round = 0; round < 3000; round++) {
      const frames = random(45);
      const source = Uint8Array.from({ length: frames * frameBytes }, () => next++);
      const copy = source.slice();
      const count = writer.tryWrite(source, frames);
      assert.deepEqual(source, copy);
      next -= (frames - count) * frameBytes;
      const asked = random(45);
      const memory = new Uint8Array(16 + asked * frameBytes + 16).fill(0xa5);
      const got = reader.tryReadInto(memory.subarray(16, 16 + asked * frameBytes), asked);
      const end = 16 + got * frameBytes;
      assert.ok(memory.subarray(0, 16).every((byte) => byte === 0xa5));
      assert.ok(memory.subarray(end).every((byte) => byte === 0xa5));
      for (const byte of memory.subarray(16, end)) {
        assert.equal(byte, expected++ & 0xff);
      }
    }
    assert.ok(expected > 10_000);
  });

  test("the time of a frame is that of the origin and the frames before it", () => {
    const [writer, reader] = ring(10, 1);
    writer.setOrigin(500);
    assert.equal(reader.timeOf(0, 8000), 500);
    assert.equal(reader.timeOf(8000, 8000), 1500);
  });
});

describe("waiting", { concurrency: 8, timeout: 60_000 }, () => {
  const wakers: readonly {
    readonly name: string;
    readonly act: (writer: RingWriter, reader: RingReader, memory: RingMemory) => unknown;
  }[] = [
    { name: "enough frames", act: (writer) => writer.tryWrite(new Uint8Array(5), 5) },
    { name: "a gap", act: (writer) => writer.tryLose(1, "overrun") },
    { name: "the end", act: (writer) => writer.end() },
    { name: "wake()", act: (_writer, reader) => reader.wake() },
    { name: "the death of the writer", act: (_writer, _reader, memory) => endRing(memory) },
  ];
  for (const { name, act } of wakers) {
    test(`a reader that waits is woken by ${name}`, async () => {
      const [writer, reader, memory] = ring(10, 1);
      const started = performance.now();
      let woken = false;
      const waiting = reader.wait(5, LONG).then(() => {
        woken = true;
      });
      await sleep(30);
      assert.equal(woken, false);
      act(writer, reader, memory);
      await waiting;
      assert.ok(performance.now() - started < LONG / 2);
    });
  }

  test("a reader that waits for more is not woken by fewer", async () => {
    const [writer, reader] = ring(10, 1);
    let woken = false;
    const waiting = reader.wait(5, LONG).then(() => {
      woken = true;
    });
    for (let frame = 0; frame < 4; frame++) {
      writer.tryWrite(new Uint8Array(1), 1);
      await sleep(5);
    }
    assert.equal(woken, false);
    writer.tryWrite(new Uint8Array(1), 1);
    await waiting;
  });

  test("a wait for what is there, for a known gap or at the end does not wait", async () => {
    for (const prepare of [
      (writer: RingWriter) => writer.tryWrite(new Uint8Array(5), 5),
      (writer: RingWriter) => writer.tryLose(1, "overrun"),
      (writer: RingWriter) => writer.end(),
    ]) {
      const [writer, reader] = ring(10, 1);
      prepare(writer);
      const started = performance.now();
      await reader.wait(5, LONG);
      reader.waitSync(5, LONG);
      assert.ok(performance.now() - started < LONG / 2);
    }
  });

  test("a wait ends when its time is over", async () => {
    const [writer, reader] = ring(10, 1);
    await reader.wait(5, 20);
    reader.waitSync(5, 20);
    writer.tryWrite(new Uint8Array(10), 10);
    assert.equal(writer.waitForRoom(1, 20), false);
  });

  test("a writer waits until there is room", async () => {
    // The writing end is in another thread: it fills a ring that nobody reads for a while.
    const memory = createRing(64, 4);
    const data = { seed: 6, frames: 1000, largestBlock: 64, loseEvery: 0, rests: false };
    const report = writerThread({ ...data, memory });
    const reader = new RingReader(memory);
    while (reader.available < 64) {
      await sleep(5);
    }
    await sleep(50);
    const taken = await readCounters(reader, 1, 64, "async");
    assert.equal(taken.frames, 1000);
    await report;
    const [writer] = ring(10, 1);
    assert.equal(writer.waitForRoom(10, LONG), true);
    assert.equal(writer.waitForRoom(11, 10), false);
  });
});
