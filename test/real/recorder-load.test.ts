import assert from "node:assert/strict";
import path from "node:path";
import test from "node:test";
import type { RecorderOptions } from "../../src/index.js";
import { assertCounters } from "../rig/counter.js";
import { samplesOf } from "../rig/recorded.js";
import { temporaryFolder } from "../wav/files.js";
import { reportOf, runProgram } from "./program.js";
import type { RecorderSeen, RecordersReport, RecordersTask } from "./programs/recorders.js";

// With ROOMTONE_LONG=1 a minute of eight recorders instead of 10 s.
const SECONDS = process.env.ROOMTONE_LONG === "1" ? 60 : 10;
const RATE = 48_000;
const STALL_MS = 5000;
const STALL_SECONDS = 8;

test(`eight recorders at once to files lose nothing in ${SECONDS} s`, async (t) => {
  const folder = temporaryFolder(t);
  const recorders = Array.from({ length: 8 }, (_, index) => ({
    ...ramp(SECONDS),
    file: path.join(folder, index % 2 === 0 ? `${index}.wav` : `${index}.flac`),
  }));
  const timeoutMs = 60_000 + SECONDS * 2000;
  const result = await runProgram("recorders", {
    task: { recorders } satisfies RecordersTask,
    timeoutMs,
  });
  const seen = reportOf<RecordersReport>(result);
  assert.equal(result.stderr, "");
  assert.equal(seen.recorders.length, 8);
  for (const recorder of seen.recorders) {
    await assertAll(recorder, SECONDS);
  }
});

test("recorders whose disk hangs for five seconds lose nothing", async (t) => {
  const folder = temporaryFolder(t);
  const preload = new URL("../rig/stalled-disk.preload.js", import.meta.url);
  const result = await runProgram("recorders", {
    task: {
      recorders: ["take.wav", "take.flac"].map((name) => ({
        ...ramp(STALL_SECONDS),
        file: path.join(folder, name),
      })),
    } satisfies RecordersTask,
    nodeOptions: ["--import", preload.href],
    env: { STALL_AFTER_MS: "1500", STALL_MS: `${STALL_MS}` },
    timeoutMs: 60_000,
  });
  const seen = reportOf<RecordersReport>(result);
  assert.equal(result.stderr, "");
  t.diagnostic(`${(seen.mostWaiting / 2 ** 10).toFixed(0)} KiB waited for the disk`);
  // Four seconds at least have waited: it did hang.
  assert.ok(seen.mostWaiting > 4 * RATE * 2, `only ${seen.mostWaiting} bytes have waited`);
  for (const recorder of seen.recorders) {
    await assertAll(recorder, STALL_SECONDS);
  }
});

/** A device with a clock, which waits for nobody. */
function ramp(seconds: number): RecorderOptions {
  return {
    device: `virtual:ramp?rate=${RATE}&pace=realtime`,
    sampleRate: RATE,
    format: "int16",
    seconds,
  };
}

async function assertAll(
  { reason, lostFrames, gaps, files = [] }: RecorderSeen,
  seconds: number,
): Promise<void> {
  assert.deepEqual([reason, lostFrames, gaps], ["seconds", 0, []]);
  const samples = await samplesOf(...files.map((file) => file.path));
  assert.equal(samples.length, seconds * RATE);
  assertCounters(samples, 0, files[0]?.path);
}
