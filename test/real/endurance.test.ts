import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { type Pulse, startPulse } from "../rig/pulse.js";
import { requireTool } from "../rig/tools.js";
import { reportOf, runProgram } from "./program.js";
import type { AgainReport, AgainTask } from "./programs/again-and-again.js";
import type { ManyDevicesReport, ManyDevicesTask } from "./programs/many-devices.js";

// With ROOMTONE_LONG=1 these take some minutes: 2,000 streams of each kind, and 60 s of many devices instead of 10 s.
const LONG = process.env.ROOMTONE_LONG === "1";
const VIRTUAL_STREAMS = LONG ? 2_000 : 500;
/** One on PulseAudio takes a quarter of a second. */
const REAL_STREAMS = LONG ? 2_000 : 200;
/** What is left of 500 streams may be no more than 10 MB. */
const MOST_MEGABYTES_A_STREAM = 10 / 500;

test("recordings, one after another, leave no thread, no file and no memory behind", async (t) => {
  if (!requireTool(t, "pulseaudio", "libportaudio2")) {
    return;
  }
  const pulse = await startPulse();
  t.after(() => pulse.stop());
  const task: AgainTask = { way: "input", warmUp: 50, streams: REAL_STREAMS };
  const { staysLoaded } = await assertNothingLeft(t, task, pulse);
  // To load it again and again takes what a process has but 1,024 of: it crashed after 500 streams.
  assert.ok(staysLoaded, "PortAudio was unloaded");
});

test("virtual outputs, one after another, leave no thread, no file and no memory behind", async (t) => {
  const task: AgainTask = { way: "virtual output", warmUp: 50, streams: VIRTUAL_STREAMS };
  await assertNothingLeft(t, task);
});

test("sixteen inputs and four outputs at once lose no frame and never run dry", async (t) => {
  const seconds = LONG ? 60 : 10;
  const task: ManyDevicesTask = { inputs: 16, outputs: 4, seconds };
  const result = await runProgram("many-devices", { task, timeoutMs: 60_000 + seconds * 2_000 });
  const { inputs, outputs } = reportOf<ManyDevicesReport>(result);
  t.diagnostic(JSON.stringify({ inputs, outputs }));
  const lost = inputs.filter(({ dropped }) => dropped > 0);
  const dry = outputs.filter(({ underflows }) => underflows > 0);
  assert.deepEqual([lost, dry], [[], []]);
  const enough = seconds * 48_000;
  assert.ok([...inputs, ...outputs].every(({ frames }) => frames >= enough));
  assert.equal(result.stderr, "");
});

async function assertNothingLeft(
  t: TestContext,
  task: AgainTask,
  pulse?: Pulse,
): Promise<AgainReport> {
  const result = await runProgram("again-and-again", {
    task,
    nodeOptions: ["--expose-gc"],
    timeoutMs: 300_000,
    ...(pulse && { env: pulse.env }),
  });
  const report = reportOf<AgainReport>(result);
  const { before, after } = report;
  t.diagnostic(`before ${JSON.stringify(before)}, after ${JSON.stringify(after)}`);
  assert.equal(result.stderr, "");
  assert.ok(after.threads <= before.threads, `${before.threads} threads became ${after.threads}`);
  assert.ok(after.files <= before.files, `${before.files} files became ${after.files}`);
  const more = after.megabytes - before.megabytes;
  assert.ok(more < MOST_MEGABYTES_A_STREAM * task.streams, `${more.toFixed(1)} MB more`);
  return report;
}
