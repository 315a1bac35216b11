import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test, { type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { GapCause } from "../../src/index.js";
import { startClockRamp } from "../rig/clock-ramp.js";
import { type Pulse, startPulse } from "../rig/pulse.js";
import { requireTool } from "../rig/tools.js";
import { reportOf, runProgram } from "./program.js";
import type { Outage, RecordOutageReport, RecordOutageTask } from "./programs/record-outage.js";

// The microphone gives frames that are counted by the wall clock, so the one behind a gap says how long it truly was.

const RATE = 44_100;
/** By how much a gap that is measured by the clock may be wrong; seen: below 2 ms, most of the time. */
const TOLERANCE_MS = 100;
/** How long each outage lasts. */
const OUTAGE_MS = 3_000;
/** A second before it, the outage, and some seconds after it. */
const SECONDS = 7;
/** What waits in the microphone's pipe during an outage comes behind it: up to so many frames. */
const PIPE_FRAMES = 1_024;

test("while nothing happens, every frame comes and no gap is told", async (t) => {
  const pulse = await microphone(t);
  if (pulse !== undefined) {
    const seen = await recordDuring(t, pulse, { options: {}, seconds: 4 }, async () => {});
    assertUnharmed(seen);
  }
});

test('a sound server that is killed and started again costs a recording with "wait" one gap, of true length', async (t) => {
  const pulse = await microphone(t);
  if (pulse === undefined) {
    return;
  }
  const task: RecordOutageTask = { options: { onDeviceLost: "wait" }, seconds: SECONDS };
  const seen = await recordDuring(t, pulse, task, async () => {
    process.kill(pulse.pid, "SIGKILL");
    await sleep(OUTAGE_MS);
    await pulse.restart();
  });
  assertOneGap(t, seen, "device-lost", OUTAGE_MS);
});

test('a sound server that is killed and stays away ends a recording after waitSeconds, with "wait" as with "fail"', async (t) => {
  const pulse = await microphone(t);
  if (pulse === undefined) {
    return;
  }
  for (const onDeviceLost of ["wait", "fail"] as const) {
    const seen = await recordDuring(
      t,
      pulse,
      { options: { onDeviceLost, waitSeconds: 3 }, seconds: 60 },
      () => Promise.resolve(void process.kill(pulse.pid, "SIGKILL")),
    );
    assert.equal(seen.error?.code, "device-lost", seen.error?.message);
    assertBetween(seen.error.afterMs, 2_500, 10_000, "ms until it failed");
    // What came before is there.
    assert.deepEqual([seen.outages, seen.silent], [[], 0]);
    assert.ok(seen.position >= RATE);
    await pulse.restart();
  }
});

test('with "default-device" a recording goes on with the default device when its own server is killed', async (t) => {
  const [first, second] = await microphones(t, 2);
  if (first === undefined || second === undefined) {
    return;
  }
  const folder = mkdtempSync(path.join(tmpdir(), "roomtone-outages-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const config = path.join(folder, "asound.conf");
  const pcm = (name: string, { env }: Pulse): string =>
    `pcm.${name} { type pulse server "${env.PULSE_SERVER}" hint { show on description "${name}" } }`;
  writeFileSync(config, [pcm("first", first), pcm("!default", second), ""].join("\n"));
  const seen = await recordDuring(
    t,
    { env: { ...first.env, ALSA_CONFIG_PATH: config } },
    { options: { device: "first", onDeviceLost: "default-device" }, seconds: SECONDS },
    () => Promise.resolve(void process.kill(first.pid, "SIGKILL")),
  );
  assertOneGap(t, seen, "device-lost", 1_000);
});

test("a microphone that is taken away and comes back costs one gap, of true length", async (t) => {
  const pulse = await microphone(t);
  if (pulse === undefined) {
    return;
  }
  const task: RecordOutageTask = { options: { onDeviceLost: "wait" }, seconds: SECONDS };
  const seen = await recordDuring(t, pulse, task, async () => {
    await pulse.control("unload-module", "module-pipe-source");
    await sleep(OUTAGE_MS);
    await pulse.loadPipe();
  });
  assertOneGap(t, seen, "device-lost", OUTAGE_MS);
});

test("a microphone that is suspended and resumed costs one gap, of true length", async (t) => {
  const pulse = await microphone(t);
  if (pulse === undefined) {
    return;
  }
  const seen = await recordDuring(t, pulse, { options: {}, seconds: SECONDS }, async () => {
    await pulse.control("suspend-source", "pipe", "1");
    await sleep(OUTAGE_MS);
    await pulse.control("suspend-source", "pipe", "0");
  });
  assertOneGap(t, seen, "stall", OUTAGE_MS);
});

test("a sound server that is stopped and continued costs one gap, of true length", async (t) => {
  const pulse = await microphone(t);
  if (pulse === undefined) {
    return;
  }
  const seen = await recordDuring(t, pulse, { options: {}, seconds: SECONDS }, () =>
    pause(pulse.pid),
  );
  assertOneGap(t, seen, "stall", OUTAGE_MS);
});

test("a process that is stopped for three seconds loses none of what the sound server keeps for it", async (t) => {
  const pulse = await microphone(t);
  if (pulse === undefined) {
    return;
  }
  const seen = await recordDuring(t, pulse, { options: {}, seconds: SECONDS }, ({ pid = 0 }) =>
    pause(pid),
  );
  assertUnharmed(seen);
});

async function microphone(t: TestContext): Promise<Pulse | undefined> {
  const [pulse] = await microphones(t, 1);
  return pulse;
}

/** Sound servers whose microphones hear one and the same ramp; none where a tool is missing. */
async function microphones(t: TestContext, count: number): Promise<readonly Pulse[]> {
  if (!requireTool(t, "pulseaudio", "libportaudio2")) {
    return [];
  }
  const servers: Pulse[] = [];
  for (let started = 0; started < count; started++) {
    const pulse = await startPulse({ rate: RATE, channels: 1, format: "s32le", pipe: true });
    t.after(() => pulse.stop());
    servers.push(pulse);
  }
  const ramp = await startClockRamp(RATE, ...servers.map((pulse) => pulse.pipePath));
  t.after(() => ramp.stop());
  return servers;
}

/** Records the ramp of some microphones while something happens, a second after it began. */
async function recordDuring(
  t: TestContext,
  { env }: Pick<Pulse, "env">,
  task: RecordOutageTask,
  fault: (child: ChildProcess) => Promise<void>,
): Promise<RecordOutageReport> {
  const faults: Promise<void>[] = [];
  const result = await runProgram("record-outage", {
    task: { ...task, options: { sampleRate: RATE, format: "int32", ...task.options } },
    env,
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

/** All frames came, in order. */
function assertUnharmed(seen: RecordOutageReport): void {
  const { outages, silent, droppedFrames, stalls, error } = seen;
  assert.deepEqual(
    { outages, silent, droppedFrames, stalls, error },
    {
      outages: [],
      silent: 0,
      droppedFrames: 0,
      stalls: 0,
      error: undefined,
    },
  );
  assert.equal(seen.frames, seen.position);
}

/** Frames are missing at one place, no frame came twice, and the stream says how many it were. */
function assertOneGap(
  t: TestContext,
  seen: RecordOutageReport,
  cause: GapCause,
  leastMs: number,
): void {
  assert.equal(seen.error, undefined);
  assert.equal(seen.silent, 0);
  const [outage, ...others] = merged(seen.outages);
  assert.ok(outage !== undefined && others.length === 0, "not one outage");
  const errorMs = ((outage.dropped - outage.missing) / RATE) * 1000;
  t.diagnostic(`the gap is wrong by ${errorMs.toFixed(1)} ms`);
  assert.equal(outage.cause, cause);
  assertBetween((outage.missing / RATE) * 1000, leastMs - 200, SECONDS * 1000, "ms are missing");
  assertBetween(errorMs, -TOLERANCE_MS, TOLERANCE_MS, "ms is the gap wrong");
  assert.ok(seen.outages.every(({ missing }) => missing >= 0));
  assert.deepEqual(
    [seen.droppedFrames, seen.frames],
    [outage.dropped, seen.position - outage.dropped],
  );
}

/** Frames that waited in the pipe may stand between a gap and the frames that are truly missing. */
function merged(outages: readonly Outage[]): Outage[] {
  const all: Outage[] = [];
  for (const outage of outages) {
    const before = all.at(-1);
    if (before !== undefined && outage.position - before.position <= PIPE_FRAMES) {
      all[all.length - 1] = {
        ...outage,
        ...before,
        dropped: before.dropped + outage.dropped,
        missing: before.missing + outage.missing,
      };
    } else {
      all.push(outage);
    }
  }
  return all;
}

function assertBetween(value: number, least: number, most: number, what: string): void {
  assert.ok(value >= least && value <= most, `${value.toFixed(1)} ${what}`);
}
