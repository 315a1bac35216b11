import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { runScript, type ScriptResult } from "../rig/child.js";
import { type Pulse, startPulse } from "../rig/pulse.js";
import { sine } from "../rig/tone.js";
import { requireTool } from "../rig/tools.js";

const COMMAND = fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url));
const RATE = 44_100;

describe("roomtone doctor on a private sound server", { timeout: 120_000 }, () => {
  let pulse: Pulse | undefined;

  before(async () => {
    pulse = await startPulse({ rate: RATE }).catch(() => undefined);
  });
  after(async () => {
    await pulse?.stop();
  });

  async function examine(...args: readonly string[]): Promise<ScriptResult & { codes: string[] }> {
    const result = await runScript(COMMAND, {
      args: ["doctor", "--json", ...args],
      env: { ...pulse?.env, NODE_DEBUG: undefined },
      timeoutMs: 60_000,
    });
    assert.deepEqual([result.timedOut, result.stderr], [false, ""]);
    const { findings }: { findings: { level: string; code: string }[] } = JSON.parse(result.stdout);
    return { ...result, codes: findings.map(({ level, code }) => `${level} ${code}`) };
  }

  test("a microphone into which something sounds is well", async (t) => {
    if (!requireTool(t, "pulseaudio", "libportaudio2")) {
      return;
    }
    const tone = Int16Array.from(sine(8 * RATE, RATE, 440, 0.25), (sample) =>
      Math.round(sample * 32_767),
    );
    const player = await pulse?.play(new Uint8Array(tone.buffer));
    t.after(() => player?.stop());
    const { code, codes, stdout } = await examine();
    assert.equal(code, 0, stdout);
    assert.ok(codes.includes("ok recording"), codes.join());
    assert.match(stdout, /"name":"PulseAudio","seen":"process","where":"pulseaudio"/);
    assert.match(stdout, /"where":"~\/pulse\.sock","answers":true/);
  });

  test("a silent microphone is all zeros: look whether it is muted", async (t) => {
    if (!requireTool(t, "pulseaudio", "libportaudio2")) {
      return;
    }
    const { code, codes, stdout } = await examine("--seconds", "1");
    assert.equal(code, 1);
    assert.ok(codes.includes("fault all-zeros"), codes.join());
    assert.match(stdout, /pactl list short sources/);
  });

  test("a sound server that hangs is told in bounded time", async (t) => {
    if (!requireTool(t, "pulseaudio", "libportaudio2") || pulse === undefined) {
      return;
    }
    const { pid } = pulse;
    process.kill(pid, "SIGSTOP");
    try {
      const { code, codes } = await examine();
      assert.equal(code, 1);
      assert.deepEqual(codes[0], "fault listing-hangs");
    } finally {
      process.kill(pid, "SIGCONT");
    }
  });

  test("a recording that hangs in a native call is told in bounded time", async (t) => {
    if (!requireTool(t, "libportaudio2")) {
      return;
    }
    // Only the doctor's process has this file: it holds its thread for ever once the devices are listed.
    const script = `
      if (process.argv[1]?.endsWith("examine.process.js")) {
        const send = process.send.bind(process);
        process.send = (reply) => send(reply, () => {
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
        });
      }`;
    const result = await runScript(COMMAND, {
      args: ["doctor", "--json", "--device", "virtual:tone", "--seconds", "1"],
      env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` },
      timeoutMs: 60_000,
    });
    assert.deepEqual([result.code, result.timedOut], [1, false]);
    assert.match(result.stdout, /"code":"recording-hung","text":"The test recording failed: /);
  });

  test("a sound server that is gone leaves a dead socket", async (t) => {
    if (!requireTool(t, "pulseaudio", "libportaudio2") || pulse === undefined) {
      return;
    }
    const gone = await startPulse({ rate: RATE });
    t.after(() => gone.stop());
    process.kill(gone.pid, "SIGKILL");
    const result = await runScript(COMMAND, {
      args: ["doctor", "--json", "--no-record"],
      env: { ...gone.env, NODE_DEBUG: undefined },
    });
    assert.match(
      result.stdout,
      /"code":"dead-socket","text":"Nobody answers at PulseAudio's socket/,
    );
  });
});
