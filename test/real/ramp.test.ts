import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { startBurn } from "../rig/burn.js";
import { type Pulse, startPulse } from "../rig/pulse.js";
import { makeRamp, rampBytes } from "../rig/ramp.js";
import { requireTool } from "../rig/tools.js";
import { reportOf, runProgram } from "./program.js";
import type { RecordedRamp, RecordRampTask } from "./programs/record-ramp.js";

const RATE = 44_100;
const BLOCKS = [64, 256, 2048];

test("ten seconds of ramp arrive without one lost or repeated frame at blocks of 64, 256 and 2,048 frames", async (t) => {
  const pulse = await microphone(t);
  if (pulse === undefined) {
    return;
  }
  await assertWhole(t, pulse, { blocks: BLOCKS }, 10);
});

test("a main thread that is held for two seconds loses none of ten seconds of ramp", async (t) => {
  const pulse = await microphone(t);
  if (pulse === undefined) {
    return;
  }
  const heard = await assertWhole(t, pulse, { blocks: BLOCKS, holdMs: 2000 }, 10);
  for (const stream of heard) {
    assert.ok(stream.longestPauseMs >= 1900, `it was held for ${stream.longestPauseMs} ms only`);
  }
});

test("two processes that burn every core take none of ten seconds of ramp", async (t) => {
  const pulse = await microphone(t);
  if (pulse === undefined) {
    return;
  }
  const burn = await startBurn(2);
  t.after(() => burn.stop());
  await assertWhole(t, pulse, { blocks: BLOCKS }, 10);
});

test("four streams at once on one microphone each record five seconds of ramp exactly", async (t) => {
  const pulse = await microphone(t);
  if (pulse === undefined) {
    return;
  }
  await assertWhole(t, pulse, { blocks: [256, 441, 1024, 2205] }, 5);
});

async function microphone(t: TestContext): Promise<Pulse | undefined> {
  if (!requireTool(t, "pulseaudio", "libportaudio2")) {
    return undefined;
  }
  const pulse = await startPulse({ rate: RATE, channels: 1, format: "s16le" });
  t.after(() => pulse.stop());
  return pulse;
}

/** Plays a ramp to recorders in one process; each must have all of it. */
async function assertWhole(
  t: TestContext,
  pulse: Pulse,
  task: RecordRampTask,
  seconds: number,
): Promise<readonly RecordedRamp[]> {
  const frames = seconds * RATE;
  const ramp = makeRamp({ frames, leadFrames: RATE / 4, tailFrames: RATE / 2 });
  const played: Promise<void>[] = [];
  const result = await runProgram("record-ramp", {
    task,
    env: pulse.env,
    timeoutMs: 60_000,
    onReady: () => played.push(pulse.play(rampBytes(ramp)).then((player) => player.finished)),
  });
  const heard = reportOf<readonly RecordedRamp[]>(result);
  await Promise.all(played);
  assert.deepEqual(
    heard.map((stream) => stream.blockFrames),
    task.blocks,
  );
  for (const stream of heard) {
    t.diagnostic(`blocks of ${stream.blockFrames}: longest pause ${stream.longestPauseMs} ms`);
    assert.deepEqual(stream, {
      blockFrames: stream.blockFrames,
      frames,
      lost: 0,
      repeated: 0,
      silent: 0,
      breaks: [],
      droppedFrames: 0,
      oddBlocks: 0,
      longestPauseMs: stream.longestPauseMs,
    });
  }
  return heard;
}
