import { test } from "node:test";
import { killRecorders } from "../recording/crash-recorders.js";
import { requireTool } from "../rig/tools.js";
import { assertSurvived, crash } from "../wav/crash-run.js";
import { temporaryFolder } from "../wav/files.js";

test("of fifty recorders killed at random moments each leaves a file that misses at most a second", async (t) => {
  if (!requireTool(t, "python3-soundfile", "python3-numpy")) {
    return;
  }
  assertSurvived(await crash(temporaryFolder(t), 50, 10, 3.5, 42));
});

test("of sixty Recorders killed at random moments none loses more than a second: WAV, FLAC, split files", async (t) => {
  if (!requireTool(t, "python3-soundfile", "python3-numpy")) {
    return;
  }
  await killRecorders(t, 20, 10, 3.5, 43);
});
