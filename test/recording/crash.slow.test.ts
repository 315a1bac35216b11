import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { readFlac, readWav } from "../../src/index.js";
import { runScript } from "../rig/child.js";
import { assertCounters } from "../rig/counter.js";
import { requireTool } from "../rig/tools.js";
import { temporaryFolder } from "../wav/files.js";
import { killRecorders } from "./crash-recorders.js";

const ENDS = fileURLToPath(new URL("ends.child.js", import.meta.url));

describe("a process that ends while it records", { concurrency: 3, timeout: 120_000 }, () => {
  test("killed at any moment it leaves all but the last second: WAV, FLAC, split files", async (t) => {
    if (!requireTool(t, "python3-soundfile", "python3-numpy")) {
      return;
    }
    // test/real/crash.test.ts does the same sixty times.
    await killRecorders(t, 2, 2, 2.5, 51);
  });

  for (const [way, code] of [
    ["exit", 3],
    ["throw", 1],
    ["blocked exit", 3],
  ] as const) {
    for (const ending of [".wav", ".flac"]) {
      test(`${way}: the ${ending} file is complete, to the last frame`, async (t) => {
        const file = path.join(temporaryFolder(t), `take${ending}`);
        const result = await runScript(ENDS, { args: [way, file] });
        assert.equal(result.timedOut, false);
        assert.equal(result.code, code, result.stderr);
        const frames = Number(result.stdout);
        const saved = ending === ".wav" ? await readWav(file) : await readFlac(file);
        assert.ok(frames > 0 && saved.length >= frames, `${saved.length} of ${frames} frames`);
        const samples = saved.toInterleaved();
        assert.ok(samples instanceof Int16Array);
        assertCounters(samples, 0);
      });
    }
  }

  test("no room on the disk: all that there was room for is in the file, the rest in the error", (t) => {
    if (process.platform === "win32") {
      t.skip("needs ulimit");
      return;
    }
    const file = path.join(temporaryFolder(t), "take.wav");
    const args = ["-c", 'ulimit -f 203; exec "$@"', "sh", process.execPath, ENDS, "fill", file];
    const child = spawnSync("sh", args, { encoding: "utf8", timeout: 60_000 });
    assert.equal(child.status, 0, child.stderr);
    const told: { code: string; first: number; length: number; inFile: number; frames: number } =
      JSON.parse(child.stdout);
    assert.equal(told.code, "disk-full");
    assert.ok(told.inFile > 40_000, `${told.inFile} frames are in the file`);
    // The first frame that is not in the file is the first of the rest.
    assert.equal(told.first, (told.inFile << 16) >> 16);
    assert.ok(told.length > 0);
  });
});
