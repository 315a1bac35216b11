import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test, { type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startBoundChild } from "../rig/bound-child.js";
import { type Jack, startJack } from "../rig/jack.js";
import { requireTool } from "../rig/tools.js";
import { reportOf, runProgram } from "./program.js";
import type { RecordOutageReport } from "./programs/record-outage.js";

const RATE = 48_000;
/** A float32 counts exactly up to this. */
const FULL = 2 ** 24;

async function recordDuring(
  t: TestContext,
  fault: (child: ChildProcess, jack: Jack) => Promise<void>,
  options = {},
): Promise<RecordOutageReport | undefined> {
  if (!requireTool(t, "jackd", "libportaudio2", "arecord")) {
    return undefined;
  }
  const jack = await startJack({ rate: RATE });
  t.after(() => jack.stop());
  const folder = mkdtempSync(path.join(tmpdir(), "roomtone-jack-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, "ramp.f32");
  const ramp = new Float32Array(2 * 20 * RATE);
  for (let frame = 0; frame < ramp.length / 2; frame++) {
    ramp.fill((frame + 1) / FULL, 2 * frame, 2 * frame + 2);
  }
  writeFileSync(file, new Uint8Array(ramp.buffer));
  const player = await startBoundChild(
    "aplay",
    ["-q", "-D", "jack", "-t", "raw", "-f", "FLOAT_LE", "-c", "2", "-r", `${RATE}`, file],
    { env: jack.env },
  );
  t.after(() => player.stop());
  await sleep(300);
  const faults: Promise<void>[] = [];
  const result = await runProgram("record-outage", {
    task: { jackClient: "aplay", scale: FULL, seconds: 5, options },
    env: jack.env,
    timeoutMs: 60_000,
    onReady: (child) => faults.push(fault(child, jack)),
  });
  await Promise.all(faults);
  const seen = reportOf<RecordOutageReport>(result);
  t.diagnostic(JSON.stringify(seen));
  return seen;
}
async function pause(pid: number, ms: number): Promise<void> {
  process.kill(pid, "SIGSTOP");
  await sleep(ms);
  process.kill(pid, "SIGCONT");
}
test("JACK nothing", async (t) => {
  await recordDuring(t, async () => {});
});
test("JACK self stop 1 s", async (t) => {
  await recordDuring(t, ({ pid = 0 }) => pause(pid, 1000));
});
test("JACK self stop 0.1 s", async (t) => {
  await recordDuring(t, ({ pid = 0 }) => pause(pid, 100));
});
test("JACK server stop 1 s", async (t) => {
  await recordDuring(t, (_, jack) => pause(jack.pid, 1000));
});
test("JACK self stop 1 s low", async (t) => {
  await recordDuring(t, ({ pid = 0 }) => pause(pid, 1000), { latency: 0.02 });
});
