import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { paOutputUnderflow } from "../../src/portaudio.js";
import { startListener } from "../rig/listener.js";
import { type Pulse, startPulse } from "../rig/pulse.js";
import { makeRamp, type RampReport, rampBytes, verifyRamp } from "../rig/ramp.js";
import { requireTool } from "../rig/tools.js";
import { reportOf, runProgram } from "./program.js";
import type { CallbackTask, EchoReport, PlayReport, PlayWay } from "./programs/callback-script.js";

const RATE = 44_100;
/** Large, so that a queue that wrongly outlives an abort is long enough to be heard. */
const BLOCK = 8192;
/** Of the program: silence before each ramp. */
const LEAD_BLOCKS = 3;
const RAMP_BLOCKS = 5;
const CALLS = LEAD_BLOCKS + RAMP_BLOCKS;
const FRAMES = RAMP_BLOCKS * BLOCK;
/** So much silence parts two ramps. */
const APART = RATE / 4;

async function start(t: TestContext): Promise<Pulse | undefined> {
  if (!requireTool(t, "pulseaudio", "libportaudio2")) {
    return undefined;
  }
  const pulse = await startPulse({ rate: RATE, channels: 1, format: "s16le" });
  t.after(() => pulse.stop());
  return pulse;
}

/** What the sound server's output gives while a program runs. */
async function listen<Report>(
  pulse: Pulse,
  task: CallbackTask,
): Promise<{ readonly report: Report; readonly heard: Int16Array }> {
  const listener = await startListener(pulse, RATE);
  try {
    const result = await runProgram("callback-script", { task, env: pulse.env, timeoutMs: 60_000 });
    // What was played last comes after the listener's own buffer.
    await listener.more(RATE);
    return { report: reportOf<Report>(result), heard: await listener.stop() };
  } finally {
    await listener.stop();
  }
}

interface Play {
  readonly reports: readonly PlayReport[];
  readonly ramps: readonly Ramp[];
}

/** A ramp that was heard, with the counters at its ends. */
interface Ramp extends RampReport {
  readonly first: number;
  readonly last: number;
}

async function listenToPlay(
  t: TestContext,
  way: PlayWay,
  frames = FRAMES,
  again = false,
): Promise<Play | undefined> {
  const pulse = await start(t);
  if (pulse === undefined) {
    return undefined;
  }
  const { report, heard } = await listen<PlayReport[]>(pulse, { do: "play", way, frames, again });
  const ramps = rampsIn(heard);
  for (const { breaks, ...ramp } of ramps) {
    t.diagnostic(JSON.stringify({ ...ramp, breaks: breaks.slice(0, 5) }));
  }
  return { reports: report, ramps };
}

function rampsIn(heard: Int16Array): Ramp[] {
  const ramps: Ramp[] = [];
  let from = -1;
  let last = -1;
  const close = (): void => {
    if (from !== -1) {
      const samples = heard.subarray(from, last + 1);
      const ends = [samples[0] ?? 0, samples.at(-1) ?? 0].map((sample) => sample & 0xffff);
      ramps.push({ ...verifyRamp(samples), first: ends[0] ?? 0, last: ends[1] ?? 0 });
    }
    from = -1;
  };
  for (const [index, sample] of heard.entries()) {
    if (sample !== 0) {
      if (index - last > APART) {
        close();
      }
      from = from === -1 ? index : from;
      last = index;
    }
  }
  close();
  return ramps;
}

/**
 * Fails unless a ramp was heard from its first to its last frame, in order. Where the device ran dry, which a busy
 * machine brings about, frames may be missing; nothing is missing that the callback was not told of.
 */
function assertHeard(t: TestContext, ramp: Ramp | undefined, last: number, flags: number): void {
  assert.ok(ramp !== undefined, "no ramp was heard");
  assert.deepEqual([ramp.first, ramp.last, ramp.repeated], [1, last, 0]);
  if ((flags & paOutputUnderflow) === 0) {
    assert.deepEqual([ramp.frames, ramp.lost, ramp.silent], [last, 0, 0]);
  } else {
    t.diagnostic(`the device ran dry: ${ramp.lost} frames lost, ${ramp.silent} of silence`);
  }
}

