import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { runScript, type ScriptResult } from "./rig/child.js";

const FAST = "virtual:ramp?rate=8000&pace=fast";
const PACED = "virtual:ramp?rate=8000";
/** Far longer than an end takes, far shorter than a hang. */
const PATIENCE = 15_000;

function run(
  way: string,
  device: string,
  whileRunning: (child: ChildProcess) => void = () => {},
): Promise<ScriptResult> {
  const script = fileURLToPath(new URL("./exit.child.js", import.meta.url));
  return runScript(script, { args: [way, device], timeoutMs: PATIENCE, whileRunning });
}

/** Sends a signal as soon as the script says that it runs. */
function interrupt(child: ChildProcess): void {
  child.stdout?.once("data", () => child.kill("SIGINT"));
}

/** What node itself prints for an error that nobody caught, and nothing else. */
const ONLY_MINE = /^(?:\S+:\d+\n.*\n\s*\^\n\n)?Error: mine\n(?: {4}at .*\n)+\nNode\.js v[\d.]+\n$/;

describe("a script that ends while a stream is open", { concurrency: 3, timeout: 120_000 }, () => {
  for (const device of [FAST, PACED]) {
    const pace = device === FAST ? "fast" : "realtime";
    for (const [way, code] of [
      ["break", 5],
      ["exit", 3],
      ["exit while opening", 3],
      ["exit while opened", 3],
      ["exit in record", 3],
      ["leave a synchronous stream", 0],
      ["exit with a synchronous stream", 3],
    ] as const) {
      test(`${way}: exit code ${code}, silence, no hang (pace ${pace})`, async () => {
        const result = await run(way, device);
        assert.equal(result.timedOut, false);
        assert.equal(result.stderr, "");
        assert.deepEqual([result.code, result.signal], [code, null]);
      });
    }

    for (const way of ["throw", "uncaught", "unhandled", "throw with a synchronous stream"]) {
      test(`${way}: exit code 1, the script's own error alone, no hang (pace ${pace})`, async () => {
        const result = await run(way, device);
        assert.equal(result.timedOut, false);
        assert.match(result.stderr, ONLY_MINE);
        assert.deepEqual([result.code, result.signal], [1, null]);
      });
    }

    test(`SIGINT ends it as it ends any script (pace ${pace})`, async () => {
      const result = await run("run", device, interrupt);
      assert.equal(result.timedOut, false);
      assert.equal(result.stderr, "");
      assert.deepEqual([result.code, result.signal], [null, "SIGINT"]);
    });
  }

  test("SIGINT that the script turns into a signal gives the take and exit code 0", async () => {
    const result = await run("catch SIGINT", PACED, interrupt);
    assert.equal(result.timedOut, false);
    assert.equal(result.stderr, "");
    assert.match(result.stdout, /\n[1-9]\d* frames\n$/);
    assert.deepEqual([result.code, result.signal], [0, null]);
  });

  test("an unplugged device that nobody catches is exit code 1 with its error alone", async () => {
    const result = await run("run", `${FAST}&unplug=1`);
    assert.equal(result.timedOut, false);
    assert.match(result.stderr, /AudioError: .* was unplugged at frame 8000/);
    assert.match(result.stderr, /code: 'device-lost'/);
    assert.deepEqual([result.code, result.signal], [1, null]);
  });
});
