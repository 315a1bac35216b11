import assert from "node:assert/strict";
import test from "node:test";
import { makeRamp, verifyRamp } from "./ramp.js";

const ramp = makeRamp({ frames: 200_000, leadFrames: 100, tailFrames: 50 });

/** The ramp without `frames` frames at `position`. */
function without(position: number, frames: number): Int16Array {
  return Int16Array.from([...ramp.subarray(0, position), ...ramp.subarray(position + frames)]);
}

test("a whole ramp that goes round three times has no break", () => {
  const report = verifyRamp(ramp);
  assert.deepEqual(report, {
    start: 100,
    frames: 200_000,
    lost: 0,
    repeated: 0,
    silent: 0,
    breaks: [],
  });
});

test("silence inside the ramp never comes from the ramp itself", () => {
  assert.equal(ramp.subarray(100, 200_100).includes(0), false);
});

test("one lost frame is found at its place", () => {
  const report = verifyRamp(without(1100, 1));
  assert.equal(report.lost, 1);
  assert.equal(report.frames, 199_999);
  assert.deepEqual(report.breaks, [{ position: 1100, expected: 1001, got: 1002 }]);
});

test("frames lost where the counter goes round are counted", () => {
  const report = verifyRamp(without(100 + 65_530, 10));
  assert.equal(report.lost, 10);
  assert.deepEqual(report.breaks, [{ position: 65_630, expected: 65_531, got: 6 }]);
});

test("a block that came twice is counted as repeated", () => {
  const twice = Int16Array.from([...ramp.subarray(0, 5000), ...ramp.subarray(4744)]);
  const report = verifyRamp(twice);
  assert.equal(report.repeated, 256);
  assert.equal(report.lost, 0);
  assert.deepEqual(report.breaks, [{ position: 5000, expected: 4901, got: 4645 }]);
});

test("silence in the place of lost frames is one break with both counts", () => {
  const filled = ramp.slice().fill(0, 3000, 3400);
  const report = verifyRamp(filled);
  assert.equal(report.silent, 400);
  assert.equal(report.lost, 400);
  assert.equal(report.breaks.length, 1);
});

test("silence put between frames is not a loss", () => {
  const report = verifyRamp(
    Int16Array.from([...ramp.subarray(0, 3000), ...new Int16Array(64), ...ramp.subarray(3000)]),
  );
  assert.equal(report.silent, 64);
  assert.equal(report.lost, 0);
  assert.equal(report.frames, 200_000);
});

test("a recording of silence holds no ramp", () => {
  assert.equal(verifyRamp(new Int16Array(1000)).start, -1);
  assert.equal(verifyRamp(new Int16Array(1000)).frames, 0);
});
