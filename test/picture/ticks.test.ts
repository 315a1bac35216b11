import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { frequencyScale } from "../../src/picture/frequency-scale.js";
import {
  durationText,
  linearTicks,
  niceStep,
  numberLabel,
  timeAxis,
} from "../../src/picture/ticks.js";

test("steps are 1, 2 or 5 times a power of ten, the next one up", () => {
  const cases = [
    [1, 1],
    [1.01, 2],
    [2, 2],
    [3, 5],
    [5.5, 10],
    [0.03, 0.05],
    [0.2, 0.2],
    [70, 100],
  ];
  for (const [least = 0, step = 0] of cases) {
    assert.ok(Math.abs(niceStep(least) - step) < 1e-12, `${least}`);
  }
});

test("ticks are inside, rise, and are no more than asked for and one", () => {
  fc.assert(
    fc.property(
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
      fc.integer({ min: 1, max: 30 }),
      (min, size, count) => {
        const max = min + size;
        fc.pre(max > min && size / Math.abs(min || 1) > 1e-6);
        const ticks = linearTicks(min, max, count);
        const slack = size * 1e-6;
        assert.ok(ticks.length <= count + 1);
        assert.ok(ticks.every(({ value }) => value >= min - slack && value <= max + slack));
        assert.ok(ticks.every(({ value }, i) => i === 0 || value > (ticks[i - 1]?.value ?? 0)));
        assert.equal(new Set(ticks.map(({ label }) => label)).size, ticks.length);
      },
    ),
    { seed: 6 },
  );
});

test("labels have as many decimals as their step", () => {
  assert.deepEqual(labels(linearTicks(0, 1, 5)), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
  assert.deepEqual(labels(linearTicks(-100, -20, 4)), ["−100", "−80", "−60", "−40", "−20"]);
});

test("minus is a minus sign, and a rounded zero has none", () => {
  assert.equal(numberLabel(-3.14, 1), "−3.1");
  assert.equal(numberLabel(-0.01, 1), "0.0");
});

test("times are in the unit and at the steps that a person would choose", () => {
  const cases: [number, number, string, string[]][] = [
    [0, 5, "Time (s)", ["0"]],
    [0.00002, 2, "Time (µs)", ["0", "10", "20"]],
    [0.25, 5, "Time (ms)", ["0", "50", "100", "150", "200", "250"]],
    [12, 6, "Time (s)", ["0", "2", "4", "6", "8", "10", "12"]],
    [60, 4, "Time (min:s)", ["0:00", "0:15", "0:30", "0:45", "1:00"]],
    [600, 5, "Time (min:s)", ["0:00", "2:00", "4:00", "6:00", "8:00", "10:00"]],
    [3600, 4, "Time (h:min)", ["0:00", "0:15", "0:30", "0:45", "1:00"]],
    [3601, 400, "Time (h:min:s)", ["0:00:00", "0:00:10"]],
    [86_400 * 4, 4, "Time (h:min)", ["0:00", "24:00", "48:00", "72:00", "96:00"]],
  ];
  for (const [duration, count, title, expected] of cases) {
    const axis = timeAxis(duration, count);
    assert.equal(axis.title, title);
    assert.deepEqual(labels(axis.ticks).slice(0, expected.length), expected, `${duration} s`);
  }
});

test("lengths are said as a person says them", () => {
  assert.deepEqual([0, 0.00002083, 0.25, 3.2, 125, 3600].map(durationText), [
    "0 s",
    "20.83 µs",
    "250 ms",
    "3.2 s",
    "2:05.0 min",
    "1:00:00 h",
  ]);
});

test("bent scales go from edge to edge and back, and their marks keep their distance", () => {
  for (const [name, lowest, highest] of [
    ["linear", 0, 24_000],
    ["mel", 0, 24_000],
    ["logarithmic", 20, 24_000],
  ] as const) {
    const scale = frequencyScale(name, lowest, highest);
    assert.ok(Math.abs(scale.placeOf(lowest)) < 1e-9);
    assert.ok(Math.abs(scale.placeOf(highest) - 1) < 1e-9);
    assert.ok(Math.abs(scale.frequencyAt(scale.placeOf(1000)) - 1000) < 1e-6);
    for (const count of [3, 6, 12]) {
      const places = scale.axis(count).ticks.map(({ value }) => scale.placeOf(value));
      assert.ok(places.length >= 2, `${name} ${count}`);
      for (const [index, place] of places.slice(1).entries()) {
        assert.ok(place - (places[index] ?? 0) >= 0.999 / count, `${name} ${count}`);
      }
    }
  }
  assert.deepEqual(labels(frequencyScale("logarithmic", 20, 24_000).axis(40).ticks), [
    "20",
    "50",
    "100",
    "200",
    "500",
    "1k",
    "2k",
    "5k",
    "10k",
    "20k",
  ]);
});

function labels(ticks: readonly { readonly label: string }[]): string[] {
  return ticks.map(({ label }) => label);
}
