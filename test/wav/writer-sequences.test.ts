// The writer under any sequence of calls: what is in the file, at each moment.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { bytesPerFrame } from "../../src/format.js";
import { WAV_FORMATS } from "../../src/wav/header.js";
import type { WavFileHandle } from "../../src/wav/sinks/file.js";
import { WavBytes } from "../../src/wav/sinks/memory.js";
import { WavWriter } from "../../src/wav/writer.js";
import { chunksOf, metadataOf } from "./chunks.js";
import { seededBytes, temporaryFolder } from "./files.js";

/** The `data` chunk of a file, in which nothing may be wrong. */
function dataOf(file: Uint8Array): Buffer {
  const data = chunksOf(file).find(({ id }) => id === "data");
  assert.ok(data);
  return data.bytes;
}

type Move =
  | { readonly kind: "write"; readonly frames: number }
  | { readonly kind: "flush" | "cue" | "name" };

const MOVE: fc.Arbitrary<Move> = fc.oneof(
  fc.record({ kind: fc.constant("write" as const), frames: fc.integer({ min: 0, max: 300 }) }),
  fc.record({ kind: fc.constantFrom("flush" as const, "cue" as const, "name" as const) }),
);

test("after each flush, and at the end, a file is whole and has the frames that were written", async () => {
  const setting = fc.record({
    format: fc.constantFrom(...WAV_FORMATS),
    channels: fc.constantFrom(1, 2, 3, 8, 64),
    container: fc.constantFrom("auto" as const, "riff" as const, "rf64" as const),
    metadataRoom: fc.integer({ min: 0, max: 60 }),
    checkpointSeconds: fc.constantFrom(0.01, 1),
  });
  await fc.assert(
    fc.asyncProperty(setting, fc.array(MOVE, { maxLength: 20 }), async (options, moves) => {
      const file = new WavBytes();
      const frameBytes = bytesPerFrame(options.format, options.channels);
      const all = seededBytes(6000 * frameBytes, moves.length);
      const writer = await WavWriter.create(file, { sampleRate: 1000, ...options });
      let frames = 0;
      for (const [index, move] of moves.entries()) {
        if (move.kind === "write") {
          await writer.write(
            all.subarray(frames * frameBytes, (frames + move.frames) * frameBytes),
          );
          frames += move.frames;
        } else if (move.kind === "flush") {
          await writer.flush();
          const data = dataOf(file.toUint8Array());
          assert.equal(Buffer.compare(data, all.subarray(0, frames * frameBytes)), 0);
        } else if (move.kind === "cue") {
          writer.addCue({ position: index, label: "x".repeat(index) });
        } else {
          writer.setMetadata({ ...writer.metadata, info: { INAM: "n".repeat(index) } });
        }
        assert.equal(writer.length, frames);
      }
      await writer.close();
      const data = dataOf(file.toUint8Array());
      assert.equal(Buffer.compare(data, all.subarray(0, frames * frameBytes)), 0);
      const cues = moves.filter(({ kind }) => kind === "cue").length;
      assert.equal(writer.metadata.cues?.length ?? 0, cues);
      assert.equal(metadataOf(file.toUint8Array()).cues?.length ?? 0, cues);
    }),
    { seed: 9, numRuns: 150 },
  );
});

test("every format, number of channels and length comes back bit for bit, on a disk", async (t) => {
  const file = path.join(temporaryFolder(t), "take.wav");
  for (const format of WAV_FORMATS) {
    for (const channels of [1, 2, 6, 8, 64]) {
      for (const frames of [0, 1, 3, 4095, 4096, 4097]) {
        const data = seededBytes(frames * bytesPerFrame(format, channels), frames + channels);
        const options = { sampleRate: 44_100, channels, format, overwrite: true };
        await using writer = await WavWriter.create(file, options);
        await writer.write(data);
        await writer.close();
        assert.equal(Buffer.compare(dataOf(readFileSync(file)), data), 0);
      }
    }
  }
});

/** A file that tells in which order it was written. */
function watched(log: string[]): WavFileHandle {
  let size = 0;
  const no = (): boolean => false;
  return {
    stat: async () => ({ size, isFIFO: no, isSocket: no, isCharacterDevice: no }),
    write: async (_bytes, _offset, length, position) => {
      log.push(position === 0 ? "header" : `${length} at ${position}`);
      size = Math.max(size, (position ?? size) + length);
      return { bytesWritten: length };
    },
    truncate: async (bytes) => {
      size = bytes;
    },
    sync: async () => {
      log.push("sync");
    },
  };
}

test("flush writes the data, then the header, and then waits for the disk", async () => {
  const log: string[] = [];
  const options = { sampleRate: 8000, channels: 1, format: "uint8" } as const;
  const writer = await WavWriter.create(watched(log), options);
  log.length = 0;
  void writer.write(new Uint8Array(7));
  await writer.flush();
  assert.deepEqual(log, ["7 at 80", "header", "1 at 87", "sync"]);
  log.length = 0;
  writer.addCue({ position: 2 });
  await writer.close();
  assert.deepEqual(
    log,
    ["36 at 88", "header"],
    "what is behind the samples comes before its header",
  );
});

test("checkpoints come as often as they were asked for", async (t) => {
  t.mock.timers.enable({ apis: ["Date", "setTimeout"] });
  for (const [asked, headers] of [
    [{}, 1],
    [{ checkpointSeconds: 0.1 }, 10],
    [{ checkpointSeconds: 0.25 }, 4],
    [{ checkpointSeconds: 60 }, 0],
    [{ checkpointSeconds: 60, checkpointBytes: 4096 }, 3],
  ] as const) {
    const log: string[] = [];
    const options = { sampleRate: 8000, channels: 1, format: "int16", ...asked } as const;
    const writer = await WavWriter.create(watched(log), options);
    log.length = 0;
    for (let block = 0; block < 20; block++) {
      await writer.write(new Int16Array(400));
      t.mock.timers.tick(50);
    }
    assert.equal(log.filter((entry) => entry === "header").length, headers, JSON.stringify(asked));
  }
});

test("frames that come faster than they sound get a header each 20 ms, and one behind the last", async (t) => {
  t.mock.timers.enable({ apis: ["Date", "setTimeout"], now: 1000 });
  const log: string[] = [];
  const writer = await WavWriter.create(watched(log), {
    sampleRate: 8000,
    channels: 1,
    format: "int16",
  });
  log.length = 0;
  const headers = (): number => log.filter((entry) => entry === "header").length;
  for (let second = 0; second < 10; second++) {
    await writer.write(new Int16Array(8000));
    t.mock.timers.tick(5);
  }
  // At once, after 20 ms, and after 40.
  assert.equal(headers(), 3);
  t.mock.timers.tick(20);
  await new Promise(setImmediate);
  assert.equal(headers(), 4, "without another write");
  t.mock.timers.tick(100);
  await new Promise(setImmediate);
  assert.equal(headers(), 4, "there is nothing new");
  // A clock that is set back must not keep the header waiting.
  t.mock.timers.reset();
  t.mock.timers.enable({ apis: ["Date", "setTimeout"], now: 0 });
  await writer.write(new Int16Array(8000));
  assert.equal(headers(), 5);
  await writer.close();
});

test("one large write has its checkpoints, too", async () => {
  const log: string[] = [];
  const options = { sampleRate: 100, channels: 1, format: "int16", checkpointBytes: 4096 } as const;
  const writer = await WavWriter.create(watched(log), options);
  log.length = 0;
  await writer.write(new Int16Array(2048 * 5));
  assert.equal(log.filter((entry) => entry === "header").length, 5);
});
