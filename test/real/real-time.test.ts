import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync } from "node:fs";
import test, { type TestContext } from "node:test";
import { startPulse } from "../rig/pulse.js";
import { requireTool } from "../rig/tools.js";
import { reportOf, runProgram } from "./program.js";
import type { RealTimeReport, RealTimeTask } from "./programs/real-time.js";

const NOBODY = 65_534;

test("real-time priority is asked for, unless told otherwise, and granted where the system allows it", async (t) => {
  // util-linux, which has setpriv too: the system's own answer.
  const allowed = spawnSync("chrt", ["--rr", "5", "true"]).status === 0;
  t.diagnostic(`the system ${allowed ? "allows" : "refuses"} it`);
  await assertRecords(t, {}, allowed ? "granted" : "refused");
  await assertRecords(t, { realTime: true }, allowed ? "granted" : "refused");
  await assertRecords(t, { realTime: false }, "not-asked");
});

test("a user who may not have real-time priority is refused, and records all the same", async (t) => {
  if (process.getuid?.() !== 0) {
    t.skip("needs root, to become another user");
    return;
  }
  if (
    spawnSync("prlimit", ["--rtprio", "--noheadings", "--raw", "--output=HARD"])
      .stdout?.toString()
      .trim() !== "0"
  ) {
    t.skip("needs a limit of real-time priority (ulimit -r) of 0");
    return;
  }
  await assertRecords(t, { user: NOBODY }, "refused");
});

async function assertRecords(t: TestContext, task: RealTimeTask, realTime: string): Promise<void> {
  if (!requireTool(t, "pulseaudio", "libportaudio2")) {
    return;
  }
  const pulse = await startPulse();
  t.after(() => pulse.stop());
  // For the other user.
  chmodSync(pulse.folder, 0o755);
  // The server asks for no cookie; the client would tell that it cannot read the other user's.
  const env = { ...pulse.env, PULSE_COOKIE: "/dev/zero" };
  const result = await runProgram("real-time", { task, env });
  const seen = reportOf<RealTimeReport>(result);
  assert.deepEqual([seen.realTime, seen.droppedFrames], [realTime, 0]);
  assert.ok(seen.frames >= 44_100);
  assert.equal(result.stderr, "");
}
