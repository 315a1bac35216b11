import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test, { type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { ScriptResult } from "../rig/child.js";
import { startPulse } from "../rig/pulse.js";
import { makeRamp, rampBytes } from "../rig/ramp.js";
import { requireTool } from "../rig/tools.js";
import { reportOf, runProgram } from "./program.js";
import { quietDevice } from "./programs/alsa-config.js";
import type { WatchEndReport, WatchEndTask } from "./programs/watch-end.js";
import type { WatchRecordingReport } from "./programs/watch-recording.js";

const RATE = 44_100;

test("devices that come and go and a changed default are told while a stream records, which loses nothing", async (t) => {
  if (!requireTool(t, "pulseaudio", "libportaudio2")) {
    return;
  }
  const pulse = await startPulse({ rate: RATE, channels: 1, format: "s16le" });
  t.after(() => pulse.stop());
  const frames = 6 * RATE;
  const ramp = makeRamp({ frames, leadFrames: RATE / 4, tailFrames: RATE / 2 });
  const played: Promise<void>[] = [];
  const result = await runProgram("watch-recording", {
    env: pulse.env,
    timeoutMs: 90_000,
    onReady: () => {
      played.push(pulse.play(rampBytes(ramp)).then((player) => player.finished));
    },
  });
  const seen = reportOf<WatchRecordingReport>(result);
  await Promise.all(played);
  assert.deepEqual(seen.ramp, { frames, lost: 0, repeated: 0, silent: 0, breaks: [] });
  assert.equal(seen.droppedFrames, 0);
  assert.equal(result.stderr, "");

  assert.deepEqual(seen.first, ["default", "pulse"]);
  assert.deepEqual(seen.told, [
    ["added: extra"],
    [
      "removed: extra",
      "removed: default",
      "default-input-changed: default, pulse",
      "default-output-changed: default, pulse",
    ],
    [
      "added: other",
      "added: default",
      "default-input-changed: pulse, default",
      "default-output-changed: pulse, default",
    ],
  ]);
  assert.deepEqual(seen.newest, [
    ["default", "other", "pulse"],
    ["default", "other", "pulse"],
  ]);
  await t.test(
    "devices() gives the frozen list while a stream is open, and a new one after",
    () => {
      assert.equal(seen.frozen, true);
      assert.equal(seen.refresh, "streams-open");
      assert.deepEqual(seen.after, ["default", "other", "pulse"]);
    },
  );
});

test("a probe that is killed is replaced, and no change is lost", async (t) => {
  if (!requireTool(t, "libportaudio2")) {
    return;
  }
  const { added, probes } = reportOf<WatchEndReport>(await end(t, "kill the probe"));
  assert.deepEqual(added, ["added one", "added two", "added three"]);
  assert.ok(probes > 1, `${probes} probes`);
});

test("Ctrl-C, which the probe hears too, is for the script to take", async (t) => {
  if (!requireTool(t, "libportaudio2")) {
    return;
  }
  const { added, probes } = reportOf<WatchEndReport>(await end(t, "interrupt the probe"));
  assert.deepEqual(added, ["added one", "added two", "added three"]);
  assert.equal(probes, 1);
});

test("a watch keeps the process until it is closed, and its probe is gone then", async (t) => {
  if (!requireTool(t, "libportaudio2")) {
    return;
  }
  const { code, stdout, stderr } = await end(t, "close");
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(stdout, /^probe \d+\nclosed 0\n$/);
});

for (const [name, way, exitCode, signal] of [
  ["process.exit()", "exit", 3, undefined],
  ["an uncaught error", "throw", 1, undefined],
  ["SIGINT", "run", null, "SIGINT"],
  ["SIGTERM", "run", null, "SIGTERM"],
  ["SIGKILL", "run", null, "SIGKILL"],
] as const) {
  test(`the probe ends with a script that ends by ${name}`, async (t) => {
    if (!requireTool(t, "libportaudio2")) {
      return;
    }
    const { code, signal: by, stdout } = await end(t, way, signal);
    assert.equal(by, signal ?? null);
    assert.equal(code, exitCode);
    const pid = Number(/^probe (\d+)$/m.exec(stdout)?.[1]);
    assert.ok(pid > 1);
    const deadline = performance.now() + 20_000;
    while (isRunning(pid)) {
      assert.ok(performance.now() < deadline, `process ${pid} still runs`);
      await sleep(20);
    }
  });
}

/** Runs the program with an ALSA of its own, and sends it the signal when it is ready. */
async function end(
  t: TestContext,
  way: WatchEndTask["way"],
  signal?: NodeJS.Signals,
): Promise<ScriptResult> {
  const folder = mkdtempSync(path.join(tmpdir(), "roomtone-watch-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const config = path.join(folder, "asound.conf");
  writeFileSync(config, `${quietDevice("default")}\n`);
  return runProgram("watch-end", {
    task: { way } satisfies WatchEndTask,
    env: {
      ALSA_CONFIG_PATH: config,
      JACK_DEFAULT_SERVER: "roomtone-none",
      JACK_NO_START_SERVER: "1",
      NODE_DEBUG: undefined,
    },
    onReady: (child) => {
      if (signal !== undefined) {
        child.kill(signal);
      }
    },
  });
}

/** A process that has ended may stay in the table until its new parent looks. */
function isRunning(pid: number): boolean {
  const file = `/proc/${pid}/stat`;
  return existsSync(file) && !/\) Z /.test(readFileSync(file, "utf8"));
}
