import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test, { type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startBoundChild } from "../rig/bound-child.js";
import { startJack } from "../rig/jack.js";
import { requireTool } from "../rig/tools.js";
import { reportOf, runProgram } from "./program.js";
import type { RecordOutageReport, RecordOutageTask } from "./programs/record-outage.js";

// Another JACK client plays a count of its frames while ours misses some: the next one tells how many.

const RATE = 48_000;
const PERIOD = 1_024;
/** As far as a float32 counts. */
const FULL = 2 ** 24;
const OUTAGE_MS = 1_000;
/** By how much the sum of gaps may be wrong, and how far behind its place a loss is noted: JACK's time is exact. */
const TOLERANCE_FRAMES = 2 * PERIOD;
const LATE_FRAMES = RATE;

for (const latency of ["low", "high"] as const) {
  test(`a process that is stopped misses frames of JACK, which are counted (latency "${latency}")`, async (t) => {
    const seen = await record(t, { options: { latency }, seconds: 5 }, ({ pid = 0 }) => pause(pid));
    assertCounted(t, seen);
  });
}

test("frames that JACK has no room for while the audio thread is held are counted", async (t) => {
  const task = { options: { latency: "low" }, seconds: 5, holdAudioThreadMs: OUTAGE_MS } as const;
  assertCounted(t, await record(t, task));
});

/** Records the count of another client; undefined where a tool is missing. */
async function record(
  t: TestContext,
  task: RecordOutageTask,
  fault: (child: ChildProcess) => Promise<void> = () => Promise.resolve(),
): Promise<RecordOutageReport | undefined> {
  // aplay is of the same package as arecord; by ALSA's jack plugin it is a JACK client.
  if (!requireTool(t, "jackd", "libportaudio2", "arecord")) {
    return undefined;
  }
  const jack = await startJack({ rate: RATE, periodFrames: PERIOD });
  t.after(() => jack.stop());
  const folder = mkdtempSync(path.join(tmpdir(), "roomtone-jack-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, "count.f32");
  const count = Float32Array.from(
    { length: 2 * 30 * RATE },
    (_, sample) => (1 + Math.floor(sample / 2)) / FULL,
  );
  writeFileSync(file, new Uint8Array(count.buffer));
  const player = await startBoundChild(
    "aplay",
    ["-q", "-D", "jack", "-t", "raw", "-f", "FLOAT_LE", "-c", "2", "-r", `${RATE}`, file],
    { env: jack.env },
  );
  t.after(() => player.stop());
  await sleep(300);
  const faults: Promise<void>[] = [];
  const result = await runProgram("record-outage", {
    task: { ...task, jackClient: "aplay", scale: FULL },
    env: jack.env,
    timeoutMs: 60_000,
    onReady: (child) => faults.push(fault(child)),
  });
  await Promise.all(faults);
  const seen = reportOf<RecordOutageReport>(result);
  t.diagnostic(JSON.stringify(seen));
  assert.equal(result.stderr, "");
  return seen;
}

async function pause(pid: number): Promise<void> {
  process.kill(pid, "SIGSTOP");
  try {
    await sleep(OUTAGE_MS);
  } finally {
    process.kill(pid, "SIGCONT");
  }
}

/**
 * Most of a second is missing, and just so much is told, soon behind its place. A server that is late itself, on a
 * machine without real-time priority, may add to both.
 */
function assertCounted(t: TestContext, seen: RecordOutageReport | undefined): void {
  if (seen === undefined) {
    return;
  }
  assert.equal(seen.error, undefined);
  const missing = seen.outages.reduce((sum, outage) => sum + outage.missing, 0);
  t.diagnostic(`${missing} frames are missing, ${seen.droppedFrames} are told`);
  assert.ok(missing >= 0.5 * RATE, `${missing} frames are missing`);
  assert.ok(
    Math.abs(seen.droppedFrames - missing) <= TOLERANCE_FRAMES,
    `${missing} frames are missing, ${seen.droppedFrames} are told`,
  );
  assert.ok(seen.outages.every((outage) => outage.missing >= 0));
  const told = seen.outages.filter((outage) => outage.dropped > 0);
  assert.deepEqual(
    told.map(({ cause }) => cause),
    told.map(() => "overrun"),
  );
  const place = seen.outages.find((outage) => outage.missing >= 0.5 * RATE)?.position ?? 0;
  const note = told.find(({ dropped }) => dropped >= 0.5 * RATE);
  const noted = note === undefined ? Number.POSITIVE_INFINITY : note.position - note.dropped;
  assert.ok(noted - place <= LATE_FRAMES, `told ${noted - place} frames behind its place`);
  assert.equal(seen.frames, seen.position - seen.droppedFrames);
}
