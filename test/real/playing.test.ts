import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import type { MeasuredLatency } from "../../src/index.js";
import { startListener } from "../rig/listener.js";
import { type Pulse, startPulse } from "../rig/pulse.js";
import { makeRamp, type RampReport, rampBytes, verifyRamp } from "../rig/ramp.js";
import { requireTool } from "../rig/tools.js";
import { reportOf, runProgram } from "./program.js";
import type { MeasureLatencyTask } from "./programs/measure-latency.js";
import type { PlayRampReport, PlayRampTask } from "./programs/play-ramp.js";

const RATE = 44_100;
/** Less than a period of the ramp, so that its last frame says what was lost on the way. */
const FRAMES = 60_000;
const PAUSE_MS = 800;
/** The null sink's monitor drops the first frames of whoever begins to play, also of pacat. */
const LEAD_FRAMES = 4_410;
/**
 * A sound server that is late itself, on a machine that is too busy, puts silence in and drops frames without a word to
 * its clients: then the test is made again, up to so many times.
 */
const ATTEMPTS = 5;

for (const way of ["stream", "pyaudio"] as const) {
  const name = way === "stream" ? "OutputStream" : "PyAudio's write";

  test(`${name} plays every frame of a ramp up to the last`, async (t) => {
    const play = await playInOrder(t, { way, frames: FRAMES }, 0);
    if (play !== undefined) {
      const { lost, silent, frames } = play.heard;
      assert.deepEqual([lost, silent, frames], [0, 0, FRAMES - play.first + 1]);
      assert.deepEqual(play.underflows, []);
    }
  });

  test(`${name} loses nothing when its writer pauses: one underflow, and the silence that is heard`, async (t) => {
    const play = await playInOrder(t, { way, frames: FRAMES, pauseMs: PAUSE_MS }, 1);
    if (play === undefined) {
      return;
    }
    const { lost, silent, frames, breaks } = play.heard;
    assert.deepEqual([lost, frames, breaks.length], [0, FRAMES - play.first + 1, 1]);
    assert.equal(play.underflows.length, 1);
    // What is queued is played meanwhile: up to the queue and the device's buffer less of silence.
    const pause = (PAUSE_MS / 1000) * RATE;
    assert.ok(silent > pause / 2 && silent < 2 * pause, `${silent} frames of silence`);
    if (way === "stream") {
      assert.deepEqual(play.underflows, [{ position: FRAMES / 2, frames: silent }]);
    }
  });
}

test("when the sound server is killed, waiting writes and drains reject, and so do later ones", async (t) => {
  const pulse = await start(t);
  if (pulse === undefined) {
    return;
  }
  const result = await runProgram("play-ramp", {
    task: { way: "killed", frames: FRAMES } satisfies PlayRampTask,
    env: pulse.env,
    timeoutMs: 60_000,
    onReady: () => process.kill(pulse.pid, "SIGKILL"),
  });
  const { thrown } = reportOf<PlayRampReport>(result);
  t.diagnostic(JSON.stringify(thrown));
  // The write and the drain that wait hear of it at the same time.
  assert.deepEqual(
    thrown.map(({ by, code }) => `${by}: ${code}`).sort(),
    ["drain", "drain again", "write", "write again"].map((by) => `${by}: device-lost`).sort(),
  );
  assert.ok(thrown.every(({ ms }) => ms < 20_000));
  assert.equal(result.stderr, "");
});

test("a duplex stream records every frame of a ramp while it plays silence", async (t) => {
  const pulse = await start(t);
  if (pulse === undefined) {
    return;
  }
  const frames = 5 * RATE;
  const ramp = makeRamp({ frames, leadFrames: RATE / 4, tailFrames: 1.5 * RATE });
  const played: Promise<void>[] = [];
  const result = await runProgram("play-ramp", {
    task: { way: "duplex", frames: 0 } satisfies PlayRampTask,
    env: pulse.env,
    timeoutMs: 60_000,
    onReady: () => played.push(pulse.play(rampBytes(ramp)).then((player) => player.finished)),
  });
  const { recorded, droppedFrames } = reportOf<PlayRampReport>(result);
  await Promise.all(played);
  // A player that is starved puts silence in; what it plays is all there.
  assert.deepEqual([recorded?.frames, recorded?.lost, recorded?.repeated], [frames, 0, 0]);
  assert.equal(droppedFrames, 0);
});