for (const [framesPerBuffer, holdMs] of [
  [1024, 0],
  [256, 2000],
] as const) {
  test(`a callback records every frame in blocks of ${framesPerBuffer} while the event loop is held for ${holdMs} ms`, async (t) => {
    const pulse = await start(t);
    if (pulse === undefined) {
      return;
    }
    const frames = 4 * RATE;
    const ramp = makeRamp({ frames, leadFrames: RATE / 4, tailFrames: RATE / 2 });
    const played: Promise<void>[] = [];
    const result = await runProgram("callback-script", {
      task: { do: "record", framesPerBuffer, holdMs } satisfies CallbackTask,
      env: pulse.env,
      timeoutMs: 60_000,
      onReady: () => played.push(pulse.play(rampBytes(ramp)).then((player) => player.finished)),
    });
    await Promise.all(played);
    assert.deepEqual(reportOf(result), {
      frames,
      lost: 0,
      repeated: 0,
      silent: 0,
      breaks: [],
      gaps: [],
      lengths: [framesPerBuffer * 2],
      flags: 0,
    });
  });
}

/** Ways that play the whole ramp; the last block of `ends short` is not a whole one. */
for (const [way, frames, stopped] of [
  ["completes", FRAMES, false],
  ["ends short", FRAMES - 300, false],
  ["returns too much", FRAMES, false],
  ["stops", FRAMES, true],
] as const) {
  test(`what a callback plays that ${way} is heard to the last frame, and nothing is missing unflagged`, async (t) => {
    const seen = await listenToPlay(t, way, frames);
    if (seen === undefined) {
      return;
    }
    assert.equal(seen.reports.length, 1);
    for (const { calls, inData, stopped: isStopped, uncaught, flags } of seen.reports) {
      assert.deepEqual([inData, isStopped, uncaught], [[null], stopped, []]);
      // Who stops from outside may be late for the calls behind the ramp, which return nothing and so end it.
      assert.ok(way === "stops" ? calls >= CALLS : calls === CALLS, `${calls} calls`);
      assert.equal(seen.ramps.length, 1);
      assertHeard(t, seen.ramps[0], frames, flags);
    }
  });
}

test("a callback that stops its own stream: what it had returned before is heard to the last frame", async (t) => {
  const seen = await listenToPlay(t, "stops inside");
  if (seen === undefined) {
    return;
  }
  const [report] = seen.reports;
  assert.deepEqual([report?.calls, report?.stopped, report?.uncaught], [CALLS, true, []]);
  assertHeard(t, seen.ramps[0], FRAMES - BLOCK, report?.flags ?? 0);
});

for (const [way, uncaught] of [
  ["aborts", []],
  [
    "throws",
    [CALLS - 1, 2 * CALLS - 1].map((call) => `streamCallback threw at frame ${call * BLOCK}: mine`),
  ],
] as const) {
  test(`a callback that ${way} ends the stream at once, what was queued is not heard, and it can be started anew`, async (t) => {
    const seen = await listenToPlay(t, way, FRAMES, true);
    if (seen === undefined) {
      return;
    }
    assert.deepEqual(
      seen.reports.map(({ calls, stopped }) => [calls, stopped]),
      [
        [CALLS, false],
        [2 * CALLS, false],
      ],
    );
    assert.deepEqual(seen.reports.at(-1)?.uncaught, uncaught);
    assert.equal(seen.ramps.length, 2);
    for (const ramp of seen.ramps) {
      assert.equal(ramp.first, 1);
      assert.equal(ramp.repeated, 0);
      assert.ok(ramp.last <= FRAMES - BLOCK, `heard up to ${ramp.last}`);
    }
    // Only where the script was late for its last call had all been played by then: not in both rounds.
    assert.ok(
      seen.ramps.some((ramp) => ramp.last < FRAMES - BLOCK),
      "the queue was played out",
    );
  });
}

test("a duplex callback is called once for each block of input, and its outputs are heard in order to the last", async (t) => {
  const pulse = await start(t);
  if (pulse === undefined) {
    return;
  }
  const { report, heard } = await listen<EchoReport>(pulse, {
    do: "echo",
    seconds: 1,
    framesPerBuffer: 512,
  });
  const calls = Math.ceil(RATE / 512);
  assert.deepEqual(
    [report.calls, report.wrongTimes, report.gaps],
    [calls, [], []],
    JSON.stringify(report),
  );
  const ramps = rampsIn(heard);
  assert.equal(ramps.length, 1);
  assertHeard(t, ramps[0], calls * 512, report.flags);
});
