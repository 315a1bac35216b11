import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { readWav } from "../../src/index.js";
import { runScript } from "../rig/child.js";
import { assertCounters } from "../rig/counter.js";
import { temporaryFolder } from "../wav/files.js";

test("a disk that hangs for four seconds costs no frame", { timeout: 60_000 }, async (t) => {
  const file = path.join(temporaryFolder(t), "take.wav");
  const script = fileURLToPath(new URL("stalled-disk.child.js", import.meta.url));
  const stall = new URL("stalling-disk.js", import.meta.url).href;
  const result = await runScript(script, { args: [file], nodeOptions: ["--import", stall] });
  assert.equal(result.code, 0, result.stderr);
  const told: { frames: number; gaps: unknown[]; reason: string; most: number } = JSON.parse(
    result.stdout,
  );
  assert.deepEqual([told.frames, told.gaps, told.reason], [8 * 48_000, [], "seconds"]);
  // Two seconds at least waited, or the disk did not hang.
  assert.ok(told.most > 2 * 96_000, `${told.most} bytes waited at most`);
  const saved = await readWav(file);
  assert.equal(saved.length, 8 * 48_000);
  const samples = saved.toInterleaved();
  assert.ok(samples instanceof Int16Array);
  assertCounters(samples, 0);
});
