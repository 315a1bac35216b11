import test, { type TestContext } from "node:test";
import { startListener } from "../rig/listener.js";
import { type Pulse, startPulse } from "../rig/pulse.js";
import { makeRamp, rampBytes, verifyRamp } from "../rig/ramp.js";
import { requireTool } from "../rig/tools.js";
import { reportOf, runProgram } from "./program.js";
import type { PlayRampReport, PlayRampTask } from "./programs/play-ramp.js";

const RATE = 44_100;
async function start(t: TestContext): Promise<Pulse | undefined> {
  if (!requireTool(t, "pulseaudio", "libportaudio2")) {
    return undefined;
  }
  const pulse = await startPulse({ rate: RATE, channels: 1, format: "s16le" });
  t.after(() => pulse.stop());
  return pulse;
}
async function go(t: TestContext, task: PlayRampTask) {
  const pulse = await start(t);
  if (!pulse) return;
  const listener = await startListener(pulse, RATE);
  const result = await runProgram("play-ramp", { task, env: pulse.env, timeoutMs: 60_000 });
  await listener.more(RATE);
  const heard = await listener.stop();
  const first = heard.find((s) => s !== 0);
  const last = heard.findLast((s) => s !== 0);
  t.diagnostic(JSON.stringify(reportOf<PlayRampReport>(result)));
  t.diagnostic(JSON.stringify({ first, last: (last ?? 0) & 0xffff, ...verifyRamp(heard) }));
  t.diagnostic(result.stderr);
}
const frames = 60_000;
test("stream", (t) => go(t, { way: "stream", frames }));
test("stream pause", (t) => go(t, { way: "stream", frames, pauseMs: 800 }));
test("pyaudio", (t) => go(t, { way: "pyaudio", frames }));
test("pyaudio pause", (t) => go(t, { way: "pyaudio", frames, pauseMs: 800 }));
test("killed", async (t) => {
  const pulse = await start(t);
  if (!pulse) return;
  const result = await runProgram("play-ramp", {
    task: { way: "killed", frames: 20000 },
    env: pulse.env,
    timeoutMs: 60_000,
    onReady: () => process.kill(pulse.pid, "SIGKILL"),
  });
  t.diagnostic(JSON.stringify(reportOf<PlayRampReport>(result)));
  t.diagnostic(result.stderr);
});
test("duplex", async (t) => {
  const pulse = await start(t);
  if (!pulse) return;
  const ramp = makeRamp({ frames: 5 * RATE, leadFrames: RATE / 4, tailFrames: RATE / 2 });
  const result = await runProgram("play-ramp", {
    task: { way: "duplex", frames: 20000 },
    env: pulse.env,
    timeoutMs: 60_000,
    onReady: () => void pulse.play(rampBytes(ramp)),
  });
  t.diagnostic(JSON.stringify(reportOf<PlayRampReport>(result)));
  t.diagnostic(result.stderr);
});
