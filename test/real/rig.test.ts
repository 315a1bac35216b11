import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startBoundChild } from "../rig/bound-child.js";
import { runScript } from "../rig/child.js";
import { startJack } from "../rig/jack.js";
import { startPulse } from "../rig/pulse.js";
import { makeRamp, rampBytes, verifyRamp } from "../rig/ramp.js";
import { speak } from "../rig/speech.js";
import { requireTool } from "../rig/tools.js";

const RATE = 44_100;

test("a ramp played into the private PulseAudio comes back through parec without a lost frame", async (t) => {
  if (!requireTool(t, "pulseaudio")) {
    return;
  }
  const pulse = await startPulse({ rate: RATE, channels: 1, format: "s16le" });
  t.after(() => pulse.stop());
  const recorder = await startBoundChild(
    "parec",
    ["--raw", "--device=mic.monitor", "--format=s16le", `--rate=${RATE}`, "--channels=1"],
    { env: pulse.env, readStdout: true },
  );
  t.after(() => recorder.stop());
  const chunks: Buffer[] = [];
  recorder.process.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));

  const frames = 5 * RATE;
  const ramp = makeRamp({ frames, leadFrames: RATE / 2, tailFrames: RATE / 2 });
  const player = await pulse.play(rampBytes(ramp));
  await player.finished;
  await sleep(500);
  await recorder.stop();

  const bytes = Buffer.concat(chunks);
  const samples = new Int16Array(Math.floor(bytes.length / 2));
  bytes.copy(new Uint8Array(samples.buffer));
  const report = verifyRamp(samples);
  assert.deepEqual(report.breaks, []);
  assert.equal(report.frames, frames);
});

test("the same words are spoken in the same bytes", async (t) => {
  if (!requireTool(t, "espeak-ng", "sox")) {
    return;
  }
  const folder = mkdtempSync(path.join(tmpdir(), "roomtone-speech-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const spoken = ["first.raw", "second.raw"].map((name) => path.join(folder, name));
  for (const file of spoken) {
    await speak("one two three", file);
  }
  const [first, second] = spoken.map((file) => readFileSync(file));
  assert.ok(first !== undefined && second !== undefined && first.equals(second));
  const seconds = first.length / 2 / RATE;
  assert.ok(seconds > 0.5 && seconds < 5, `three words took ${seconds} s`);
});

test("the private PulseAudio ends with the process that started it, even by kill -9", async (t) => {
  if (!requireTool(t, "pulseaudio")) {
    return;
  }
  const rig = new URL("../rig/pulse.js", import.meta.url);
  const owner = await runScript("-", {
    nodeOptions: [
      "--input-type=module",
      "--eval",
      `
      const pulse = await (await import("${rig.href}")).startPulse();
      console.log(pulse.pid, pulse.folder);
    `,
    ],
    whileRunning: (child) => child.stdout?.once("data", () => child.kill("SIGKILL")),
  });
  const [pid, folder] = owner.stdout.trim().split(" ");
  t.after(() => rmSync(folder ?? "", { recursive: true, force: true }));
  assert.equal(owner.signal, "SIGKILL", owner.stderr);
  const gone = () => !existsSync(`/proc/${pid}`);
  for (let waits = 0; !gone() && waits < 100; waits++) {
    await sleep(20);
  }
  assert.ok(gone(), `process ${pid} still runs`);
});

test("the private JACK server leaves nothing behind", async (t) => {
  if (!requireTool(t, "jackd")) {
    return;
  }
  const jack = await startJack({ periodFrames: 256 });
  t.after(() => jack.stop());
  const own = () =>
    readdirSync("/dev/shm").filter((file) => file.includes(jack.env.JACK_DEFAULT_SERVER ?? "?"));
  assert.notEqual(own().length, 0);
  await jack.stop();
  assert.deepEqual(own(), []);
});
