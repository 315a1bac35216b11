import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { startBoundChild } from "../rig/bound-child.js";
import { type Pulse, startPulse } from "../rig/pulse.js";
import { requireTool } from "../rig/tools.js";
import { reportOf, runProgram } from "./program.js";
import type { ManyStreamsReport, ManyStreamsTask } from "./programs/many-streams.js";

test("thirty streams, one after another, leave no thread and no file behind", async (t) => {
  const pulse = await livelyMicrophone(t);
  if (pulse !== undefined) {
    await assertNothingLeft(pulse, { way: "one after another", streams: 30 });
  }
});

test("ten PyAudio managers, one after another, leave no thread and no file behind", async (t) => {
  const pulse = await livelyMicrophone(t);
  if (pulse !== undefined) {
    await assertNothingLeft(pulse, { way: "by PyAudio", streams: 10 });
  }
});

test("streams that are opened at the same moment do not disturb each other", async (t) => {
  const pulse = await livelyMicrophone(t);
  for (let time = 0; pulse !== undefined && time < 5; time++) {
    await assertNothingLeft(pulse, { way: "all at once", streams: 8 });
  }
});

test("streams that are opened at the same moment by threads of a script do not disturb each other", async (t) => {
  const pulse = await livelyMicrophone(t);
  for (let time = 0; pulse !== undefined && time < 10; time++) {
    const result = await runProgram("own-threads", { env: pulse.env, timeoutMs: 30_000 });
    assert.deepEqual(reportOf(result), { threads: 6 });
    assert.equal(result.stderr, "");
  }
});

/** A microphone that has small chunks from the start, because somebody else listens to it. */
async function livelyMicrophone(t: TestContext): Promise<Pulse | undefined> {
  if (!requireTool(t, "pulseaudio", "libportaudio2")) {
    return undefined;
  }
  const pulse = await startPulse();
  t.after(() => pulse.stop());
  const listener = await startBoundChild(
    "parec",
    ["--raw", "--device=mic.monitor", "--latency-msec=10"],
    { env: pulse.env },
  );
  t.after(() => listener.stop());
  return pulse;
}

async function assertNothingLeft(pulse: Pulse, task: ManyStreamsTask): Promise<void> {
  const result = await runProgram("many-streams", { task, env: pulse.env, timeoutMs: 60_000 });
  const { before, after } = reportOf<ManyStreamsReport>(result);
  assert.equal(result.stderr, "");
  assert.ok(
    after.threads <= before.threads && after.files <= before.files,
    `before ${JSON.stringify(before)}, after ${JSON.stringify(after)}`,
  );
}
