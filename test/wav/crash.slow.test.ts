import { test } from "node:test";
import { requireTool } from "../rig/tools.js";
import { assertSurvived, crash } from "./crash-run.js";
import { temporaryFolder } from "./files.js";

test("a recorder killed at any moment leaves a file that misses at most a second", async (t) => {
  if (!requireTool(t, "python3-soundfile", "python3-numpy")) {
    return;
  }
  // test/real/crash.test.ts does the same fifty times.
  assertSurvived(await crash(temporaryFolder(t), 6, 3, 2.5, 41));
});
