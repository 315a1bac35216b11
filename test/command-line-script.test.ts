import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

test("a script that comes from the command line records as any other", () => {
  const library = new URL("../src/index.js", import.meta.url).href;
  const script = `
    const { record } = await import(${JSON.stringify(library)});
    const take = await record({ device: "virtual:ramp?pace=fast", frames: 100, progress: false });
    console.log(take.length);
  `;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--input-type=module", "--eval", script],
    { encoding: "utf8", timeout: 30_000 },
  );
  assert.deepEqual([status, stdout, stderr], [0, "100\n", ""]);
});
