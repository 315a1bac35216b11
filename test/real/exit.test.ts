import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import test, { type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { startBoundChild } from "../rig/bound-child.js";
import type { ScriptResult } from "../rig/child.js";
import { type Pulse, startPulse } from "../rig/pulse.js";
import { requireTool } from "../rig/tools.js";
import { type ProgramOptions, reportOf, runProgram } from "./program.js";
import type { LeaveTask } from "./programs/leave.js";

const run = promisify(execFile);

/** How a script leaves, and what it must end with. */
const LEAVINGS: readonly {
  readonly way: LeaveTask["way"];
  readonly code: number;
  readonly stderr?: RegExp;
}[] = [
  { way: "break in the loop", code: 0 },
  { way: "throw in the loop", code: 1, stderr: /thrown in the loop/ },
  { way: "process.exit(3) in the loop", code: 3 },
  { way: "uncaught exception", code: 1, stderr: /thrown beside the loop/ },
  { way: "unhandled rejection", code: 1, stderr: /rejected beside the loop/ },
  { way: "process.exit(3) after opening", code: 3 },
  { way: "process.exit(3) between two reads of a PyAudio stream", code: 3 },
  { way: "the end of a PyAudio script that closes nothing", code: 0 },
  { way: "throw between two reads of a PyAudio stream", code: 1, stderr: /thrown between two/ },
];

test("a script that leaves a recording ends with its own exit code and the device is free", async (t) => {
  const pulse = await livelyMicrophone(t);
  if (pulse === undefined) {
    return;
  }
  for (const { way, code, stderr = /^$/ } of LEAVINGS) {
    await t.test(way, async () => {
      const result = await leave(pulse, { way });
      assert.deepEqual([result.code, result.signal], [code, null], result.stderr);
      assert.match(result.stderr, stderr);
      await assertReleased(pulse);
    });
  }
});

test("Ctrl-C ends a recording as it ends any script: by the signal, or as the script's handler says", async (t) => {
  const pulse = await livelyMicrophone(t);
  if (pulse === undefined) {
    return;
  }
  for (const signal of ["SIGINT", "SIGTERM", "SIGKILL"] as const) {
    const unheard = await leave(pulse, { way: "a signal" }, (child) => child.kill(signal));
    assert.deepEqual([unheard.code, unheard.signal], [null, signal], unheard.stderr);
    await assertReleased(pulse);
  }
  const handled = await leave(
    pulse,
    { way: "process.exit(3) in the handler of a signal" },
    (child) => child.kill("SIGINT"),
  );
  assert.deepEqual([handled.code, handled.stderr], [3, ""]);
  await assertReleased(pulse);

  const aborted = await leave(pulse, { way: "an AbortSignal on Ctrl-C" }, (child) =>
    child.kill("SIGINT"),
  );
  assert.equal(aborted.stderr, "");
  const { frames } = reportOf<{ frames: number }>(aborted);
  assert.ok(frames >= 441, `only ${frames} frames were kept`);
  await assertReleased(pulse);
});

test("process.exit() in the loop never crashes: twenty times in a row", async (t) => {
  const pulse = await livelyMicrophone(t);
  if (pulse === undefined) {
    return;
  }
  for (let time = 0; time < 20; time++) {
    const result = await leave(pulse, { way: "process.exit(3) in the loop" });
    assert.deepEqual([result.code, result.signal, result.stderr], [3, null, ""], `time ${time}`);
  }
  await assertReleased(pulse);
});

test("process.exit() in the middle of listing, opening and closing never crashes", async (t) => {
  const pulse = await livelyMicrophone(t);
  if (pulse === undefined) {
    return;
  }
  const tasks: readonly LeaveTask[] = [
    ...[0, 10, 30, 50].map(
      (afterMs) => ({ way: "process.exit(3) while listing", afterMs }) as const,
    ),
    ...[0, 5, 10, 20, 30, 40, 50, 60, 70, 80].map(
      (afterMs) => ({ way: "process.exit(3) while opening", afterMs }) as const,
    ),
    ...[0, 1, 2, 5].map((afterMs) => ({ way: "process.exit(3) while closing", afterMs }) as const),
  ];
  for (const task of tasks) {
    const result = await leave(pulse, task);
    // A machine that is fast enough has done its work before.
    assert.ok(
      result.code === 3 || (result.code === 0 && task.afterMs !== 0),
      `${task.way} after ${task.afterMs} ms: ${result.signal ?? result.code} ${result.stderr}`,
    );
    assert.equal(result.stderr, "");
    await assertReleased(pulse);
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
    ["--raw", "--device=mic.monitor", "--latency-msec=10", "--client-name=listener"],
    { env: pulse.env },
  );
  t.after(() => listener.stop());
  return pulse;
}

async function leave(
  pulse: Pulse,
  task: LeaveTask,
  onReady?: ProgramOptions["onReady"],
): Promise<ScriptResult> {
  const result = await runProgram("leave", {
    task,
    env: pulse.env,
    timeoutMs: 15_000,
    ...(onReady && { onReady }),
  });
  assert.equal(result.timedOut, false, `"${task.way}" hung: ${result.stderr}`);
  // The end waits for the audio thread, but never for long.
  assert.ok(result.ms < 8000, `"${task.way}" took ${result.ms} ms`);
  return result;
}

/** Only the listener is left at the microphone. */
async function assertReleased(pulse: Pulse): Promise<void> {
  let outputs = "";
  for (let waits = 0; waits < 50; waits++) {
    const env = { ...process.env, ...pulse.env };
    outputs = (await run("pactl", ["list", "short", "source-outputs"], { env })).stdout.trim();
    if (outputs.split("\n").length === 1 && outputs !== "") {
      return;
    }
    await sleep(20);
  }
  assert.fail(`The microphone is still held:\n${outputs}`);
}
