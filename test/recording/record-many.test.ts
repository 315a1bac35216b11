import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import {
  AudioError,
  type ManyOutcome,
  type ManyResult,
  type RecorderOptions,
  readWav,
  recordMany,
} from "../../src/index.js";
import { assertCounters } from "../rig/counter.js";
import { temporaryFolder } from "../wav/files.js";

const FAST = "virtual:ramp?rate=8000&pace=fast";
const PACED = "virtual:ramp?rate=8000";

function value(outcome: ManyOutcome | undefined): ManyResult {
  assert.ok(outcome?.status === "fulfilled", JSON.stringify(outcome));
  return outcome.value;
}

function words(result: ManyResult): Int16Array {
  const samples = result.recording?.toInterleaved();
  assert.ok(samples instanceof Int16Array);
  return samples;
}

describe("recordMany", { concurrency: 2, timeout: 60_000 }, () => {
  test("gives an outcome for each, in order, each by its own options", async () => {
    const outcomes = await recordMany([
      { device: FAST, frames: 4000, format: "int16" },
      { device: FAST, seconds: 0.25, format: "int16", channels: 2 },
      { device: FAST, frames: 1, format: "int16" },
    ]);
    assert.deepEqual(
      outcomes.map((one) => [value(one).frames, value(one).reason]),
      [
        [4000, "frames"],
        [2000, "seconds"],
        [1, "frames"],
      ],
    );
    assertCounters(words(value(outcomes[0])), 0);
    assertCounters(words(value(outcomes[1])), 0, "the second", 2);
  });

  test("tells how far the first frames are apart, from the first of all", async () => {
    const startAt = new Date(Date.now() + 1500);
    const outcomes = await recordMany([
      { device: PACED, seconds: 1, format: "int16" },
      { device: PACED, seconds: 1, startAt },
      { device: `${PACED}&channels=1`, seconds: 1 },
    ]);
    const results = outcomes.map(value);
    assert.equal(Math.min(...results.map(({ offset }) => offset ?? Number.NaN)), 0);
    const first = Math.min(...results.map(({ startTime }) => startTime ?? Number.NaN));
    for (const { offset, offsetUncertainty, startTime, startedAt } of results) {
      assert.ok(startTime !== undefined && startedAt !== undefined);
      assert.ok(offset !== undefined && offsetUncertainty !== undefined);
      assert.equal(offset, (startTime - first) / 1000);
      assert.equal(offsetUncertainty === 0, offset === 0);
      // The same time on two clocks, one of which has whole milliseconds.
      const wall = startTime + performance.timeOrigin;
      assert.ok(Math.abs(wall - startedAt.getTime()) < 2, `${wall} ${startedAt.getTime()}`);
    }
    // The second was told when to begin, if its device ran by then.
    assert.ok((results[1]?.startedAt?.getTime() ?? 0) >= startAt.getTime() - 2);
  });

  test("goes on when one dies, and keeps what it has recorded", async () => {
    const [one, two, three] = await recordMany([
      { device: `${FAST}&unplug=0.5`, seconds: 2, format: "int16" },
      { device: FAST, seconds: 2, format: "int16" },
      { device: "virtual:file?path=%2Fnowhere.wav", seconds: 2 },
    ]);
    assert.ok(one?.status === "rejected" && one.reason instanceof AudioError);
    assert.equal(one.reason.code, "device-lost");
    assert.equal(one.reason.recording?.length, 4000);
    assertCounters(words(value(two)), 0);
    assert.equal(value(two).frames, 16_000);
    assert.equal(value(two).offset, 0);
    assert.ok(three?.status === "rejected" && three.reason instanceof AudioError);
    assert.equal(three.reason.code, "file-not-readable");
  });

  test("ends all with one signal", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const outcomes = await recordMany([
      { device: PACED, signal },
      {
        device: `${PACED}&channels=1`,
        signal,
        // By then all are open.
        until: () => {
          controller.abort();
          return false;
        },
      },
    ]);
    for (const outcome of outcomes) {
      assert.equal(value(outcome).reason, "signal");
    }
  });

  test("writes files", async (t) => {
    const folder = temporaryFolder(t);
    const paths = ["a.wav", "b.wav"].map((name) => join(folder, name));
    const outcomes = await recordMany(
      paths.map((file) => ({ device: FAST, frames: 5000, format: "int16" as const, file })),
    );
    for (const [index, outcome] of outcomes.entries()) {
      assert.equal(value(outcome).files[0]?.path, paths[index]);
      const read = await readWav(paths[index] ?? "");
      assertCounters(read.toInterleaved() as Int16Array, 0);
      assert.equal(read.length, 5000);
    }
  });

  test("recorders that share a template never take each other's number", async (t) => {
    const folder = temporaryFolder(t);
    const one = { device: FAST, frames: 3000, format: "int16" as const, split: { frames: 200 } };
    const all = Array.from({ length: 4 }, () => ({ ...one, file: join(folder, "{index}.wav") }));
    const outcomes = await recordMany(all);
    const paths = outcomes.flatMap((outcome) => value(outcome).files.map(({ path }) => path));
    assert.equal(new Set(paths).size, 4 * 15);
    for (const outcome of outcomes) {
      for (const { path, position } of value(outcome).files) {
        assertCounters((await readWav(path)).toInterleaved() as Int16Array, position);
      }
    }
  });

  test("refuses wrong options of any before anything is started", async () => {
    const wrong: readonly (readonly [unknown, string])[] = [
      [undefined, "TypeError"],
      [{ device: FAST }, "TypeError"],
      ["x", "TypeError"],
      [[], "RangeError"],
      [[{ device: FAST, frames: 1 }, null], "TypeError"],
      [[{ device: FAST, frames: 1 }, { frames: -1 }], "RangeError"],
      [[{ device: FAST, frame: 1 }], "TypeError"],
    ];
    for (const [options, name] of wrong) {
      await assert.rejects(recordMany(options as RecorderOptions[]), { name });
    }
    await assert.rejects(recordMany([{}, { frame: 1 } as RecorderOptions]), {
      message: /recordMany\(\)\[1\].*did you mean `frames`/,
    });
  });
});
