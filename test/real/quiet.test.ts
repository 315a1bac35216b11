import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { startJack } from "../rig/jack.js";
import { type Pulse, startPulse } from "../rig/pulse.js";
import { requireTool } from "../rig/tools.js";
import { reportOf, runProgram } from "./program.js";

const CODES = [
  "format-not-supported",
  "format-not-supported",
  "RangeError",
  "device-not-found",
  "format-not-supported",
  "false",
];

test("listing, recording and failing to open print nothing; NODE_DEBUG=roomtone shows the native lines", async (t) => {
  if (!requireTool(t, "pulseaudio", "libportaudio2")) {
    return;
  }
  const pulse = await startPulse();
  t.after(() => pulse.stop());
  const env = { ...pulse.env, ALSA_CONFIG_PATH: talkativeAlsa(pulse) };
  const silent = await runProgram("quiet", { env: { ...env, NODE_DEBUG: undefined } });
  assert.deepEqual(reportOf(silent), CODES);
  assert.equal(silent.stderr, "");

  const loud = await runProgram("quiet", { env: { ...env, NODE_DEBUG: "roomtone" } });
  assert.deepEqual(reportOf(loud), CODES);
  // Those of the libraries below PortAudio. Its own are shown by the test that kills a server.
  assert.match(loud.stderr, /^ALSA lib .*missing/m);
  assert.match(loud.stderr, /^jack server is not running/m);
});

test("on JACK nothing is printed either", async (t) => {
  if (!requireTool(t, "jackd", "libportaudio2")) {
    return;
  }
  const jack = await startJack();
  t.after(() => jack.stop());
  const silent = await runProgram("quiet", { env: { ...jack.env, NODE_DEBUG: undefined } });
  assert.deepEqual(reportOf(silent), CODES);
  assert.equal(silent.stderr, "");
});

/** The private ALSA configuration with a device beside it that cannot be opened. */
function talkativeAlsa(pulse: Pulse): string {
  const config = path.join(pulse.folder, "talkative.conf");
  const own = readFileSync(pulse.env.ALSA_CONFIG_PATH ?? "", "utf8");
  writeFileSync(config, `${own}pcm.broken { type plug slave.pcm "missing" }\n`);
  return config;
}
