import assert from "node:assert/strict";
import { test } from "node:test";
import { envelope } from "../../src/index.js";
import { noise } from "./signals.js";

test("each column has the least, the greatest and the RMS of its frames, whatever the number of columns", async () => {
  const samples = noise(50_021, 0.5, 1);
  for (const columns of [1, 7, 1000, 50_020, 50_021]) {
    const outline = await envelope(samples, { sampleRate: 8000, columns });
    assert.equal(outline.columns, columns);
    assert.equal(outline.positions.length, columns + 1);
    assert.equal(outline.positions[columns], 50_021);
    for (let column = 0; column < columns; column++) {
      const part = samples.subarray(outline.positions[column], outline.positions[column + 1]);
      assert.ok(Math.abs(part.length - 50_021 / columns) < 1);
      const squares = part.reduce((sum, sample) => sum + sample * sample, 0);
      if (outline.minimum[0]?.[column] !== part.reduce((a, b) => Math.min(a, b), Infinity)) {
        assert.fail(`minimum of column ${column} of ${columns}`);
      }
      if (outline.maximum[0]?.[column] !== part.reduce((a, b) => Math.max(a, b), -Infinity)) {
        assert.fail(`maximum of column ${column} of ${columns}`);
      }
      const rms = Math.sqrt(squares / part.length);
      assert.ok(Math.abs((outline.rms[0]?.[column] ?? NaN) - rms) < 1e-6);
    }
  }
});

test("a click of one sample in an hour is seen", async () => {
  const hour = new Float32Array(8000 * 3600);
  hour[12_345_678] = -0.75;
  const outline = await envelope(hour, { sampleRate: 8000, columns: 800 });
  const column = Math.floor((12_345_678 / hour.length) * 800);
  const lower = [...(outline.minimum[0] ?? [])];
  assert.equal(lower[column], -0.75);
  assert.equal(lower.filter((value) => value !== 0).length, 1);
});

test("fewer frames than columns have a column each, and none have none", async () => {
  const [left, right] = [Float32Array.of(0.5, -0.25, 0), Float32Array.of(1, NaN, -1)];
  const outline = await envelope([left, right], { sampleRate: 8000 });
  assert.equal(outline.columns, 3);
  assert.deepEqual(outline.minimum, [left, Float32Array.of(1, 0, -1)]);
  assert.deepEqual(outline.maximum, outline.minimum);
  assert.deepEqual(outline.rms[0], left.map(Math.abs));
  assert.equal(outline.invalidSamples, 1);
  const empty = await envelope(new Float32Array(), { sampleRate: 8000 });
  assert.deepEqual(
    [empty.columns, empty.minimum, [...empty.positions]],
    [0, [new Float32Array()], [0]],
  );
});