for (const latency of ["low", "high"] as const) {
  test(`measureLatency() finds its burst, undistorted, with latency "${latency}"`, async (t) => {
    const pulse = await start(t);
    if (pulse === undefined) {
      return;
    }
    const task: MeasureLatencyTask = { latency };
    const result = await runProgram("measure-latency", { task, env: pulse.env, timeoutMs: 60_000 });
    const measured = reportOf<MeasuredLatency>(result);
    t.diagnostic(JSON.stringify(measured));
    // The monitor hears just what is played; 16 bits on the way make the correlation a little less than 1.
    assert.ok(measured.correlation > 0.999, `correlation ${measured.correlation}`);
    assert.equal(measured.sampleRate, RATE);
    assert.equal(measured.seconds, measured.frames / RATE);
    // The server begins input and output one after the other, within its own longest buffer of two seconds.
    assert.ok(Math.abs(measured.seconds) < 1, `${measured.seconds} s`);
    assert.equal(result.stderr, "");
  });
}

async function start(t: TestContext): Promise<Pulse | undefined> {
  if (!requireTool(t, "pulseaudio", "libportaudio2")) {
    return undefined;
  }
  const pulse = await startPulse({ rate: RATE, channels: 1, format: "s16le" });
  t.after(() => pulse.stop());
  return pulse;
}

interface Play extends PlayRampReport {
  readonly heard: RampReport;
  /** The counters of the first and the last frame that was heard. */
  readonly first: number;
  readonly last: number;
}

async function listenTo(t: TestContext, task: PlayRampTask): Promise<Play | undefined> {
  const pulse = await start(t);
  if (pulse === undefined) {
    return undefined;
  }
  const listener = await startListener(pulse, RATE);
  try {
    const result = await runProgram("play-ramp", { task, env: pulse.env, timeoutMs: 60_000 });
    const report = reportOf<PlayRampReport>(result);
    assert.equal(result.stderr, "");
    // What was played last comes after the listener's own buffer.
    await listener.more(RATE);
    const samples = await listener.stop();
    const play = {
      ...report,
      heard: verifyRamp(samples),
      first: (samples.find((sample) => sample !== 0) ?? 0) & 0xffff,
      last: (samples.findLast((sample) => sample !== 0) ?? 0) & 0xffff,
    };
    t.diagnostic(JSON.stringify(play));
    return play;
  } finally {
    await listener.stop();
  }
}

/** Whether the sound server kept up: nothing lost, as many silences as pauses, and just those that are told. */
function isExact({ way }: PlayRampTask, { heard, underflows }: Play, pauses: number): boolean {
  const told = underflows.reduce((sum, { frames = 0 }) => sum + frames, 0);
  return (
    heard.lost === 0 &&
    heard.breaks.length === pauses &&
    underflows.length === pauses &&
    (way === "pyaudio" || told === heard.silent)
  );
}

/** Plays until the sound server keeps up; all that is heard is in order and up to the last frame at any time. */
async function playInOrder(
  t: TestContext,
  task: PlayRampTask,
  pauses: number,
): Promise<Play | undefined> {
  let play: Play | undefined;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    play = await listenTo(t, task);
    if (play === undefined || isExact(task, play, pauses)) {
      break;
    }
    const { first, last, heard } = play;
    assert.ok(first >= 1 && first <= LEAD_FRAMES, `the first frame heard is ${first}`);
    assert.equal(last, FRAMES);
    assert.equal(heard.repeated, 0);
  }
  return play;
}
