import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import test, { type TestContext } from "node:test";
import { promisify } from "node:util";
import { startJack } from "../rig/jack.js";
import { startPulse } from "../rig/pulse.js";
import { makeRamp, rampBytes } from "../rig/ramp.js";
import { PYTHON, requireTool } from "../rig/tools.js";
import { reportOf, runProgram } from "./program.js";
import type { SlowScriptTask } from "./programs/slow-script.js";

const run = promisify(execFile);

const RATE = 44_100;

/** Prints what programs/pyaudio-info.ts prints, by PyAudio. */
const PYAUDIO_INFO = `
import json, pyaudio
p = pyaudio.PyAudio()
host_apis = [p.get_host_api_info_by_index(i) for i in range(p.get_host_api_count())]
print(json.dumps({
    "versionText": pyaudio.get_portaudio_version_text(),
    "version": pyaudio.get_portaudio_version(),
    "hostApis": host_apis,
    "devices": [p.get_device_info_by_index(i) for i in range(p.get_device_count())],
    "byHostApi": [
        [p.get_device_info_by_host_api_device_index(h["index"], i) for i in range(h["deviceCount"])]
        for h in host_apis
    ],
    "byType": [p.get_host_api_info_by_type(h["type"]) for h in host_apis],
    "defaultHostApi": p.get_default_host_api_info(),
    "defaultInput": p.get_default_input_device_info(),
    "defaultOutput": p.get_default_output_device_info(),
}))
p.terminate()
`;

test("PyAudio and roomtone/portaudio tell the same of devices and host APIs on PulseAudio, field by field", async (t) => {
  if (!requireTool(t, "pulseaudio", "libportaudio2", "python3-pyaudio")) {
    return;
  }
  const pulse = await startPulse();
  t.after(() => pulse.stop());
  const info = await assertSameInfo(pulse.env);
  assert.deepEqual(
    info.devices.map((device) => device.name),
    ["pulse", "default"],
  );
});

test("PyAudio and roomtone/portaudio tell the same of devices and host APIs on JACK, field by field", async (t) => {
  if (!requireTool(t, "jackd", "libportaudio2", "python3-pyaudio")) {
    return;
  }
  const jack = await startJack();
  t.after(() => jack.stop());
  const info = await assertSameInfo(jack.env);
  assert.ok(info.devices.some((device) => device.name === "system"));
});

for (const framesPerBuffer of [256, 2048]) {
  test(`a PyAudio script that computes for two seconds between two reads of ${framesPerBuffer} frames loses nothing`, async (t) => {
    await assertNothingLost(t, { framesPerBuffer, holdMs: 2000 });
  });
}

interface Info {
  readonly devices: readonly { readonly name: string }[];
}

async function assertSameInfo(env: NodeJS.ProcessEnv): Promise<Info> {
  const python = await run(PYTHON, ["-c", PYAUDIO_INFO], { env: { ...process.env, ...env } });
  const theirs: unknown = JSON.parse(python.stdout);
  const ours = reportOf<Info>(await runProgram("pyaudio-info", { env }));
  assert.deepEqual(ours, theirs);
  return ours;
}

async function assertNothingLost(t: TestContext, task: SlowScriptTask): Promise<void> {
  if (!requireTool(t, "pulseaudio", "libportaudio2")) {
    return;
  }
  const pulse = await startPulse({ rate: RATE, channels: 1, format: "s16le" });
  t.after(() => pulse.stop());
  const frames = 5 * RATE;
  const ramp = makeRamp({ frames, leadFrames: RATE / 4, tailFrames: RATE / 2 });
  const played: Promise<void>[] = [];
  const result = await runProgram("slow-script", {
    task,
    env: pulse.env,
    timeoutMs: 60_000,
    onReady: () => played.push(pulse.play(rampBytes(ramp)).then((player) => player.finished)),
  });
  const { backlog, ...seen } = reportOf<{ backlog: number }>(result);
  await Promise.all(played);
  assert.deepEqual(seen, {
    frames,
    lost: 0,
    repeated: 0,
    silent: 0,
    breaks: [],
    gaps: [],
    lengths: [task.framesPerBuffer * 2],
  });
  t.diagnostic(`${backlog} frames waited for the script after the pause`);
  assert.ok(backlog > RATE, `only ${backlog} frames waited: there was no pause to survive`);
}
