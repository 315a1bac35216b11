import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { record } from "../src/index.js";
import { runScript } from "./rig/child.js";

test("a stream that is over and was forgotten does not keep the process alive", async () => {
  const folder = await mkdtemp(join(tmpdir(), "roomtone-"));
  try {
    const file = join(folder, "take.wav");
    const take = await record({ device: "virtual:ramp?pace=fast", frames: 100, progress: false });
    await take.save(file);
    const script = fileURLToPath(new URL("./over.child.js", import.meta.url));
    const result = await runScript(script, { args: [file], timeoutMs: 20_000 });
    assert.deepEqual([result.code, result.stdout, result.stderr], [0, "ended\n", ""]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
