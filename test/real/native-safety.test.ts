import assert from "node:assert/strict";
import { test } from "node:test";
import { startPulse } from "../rig/pulse.js";
import { requireTool } from "../rig/tools.js";
import { huntFaults } from "../safety/hunt.js";

const LONG = process.env.ROOMTONE_LONG === "1";
const SEED = Number(process.env.ROOMTONE_SEED ?? 1);
const SEQUENCES = LONG ? 2_000 : 100;

test("whatever is called on real devices, in whatever order, the process neither crashes nor hangs", async (t) => {
  if (!requireTool(t, "pulseaudio", "libportaudio2")) {
    return;
  }
  const pulse = await startPulse();
  t.after(() => pulse.stop());
  const budgetMs = LONG ? 3 * 3600_000 : 60_000;
  const options = { env: pulse.env, budgetMs, limitMs: budgetMs + 120_000 };
  assert.equal(await huntFaults(SEED, SEQUENCES, "pulse", options), undefined);
});
