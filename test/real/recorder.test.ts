import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import test, { type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { RecorderOptions } from "../../src/index.js";
import { type Pulse, startPulse } from "../rig/pulse.js";
import { makeRamp, rampBytes } from "../rig/ramp.js";
import { assertWholeRamp, rampSeen, samplesOf } from "../rig/recorded.js";
import { requireTool } from "../rig/tools.js";
import { reportOf, runProgram } from "./program.js";
import type { RecordersReport, RecordersTask } from "./programs/recorders.js";

const RATE = 44_100;
const RAMP_SECONDS = 6;
const SECONDS = RAMP_SECONDS + 6;
const FRAMES = SECONDS * RATE;
/** Which is no whole number of blocks. */
const SPLIT = 10_007;
const COMMON: RecorderOptions = { sampleRate: RATE, format: "int16", frames: FRAMES };

test("a ramp is whole in a WAV file, a FLAC file and split files, though the main thread is held for three seconds", async (t) => {
  const pulse = await microphone(t);
  if (pulse === undefined) {
    return;
  }
  const at = (name: string): string => path.join(pulse.folder, name);
  const split = { split: { frames: SPLIT } };
  const { recorders, framesWhileHeld } = await recordRamp(pulse, {
    recorders: [
      { ...COMMON, file: at("take.wav") },
      { ...COMMON, file: at("take.flac") },
      { ...COMMON, file: at("{index}.wav"), ...split, index: at("index.jsonl") },
      { ...COMMON, file: at("{index}.flac"), ...split },
    ],
    holdMs: 3000,
  });
  t.diagnostic(`${framesWhileHeld.join(", ")} frames while the main thread was held`);
  assert.equal(framesWhileHeld.length, 4);
  assert.ok(framesWhileHeld.every((frames) => frames > RATE));
  const splits = Math.ceil(FRAMES / SPLIT);
  const whole = { frames: RAMP_SECONDS * RATE, lost: 0, repeated: 0, silent: 0, breaks: [] };
  const seen = recorders.map(async ({ reason, frames, lostFrames, gaps, files = [] }) => {
    const samples = await samplesOf(...files.map((file) => file.path));
    const ramp = rampSeen(samples);
    return { reason, frames, lostFrames, gaps, files: files.length, length: samples.length, ramp };
  });
  assert.deepEqual(
    await Promise.all(seen),
    [1, 1, splits, splits].map((files) => ({
      reason: "frames",
      frames: FRAMES,
      lostFrames: 0,
      gaps: [],
      files,
      length: FRAMES,
      ramp: whole,
    })),
  );
  const listed = readFileSync(at("index.jsonl"), "utf8").trimEnd().split("\n");
  assert.deepEqual(
    listed.map((line) => (JSON.parse(line) as { position: number }).position),
    Array.from(listed, (_, file) => file * SPLIT),
  );
});

test("when the sound server dies the error says so, and the files have all that came before", async (t) => {
  const pulse = await microphone(t);
  if (pulse === undefined) {
    return;
  }
  const at = (name: string): string => path.join(pulse.folder, name);
  const files = [at("take.wav"), at("take.flac")];
  const { recorders } = await recordRamp(
    pulse,
    {
      recorders: [
        ...files.map((file) => ({ ...COMMON, file })),
        { ...COMMON, file: at("both.wav"), memory: true },
      ],
    },
    () => process.kill(pulse.pid, "SIGKILL"),
  );
  const inMemory = recorders[2]?.fault?.recorded;
  assert.deepEqual(
    recorders.map(({ fault }) => [fault?.code, fault?.recorded]),
    [
      ["device-lost", undefined],
      ["device-lost", undefined],
      ["device-lost", inMemory],
    ],
  );
  assert.equal((await samplesOf(at("both.wav"))).length, inMemory);
  for (const file of files) {
    const seen = rampSeen(await samplesOf(file));
    t.diagnostic(`${path.basename(file)}: ${seen.frames} frames of the ramp`);
    assert.deepEqual(
      { ...seen, frames: 0 },
      { frames: 0, lost: 0, repeated: 0, silent: 0, breaks: [] },
    );
    assert.ok(seen.frames > RATE / 2, `${seen.frames} frames`);
  }
});

test("of two microphones that are recorded together one goes on, whole, when the other's server dies", async (t) => {
  const [first, second] = [await microphone(t), await microphone(t)];
  if (first === undefined || second === undefined) {
    return;
  }
  const config = path.join(first.folder, "two.conf");
  const pcm = (name: string, { env }: Pulse): string =>
    `pcm.${name} { type pulse server "${env.PULSE_SERVER}" hint { show on description "${name}" } }`;
  const lines = [pcm("first", first), pcm("second", second), pcm("!default", first), ""];
  writeFileSync(config, lines.join("\n"));
  const files = ["first", "second"].map((name) => path.join(first.folder, `${name}.wav`));
  const [one, two] = (
    await recordRamp(
      { ...first, env: { ...first.env, ALSA_CONFIG_PATH: config } },
      {
        together: true,
        recorders: [
          { ...COMMON, device: "first", file: files[0] ?? "" },
          { ...COMMON, device: "second", file: files[1] ?? "" },
        ],
      },
      () => process.kill(second.pid, "SIGKILL"),
      second,
    )
  ).recorders;
  assert.deepEqual([one?.reason, one?.frames, one?.gaps, one?.offset], ["frames", FRAMES, [], 0]);
  assertWholeRamp(await samplesOf(files[0] ?? ""), RAMP_SECONDS * RATE, "the first");
  assert.equal(two?.fault?.code, "device-lost", two?.fault?.message);
  const seen = rampSeen(await samplesOf(files[1] ?? ""));
  assert.deepEqual(
    { ...seen, frames: 0 },
    { frames: 0, lost: 0, repeated: 0, silent: 0, breaks: [] },
  );
  assert.ok(seen.frames > RATE / 2 && seen.frames < RAMP_SECONDS * RATE, `${seen.frames} frames`);
});

async function microphone(t: TestContext): Promise<Pulse | undefined> {
  if (!requireTool(t, "pulseaudio", "libportaudio2")) {
    return undefined;
  }
  const pulse = await startPulse({ rate: RATE, channels: 1, format: "s16le" });
  t.after(() => pulse.stop());
  return pulse;
}

/** Plays a ramp to recorders; after three seconds of it something may happen. */
async function recordRamp(
  pulse: Pulse,
  task: RecordersTask,
  fault?: () => void,
  ...others: readonly Pulse[]
): Promise<RecordersReport> {
  const ramp = makeRamp({
    frames: RAMP_SECONDS * RATE,
    leadFrames: RATE / 4,
    tailFrames: RATE / 2,
  });
  const played: Promise<void>[] = [];
  const play = async (): Promise<void> => {
    // What recordMany() has opened tells nobody that it records.
    await sleep(task.together === true ? 2000 : 0);
    const players = await Promise.all(
      [pulse, ...others].map((server) => server.play(rampBytes(ramp))),
    );
    if (fault !== undefined) {
      await sleep(3000);
      fault();
      // The player of the dead server fails.
      await Promise.allSettled(players.map(({ finished }) => finished));
      return;
    }
    await Promise.all(players.map(({ finished }) => finished));
  };
  const result = await runProgram("recorders", {
    task,
    env: pulse.env,
    timeoutMs: 60_000,
    onReady: () => played.push(play()),
  });
  const seen = reportOf<RecordersReport>(result);
  await Promise.all(played);
  assert.equal(result.stderr, "");
  return seen;
}
