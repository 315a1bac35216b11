import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test, { type TestContext } from "node:test";
import { startPulse } from "../rig/pulse.js";
import { makeRamp, rampBytes } from "../rig/ramp.js";
import { requireTool } from "../rig/tools.js";
import { reportOf, runProgram } from "./program.js";
import type { LostDaemonReport } from "./programs/lost-daemon.js";
import type { RecordTakeReport, RecordTakeTask } from "./programs/record-take.js";
import type { RefusalsReport } from "./programs/refusals.js";

const RATE = 44_100;

test("wrong options are refused before PortAudio is even loaded", async () => {
  const env = { ROOMTONE_PORTAUDIO: "/nonexistent/libportaudio.so" };
  const result = await runProgram("refusals", { env });
  const { tried, wrong } = reportOf<RefusalsReport>(result);
  assert.deepEqual(wrong, []);
  assert.ok(tried > 80);
  assert.equal(result.stderr, "");
});

test("without the library the error says what was tried and how to install it", async () => {
  const env = { ROOMTONE_PORTAUDIO: "/nonexistent/libportaudio.so" };
  const result = await runProgram("leave", { task: { way: "break in the loop" }, env });
  assert.equal(result.code, 1);
  assert.match(result.stderr, /code: 'library-not-found'/);
  assert.match(result.stderr, /Install it with: .*portaudio/);
  assert.match(result.stderr, /ROOMTONE_PORTAUDIO names \/nonexistent\/libportaudio\.so/);
});

test("a device that is gone, an index that never was, and too much for a device are errors, not crashes", async (t) => {
  if (!requireTool(t, "libportaudio2")) {
    return;
  }
  const folder = temporary(t);
  // Two configurations of ALSA: the second one has lost a device of the first.
  const first = alsa(folder, "first", ["lost", "default"]);
  const { devices } = await take({ takes: [] }, first);
  const lost = devices.find((device) => device.name === "lost");
  assert.ok(lost !== undefined);
  const second = alsa(folder, "second", ["default"]);
  const seconds = 0.1;
  const report = await take(
    {
      takes: [
        { seconds, device: lost },
        { seconds, device: lost.id },
        { seconds, device: 77 },
        { seconds, device: "no such microphone" },
        { seconds, channels: 129 },
        { seconds, channels: [128] },
        { seconds, sampleRate: 44_100 },
      ],
    },
    second,
  );
  const seen = report.takes.map(({ error, frames }) => error?.code ?? error?.name ?? frames);
  assert.deepEqual(seen, [
    "device-not-found",
    "device-not-found",
    "device-not-found",
    "device-not-found",
    "RangeError",
    "RangeError",
    4410,
  ]);
  assert.match(report.takes[0]?.error?.message ?? "", /lost .* is gone/);
  assert.match(report.takes[2]?.error?.message ?? "", /index 77.*default/s);
  assert.match(report.takes[3]?.error?.message ?? "", /"no such microphone".*default/s);
});

test("a device without a clock is read exactly, and channels are picked as asked", async (t) => {
  if (!requireTool(t, "libportaudio2")) {
    return;
  }
  const folder = temporary(t);
  const seconds = 20;
  const raw = path.join(folder, "ramp.raw");
  writeFileSync(raw, rampBytes(inChannels(makeRamp({ frames: 2 * seconds * RATE }), 8)));
  const report = await take(
    { takes: [{ seconds, sampleRate: RATE, format: "int16", channels: [7, 0, 3] }] },
    alsa(folder, "file", ["default"], raw),
  );
  // The file has eight channels, and just so many are opened for channel 7.
  const frames = seconds * RATE;
  const whole = { lost: 0, repeated: 0, silent: 0, breaks: [] };
  assert.deepEqual(report.takes, [
    {
      sampleRate: RATE,
      frames,
      channels: 3,
      format: "int16",
      gaps: 0,
      // Channel 0 begins with 1, the others are 1,000 frames late for each channel before them.
      ramps: [7000, 0, 3000].map((late) => ({ ...whole, frames: frames - late })),
    },
  ]);
});

test("when the sound server is killed, record() rejects with what it had, and nothing hangs or crashes", async (t) => {
  if (!requireTool(t, "pulseaudio", "libportaudio2")) {
    return;
  }
  const pulse = await startPulse();
  t.after(() => pulse.stop());
  const result = await runProgram("lost-daemon", {
    env: pulse.env,
    timeoutMs: 60_000,
    onReady: () => process.kill(pulse.pid, "SIGKILL"),
  });
  const seen = reportOf<LostDaemonReport>(result);
  t.diagnostic(`record(): ${seen.record.ms} ms, ${seen.record.code}: ${seen.record.message}`);
  t.diagnostic(`record() again: ${seen.recordAgain.code}: ${seen.recordAgain.message}`);

  assert.equal(seen.record.name, "AudioError");
  assert.match(seen.record.code ?? "", /^(device-lost|stalled)$/);
  const recorded = seen.record.recordedFrames ?? 0;
  assert.ok(recorded >= RATE && recorded < 20 * RATE, `${recorded} frames`);
  assert.equal(seen.stream.name, "AudioError");
  assert.match(seen.stream.code ?? "", /^(device-lost|stalled)$/);
  assert.ok(seen.framesOfStream > 0);
  assert.ok(seen.record.ms < 20_000 && seen.stream.ms < 20_000);
  assert.equal(seen.recordAgain.name, "AudioError");
  await t.test("nothing is printed on the way", () => {
    assert.equal(result.stderr, "");
  });
  await t.test("the error has the host's own words", () => {
    assert.notEqual(seen.record.hostText, undefined);
  });
});

function temporary(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), "roomtone-faults-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** An ALSA with devices that give the frames of a file, or zeros, as fast as they are asked. */
function alsa(
  folder: string,
  name: string,
  devices: readonly string[],
  raw = "/dev/zero",
): NodeJS.ProcessEnv {
  const config = path.join(folder, `${name}.conf`);
  writeFileSync(
    config,
    [
      "pcm.nul { type null }",
      ...devices.map(
        (device) =>
          `pcm.${device} { type file slave.pcm "nul" file "/dev/null" infile "${raw}" format "raw" }`,
      ),
      "",
    ].join("\n"),
  );
  return {
    ALSA_CONFIG_PATH: config,
    JACK_DEFAULT_SERVER: "roomtone-none",
    JACK_NO_START_SERVER: "1",
  };
}

/** The same ramp in each channel, 1,000 frames later in each than in the one before. */
function inChannels(ramp: Int16Array, channels: number): Int16Array {
  const all = new Int16Array(ramp.length * channels);
  for (let channel = 0; channel < channels; channel++) {
    const late = channel * 1000;
    for (let frame = late; frame < ramp.length; frame++) {
      all[frame * channels + channel] = ramp[frame - late] ?? 0;
    }
  }
  return all;
}

async function take(task: RecordTakeTask, env: NodeJS.ProcessEnv): Promise<RecordTakeReport> {
  const result = await runProgram("record-take", { task, env, timeoutMs: 60_000 });
  const report = reportOf<RecordTakeReport>(result);
  assert.equal(result.stderr, "");
  return report;
}
