import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test, { type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startBoundChild } from "../rig/bound-child.js";
import { type Jack, startJack } from "../rig/jack.js";
import { makeRamp } from "../rig/ramp.js";
import { requireTool, type Tool } from "../rig/tools.js";
import { reportOf, runProgram } from "./program.js";
import type { RecordTakeReport, RecordTakeTask, TakeSeen } from "./programs/record-take.js";

const RATE = 48_000;

test("JACK's devices are listed as the server has them", async (t) => {
  const jack = await server(t);
  if (jack === undefined) {
    return;
  }
  const { devices } = await take(jack, { takes: [] });
  const system = devices.find((device) => device.name === "system");
  assert.equal(system?.hostApi.name, "JACK Audio Connection Kit");
  assert.equal(system.hostApi.type, 12);
  assert.equal(system.id, "portaudio:JACK Audio Connection Kit:system");
  assert.deepEqual(
    [system.maxInputChannels, system.maxOutputChannels, system.defaultSampleRate],
    [2, 2, RATE],
  );
});

test("JACK gives every format and choice of channels, and the heap stays whole", async (t) => {
  const jack = await server(t);
  if (jack === undefined) {
    return;
  }
  const seconds = 0.5;
  const takes = [
    { seconds, format: "int16" },
    { seconds, format: "float32", channels: 2 },
    { seconds, format: "int24", channels: [1] },
    { seconds, format: "uint8", channels: [1, 0] },
  ] as const;
  const times = 3;
  const report = await take(jack, { hostApi: "JACK", device: "system", takes, times });
  const all = Array.from({ length: times }, () => takes).flat();
  assert.deepEqual(
    report.takes.map(({ ramps: _silence, ...seen }) => seen),
    all.map((asked) => ({
      sampleRate: RATE,
      frames: seconds * RATE,
      channels: "channels" in asked ? (asked.channels === 2 ? 2 : asked.channels.length) : 1,
      format: asked.format,
      gaps: 0,
    })),
  );
});

test("a ramp that another program plays into JACK is recorded without one lost or repeated frame", async (t) => {
  const jack = await server(t, "arecord");
  if (jack === undefined) {
    return;
  }
  const frames = 3 * RATE;
  const ramp = makeRamp({ frames, leadFrames: 2 * RATE, tailFrames: RATE, channels: 2 });
  const folder = mkdtempSync(path.join(tmpdir(), "roomtone-jack-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, "ramp.f32");
  writeFileSync(file, new Uint8Array(Float32Array.from(ramp, (sample) => sample / 2 ** 15).buffer));
  // aplay is of the same package as arecord; by ALSA's jack plugin it is a JACK client.
  const player = await startBoundChild(
    "aplay",
    ["-q", "-D", "jack", "-t", "raw", "-f", "FLOAT_LE", "-c", "2", "-r", `${RATE}`, file],
    { env: jack.env },
  );
  t.after(() => player.stop());
  await sleep(300);
  const report = await take(jack, {
    hostApi: "JACK",
    device: "aplay",
    takes: [
      { seconds: 6, format: "int16" },
      { seconds: 6, format: "int16", channels: 2 },
    ],
  });
  const whole = { frames, lost: 0, repeated: 0, silent: 0, breaks: [] };
  assert.deepEqual(
    report.takes.map((seen) => seen.ramps ?? seen.error),
    [[whole], [whole, whole]],
  );
});

test("JACK refuses what it cannot do: three channels, another rate", async (t) => {
  const jack = await server(t);
  if (jack === undefined) {
    return;
  }
  const report = await take(jack, {
    hostApi: "JACK",
    device: "system",
    takes: [
      { seconds: 1, channels: 3 },
      { seconds: 1, channels: [2] },
      { seconds: 1, sampleRate: 44_100, resample: "never" },
    ],
  });
  const [three, third, rate] = report.takes.map((seen: TakeSeen) => seen.error);
  assert.equal(three?.name, "RangeError");
  assert.match(three.message, /from 1 to 2/);
  assert.equal(third?.name, "RangeError");
  assert.equal(rate?.code, "format-not-supported");
  assert.match(rate.message, /44100 Hz.*These work: 48000 Hz/);
});

test("a JACK client with four channels gives the first two, and refuses to be read with three", async (t) => {
  const jack = await server(t, "arecord");
  if (jack === undefined) {
    return;
  }
  const player = await startBoundChild(
    "aplay",
    ["-q", "-D", "four", "-t", "raw", "-f", "FLOAT_LE", "-c", "4", "-r", `${RATE}`, "/dev/zero"],
    { env: { ...jack.env, ...fourChannels(t) } },
  );
  t.after(() => player.stop());
  await sleep(300);
  const report = await take(jack, {
    hostApi: "JACK",
    device: "aplay",
    takes: [
      { seconds: 0.2, channels: 3 },
      { seconds: 0.2, channels: [3] },
      { seconds: 0.2, channels: 2 },
    ],
  });
  const client = report.devices.find((device) => device.name.startsWith("aplay"));
  assert.equal(client?.maxInputChannels, 4, player.stderrText());
  const [three, fourth, two] = report.takes;
  assert.equal(three?.error?.code, "format-not-supported");
  assert.equal(fourth?.error?.code, "format-not-supported");
  assert.equal(two?.frames, 0.2 * RATE);
});

async function server(t: TestContext, ...more: readonly Tool[]): Promise<Jack | undefined> {
  if (!requireTool(t, "jackd", "libportaudio2", ...more)) {
    return undefined;
  }
  const jack = await startJack({ rate: RATE });
  t.after(() => jack.stop());
  return jack;
}

/** ALSA's jack plugin with four ports, that nobody listens to. */
function fourChannels(t: TestContext): Readonly<Record<string, string>> {
  const folder = mkdtempSync(path.join(tmpdir(), "roomtone-jack-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const config = path.join(folder, "asound.conf");
  const ports = [0, 1, 0, 1].map((port, at) => `${at} system:playback_${port + 1}`).join(" ");
  writeFileSync(config, `pcm.four { type jack playback_ports { ${ports} } }\n`);
  return { ALSA_CONFIG_PATH: config };
}

async function take(jack: Jack, task: RecordTakeTask): Promise<RecordTakeReport> {
  const result = await runProgram("record-take", { task, env: jack.env, timeoutMs: 60_000 });
  const report = reportOf<RecordTakeReport>(result);
  assert.equal(result.stderr, "");
  return report;
}
