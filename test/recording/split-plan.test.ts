import assert from "node:assert/strict";
import { test } from "node:test";
import { checkSplit, createSplitPlan } from "../../src/recording/files/split-plan.js";

test("files have exactly so many frames", () => {
  assert.equal(createSplitPlan({ seconds: 600 }, 48_000, 4).framesOfFile, 28_800_000);
  assert.equal(createSplitPlan({ seconds: 0.1 }, 11_025, 2).framesOfFile, 1103);
  assert.equal(createSplitPlan({ frames: 12_345 }, 48_000, 4).framesOfFile, 12_345);
  assert.equal(createSplitPlan({ bytes: 1000 }, 48_000, 6).framesOfFile, 166);
});

test("of several limits the first that is reached counts", () => {
  const all = { seconds: 1, frames: 10_000, bytes: 18_000 };
  assert.equal(createSplitPlan(all, 8000, 2).framesOfFile, 8000);
  assert.equal(createSplitPlan({ ...all, frames: 50 }, 8000, 2).framesOfFile, 50);
  assert.equal(createSplitPlan({ ...all, bytes: 90 }, 8000, 2).framesOfFile, 45);
});

test("a file without a frame is refused", () => {
  for (const split of [{ seconds: 1e-6 }, { bytes: 3 }]) {
    assert.throws(() => createSplitPlan(split, 8000, 4), {
      name: "RangeError",
      message: /at least one frame/,
    });
  }
});

test("right options come back as they are", () => {
  for (const split of [{ seconds: 0.5 }, { frames: 1 }, { bytes: 1 }, { seconds: 60, bytes: 9 }]) {
    assert.deepEqual(checkSplit(split), split);
  }
});

test("wrong options are refused", () => {
  for (const value of [undefined, null, 600, "10min", [600], true, {}, { seconds: undefined }]) {
    assert.throws(() => checkSplit(value), { name: "TypeError", message: /split/ });
  }
  for (const name of ["seconds", "frames", "bytes"]) {
    for (const wrong of [null, "1", true, {}]) {
      assert.throws(() => checkSplit({ [name]: wrong }), { name: "TypeError" });
    }
    for (const wrong of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => checkSplit({ [name]: wrong }), {
        name: "RangeError",
        message: new RegExp(`split\\.${name}`),
      });
    }
  }
  assert.throws(() => checkSplit({ frames: 1.5 }), { name: "RangeError" });
  assert.throws(() => checkSplit({ bytes: 1.5 }), { name: "RangeError" });
  assert.throws(() => checkSplit({ second: 1 }), { message: /did you mean `seconds`/ });
});
