import assert from "node:assert/strict";
import { test } from "node:test";
import type { Gap } from "../src/index.js";
import { cueGaps, gapCues } from "../src/recording/gap-cues.js";

const GAPS: readonly Gap[] = [
  { position: 0, frames: 1, cause: "overrun" },
  { position: 800, frames: 441, cause: "stall" },
  { position: 5000, frames: 2 ** 33, cause: "buffer-full" },
  { position: 0xffff_ffff, frames: 7, cause: "device-lost" },
];

test("gaps come back from cue points as they were, in order", () => {
  assert.deepEqual(cueGaps(gapCues(GAPS)), GAPS);
  assert.deepEqual(cueGaps(gapCues(GAPS).reverse()), GAPS);
});

test("other cue points are no gaps", () => {
  const note = "441 frames lost (overrun)";
  assert.deepEqual(
    cueGaps([
      { position: 1 },
      { position: 1, label: "gap" },
      { position: 1, label: "Gap", note },
      { position: 1, note },
      { position: 1, label: "gap", note: "441 frames lost (boredom)" },
      { position: 1, label: "gap", note: `${note} ` },
      { position: 1, label: "gap", note: "-1 frames lost (overrun)" },
      { position: 1, label: "gap", note: "9".repeat(40) },
    ]),
    [],
  );
});
