import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import path from "node:path";
import test, { type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Pulse, startPulse } from "../rig/pulse.js";
import { makeRamp, rampBytes } from "../rig/ramp.js";
import { assertWholeRamp, rampSeen, samplesOf } from "../rig/recorded.js";
import { requireTool } from "../rig/tools.js";
import { eventsOf, type RunningCommand, startCommand } from "./command.js";
import type { RecorderSeen } from "./programs/recorders.js";

const RATE = 44_100;
const RAMP_FRAMES = 6 * RATE;
const RAMP = rampBytes(
  makeRamp({ frames: RAMP_FRAMES, leadFrames: RATE / 4, tailFrames: RATE / 2 }),
);

test("roomtone record: a ramp is whole in WAV, FLAC, split files and on stdout, until SIGINT or SIGTERM", async (t) => {
  const pulse = await microphone(t);
  if (pulse === undefined) {
    return;
  }
  const files = [
    await record(t, pulse, ["take.wav", "--json"]),
    await record(t, pulse, ["take.flac", "--format", "flac", "--json"]),
    await record(t, pulse, ["part {index}.wav", "--split", "0.25s", "--json"]),
  ];
  const live = await record(t, pulse, ["-", "--raw"]);
  await Promise.all(files.map((one) => one.said('"event":"level"')));
  while (live.output().length === 0) {
    await sleep(20);
  }
  await (await pulse.play(RAMP)).finished;
  // What was played may be heard seconds later.
  await sleep(3000);
  const results = await Promise.all(
    files.map((one, index) => one.end(index === 1 ? "SIGTERM" : "SIGINT")),
  );
  for (const result of results) {
    assert.deepEqual([result.code, result.stderr], [0, ""]);
    const [done] = eventsOf<RecorderSeen>(result, "done");
    assert.deepEqual([done?.reason, done?.lostFrames, done?.gaps], ["signal", 0, []]);
  }
  const at = (name: string): string => path.join(pulse.folder, name);
  const parts = readdirSync(pulse.folder).filter((name) => name.startsWith("part "));
  assert.ok(parts.length > 24, `${parts.length} files`);
  assertWholeRamp(await samplesOf(at("take.wav")), RAMP_FRAMES, "WAV");
  assertWholeRamp(await samplesOf(at("take.flac")), RAMP_FRAMES, "FLAC");
  assertWholeRamp(await samplesOf(...parts.sort().map(at)), RAMP_FRAMES, "split files");

  const { code, stdout, stderr } = await live.end("SIGINT");
  assert.equal(code, 0, stderr);
  assert.match(stderr, /no frame lost/);
  const heard = new Int16Array(Uint8Array.from(stdout).buffer);
  assertWholeRamp(heard, RAMP_FRAMES, "stdout");
});

test("roomtone record tells that the sound server died, and what it had is in the file", async (t) => {
  const pulse = await microphone(t);
  if (pulse === undefined) {
    return;
  }
  const names = ["take.wav", "take.flac"];
  const running = [
    await record(t, pulse, ["take.wav", "--json"]),
    await record(t, pulse, ["take.flac", "--format", "flac", "--json"]),
  ];
  await Promise.all(running.map((one) => one.said('"event":"level"')));
  const player = await pulse.play(RAMP);
  await sleep(3000);
  process.kill(pulse.pid, "SIGKILL");
  for (const [index, one] of running.entries()) {
    const { code, stderr } = await one.end();
    assert.equal(code, 1);
    assert.match(stderr, /\[device-lost\]/);
    const seen = rampSeen(await samplesOf(path.join(pulse.folder, names[index] ?? "")));
    t.diagnostic(`${names[index]}: ${seen.frames} frames of the ramp; ${stderr.trim()}`);
    const broken = { lost: 0, repeated: 0, silent: 0, breaks: [] };
    assert.deepEqual(seen, { ...broken, frames: seen.frames });
    assert.ok(seen.frames > RATE / 2);
  }
  await player.finished.catch(() => undefined);
});

async function record(
  t: TestContext,
  pulse: Pulse,
  args: readonly string[],
): Promise<RunningCommand> {
  const running = await startCommand(["record", ...args, "--rate", `${RATE}`], {
    env: pulse.env,
    cwd: pulse.folder,
  });
  t.after(() => running.end("SIGKILL"));
  return running;
}

async function microphone(t: TestContext): Promise<Pulse | undefined> {
  if (!requireTool(t, "pulseaudio", "libportaudio2")) {
    return undefined;
  }
  const pulse = await startPulse({ rate: RATE, channels: 1, format: "s16le" });
  t.after(() => pulse.stop());
  return pulse;
}
