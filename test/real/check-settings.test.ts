import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";
import { STANDARD_RATES } from "../../src/hosts/standard-rates.js";
import { startJack } from "../rig/jack.js";
import { requireTool } from "../rig/tools.js";
import { reportOf, runProgram } from "./program.js";
import { quietDevice } from "./programs/alsa-config.js";
import type { CheckSettingsReport, CheckSettingsTask } from "./programs/check-settings.js";

test("a device with one rate: the checks say what opening says, and which rate works", async (t) => {
  if (!requireTool(t, "jackd", "libportaudio2")) {
    return;
  }
  const jack = await startJack({ rate: 48_000 });
  t.after(() => jack.stop());
  const seen = await check(jack.env, {
    hostApi: "JACK",
    device: "system",
    inputs: [
      {},
      { sampleRate: 48_000, channels: 2, format: "int16" },
      { channels: [1] },
      { sampleRate: 44_100, resample: "never" },
      { channels: 3 },
      { sampleRate: 44_100 },
    ],
    outputs: [
      {},
      { sampleRate: 48_000, channels: 1 },
      { sampleRate: 44_100, resample: "never" },
      { channels: 3 },
      { sampleRate: 44_100 },
    ],
  });
  assert.deepEqual(seen.checked, seen.opened);
  assert.deepEqual(seen.checked.slice(0, 3), ["fine", "fine", "fine"]);
  assert.match(
    seen.checked[3] ?? "",
    /^format-not-supported: .*44100 Hz\. These work: 48000 Hz\.$/,
  );
  assert.match(seen.checked[4] ?? "", /^RangeError: .*`channels`.*from 1 to 2/);
  assert.equal(seen.checked[5], "fine", "frames are converted");
  assert.deepEqual(seen.outputs.slice(0, 2), ["fine", "fine"]);
  assert.equal(seen.outputs[4], "fine");
  assert.match(
    seen.outputs[2] ?? "",
    /^format-not-supported: .*44100 Hz\. These work: 48000 Hz\.$/,
  );
  assert.match(seen.outputs[3] ?? "", /^RangeError: .*`channels`.*from 1 to 2/);
  assert.deepEqual(seen.rates, { input: [48_000], output: [48_000] });
});

test("a device that takes any rate has all standard rates; one that is gone is not found", async (t) => {
  if (!requireTool(t, "libportaudio2")) {
    return;
  }
  const folder = mkdtempSync(path.join(tmpdir(), "roomtone-checks-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const config = path.join(folder, "asound.conf");
  writeFileSync(config, `${quietDevice("default")}\n`);
  const env = {
    ALSA_CONFIG_PATH: config,
    JACK_DEFAULT_SERVER: "roomtone-none",
    JACK_NO_START_SERVER: "1",
  };
  const seen = await check(env, {
    hostApi: "ALSA",
    device: "default",
    inputs: [{ sampleRate: 12_345, format: "uint8" }, { device: "gone" }, { device: 77 }],
    outputs: [{ sampleRate: 12_345 }, { device: "gone" }, { channels: 129 }],
  });
  assert.deepEqual(seen.checked, seen.opened);
  const words = ["fine", "device-not-found", "device-not-found"];
  assert.deepEqual(
    seen.checked.map((text) => text.split(":")[0]),
    words,
  );
  assert.deepEqual(
    seen.outputs.map((text) => text.split(":")[0]),
    ["fine", "device-not-found", "RangeError"],
  );
  assert.deepEqual(seen.rates, { input: STANDARD_RATES, output: STANDARD_RATES });
});

async function check(
  env: NodeJS.ProcessEnv,
  task: CheckSettingsTask,
): Promise<CheckSettingsReport> {
  const result = await runProgram("check-settings", { task, env, timeoutMs: 60_000 });
  const report = reportOf<CheckSettingsReport>(result);
  assert.equal(result.stderr, "");
  return report;
}
