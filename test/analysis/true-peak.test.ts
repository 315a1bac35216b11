import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TruePeak } from "../../src/analysis/true-peak.js";
import { seededRandom } from "../rig/random.js";
import { sine } from "../rig/tone.js";
import { joined, noise } from "./signals.js";

/** The filter of ITU-R BS.1770-5, annex 2, as it is printed there: a row for each tap, a column for each phase. */
const PRINTED = [
  [0.001708984375, -0.0291748046875, -0.0189208984375, -0.00830078125],
  [0.010986328125, 0.029296875, 0.0330810546875, 0.014892578125],
  [-0.0196533203125, -0.0517578125, -0.0582275390625, -0.026611328125],
  [0.033203125, 0.089111328125, 0.1015625, 0.047607421875],
  [-0.0594482421875, -0.16650390625, -0.2003173828125, -0.102294921875],
  [0.1373291015625, 0.465087890625, 0.77978515625, 0.97216796875],
  [0.97216796875, 0.77978515625, 0.465087890625, 0.1373291015625],
  [-0.102294921875, -0.2003173828125, -0.16650390625, -0.0594482421875],
  [0.047607421875, 0.1015625, 0.089111328125, 0.033203125],
  [-0.026611328125, -0.0582275390625, -0.0517578125, -0.0196533203125],
  [0.014892578125, 0.0330810546875, 0.029296875, 0.010986328125],
  [-0.00830078125, -0.0189208984375, -0.0291748046875, 0.001708984375],
];

/** The largest value of the whole convolution, and of the samples themselves. */
function everywhere(samples: Float32Array): number {
  let largest = 0;
  for (let newest = 0; newest < samples.length; newest++) {
    const values = [0, 0, 0, 0];
    for (const [tap, row] of PRINTED.entries()) {
      const sample = samples[newest - tap] ?? 0;
      row.forEach((coefficient, phase) => {
        values[phase] = (values[phase] ?? 0) + coefficient * sample;
      });
    }
    largest = Math.max(largest, Math.abs(samples[newest] ?? 0), ...values.map(Math.abs));
  }
  return largest;
}

function measured(samples: Float32Array, blocks: () => number): number {
  const meter = new TruePeak();
  for (let from = 0; from < samples.length; ) {
    const to = from + blocks();
    meter.add(samples.subarray(from, to));
    from = to;
  }
  return meter.largest;
}

const quiet = noise(3000, 0.05, 4);
const click = quiet.slice();
click[1700] = -0.9;
const SIGNALS: Readonly<Record<string, Float32Array>> = {
  "evenly spread noise": noise(20_000, 0.5, 1),
  "a low tone": sine(20_000, 48_000, 61.7, 0.8),
  "a tone of a quarter of the rate between its samples": Float32Array.from(
    { length: 5000 },
    (_, frame) => 0.5 * Math.sin((Math.PI / 2) * frame + Math.PI / 4),
  ),
  "a tone near half of the rate": sine(9000, 48_000, 23_300, 0.7),
  "a sweep": Float32Array.from({ length: 30_000 }, (_, n) => 0.6 * Math.sin(n * n * 5e-5)),
  "a click in quiet noise": click,
  "silence, then a step": joined(new Float32Array(500), new Float32Array(500).fill(0.7)),
  "growing noise": noise(20_000, 1, 2).map((sample, frame) => (sample * frame) / 20_000),
  "one sample": Float32Array.of(-0.25),
  "eleven samples": noise(11, 1, 3),
};

describe("the true peak is that of computing the printed filter everywhere", () => {
  for (const [name, samples] of Object.entries(SIGNALS)) {
    test(name, () => {
      const expected = everywhere(samples);
      const random = seededRandom(7);
      for (const blocks of [() => samples.length, () => 1 + random(40), () => 1 + random(3000)]) {
        const got = measured(samples, blocks);
        assert.ok(Math.abs(got - expected) <= 1e-12, `${got} is not ${expected}`);
      }
    });
  }
});

test("silence has no true peak, and a sample alone has at least its own value", () => {
  assert.equal(
    measured(new Float32Array(1000), () => 1000),
    0,
  );
  const impulse = new Float32Array(100);
  impulse[50] = 1;
  assert.equal(
    measured(impulse, () => 100),
    1,
  );
});
