import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { huntFaults, watchChild } from "./safety/hunt.js";

/** Ten times and more of everything: ROOMTONE_LONG=1. */
const LONG = process.env.ROOMTONE_LONG === "1";
/** Sequences from here on: another one tries others. */
const SEED = Number(process.env.ROOMTONE_SEED ?? 1);
const CHILDREN = 2;
const SEQUENCES = LONG ? 10_000 : 120;
const budgetMs = LONG ? 3 * 3600_000 : 40_000;
const limitMs = budgetMs + 80_000;

describe("whatever is called, in whatever order, the process neither crashes nor hangs", {
  concurrency: CHILDREN,
}, () => {
  for (let child = 0; child < CHILDREN; child++) {
    const first = SEED + child * SEQUENCES;
    test(`sequences ${first} to ${first + SEQUENCES - 1} of calls on virtual devices`, async () => {
      assert.equal(await huntFaults(first, SEQUENCES, "virtual", { budgetMs, limitMs }), undefined);
    });
  }

  test("each argument and each option of each call, replaced by each of many nasty values", async () => {
    const task = { every: LONG ? 1 : 8 };
    const fault = await watchChild("arguments.child.js", task, { limitMs });
    assert.equal(fault, undefined, `${fault?.at}: ${fault?.text}`);
  });
});
