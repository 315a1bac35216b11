import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LoudnessMeter, loudness } from "../../src/index.js";
import { decimated, phased, RATE, repeated, steps } from "./ebu-signals.js";

/** The tolerances of EBU Tech 3341, table 1, and 3342, table 1. */
const LU = 0.1;
const RANGE_LU = 1;
const PEAK_ABOVE = 0.2;
const PEAK_BELOW = 0.4;

const SILENCE = -Infinity;
const TWENTY = Array.from({ length: 20 }, (_, index) => index);

function near(actual: number | null, expected: number, tolerance = LU): void {
  assert.ok(
    actual !== null && Math.abs(actual - expected) <= tolerance,
    `${actual} is not ${expected} ±${tolerance}`,
  );
}

function stereo(samples: Float32Array): Parameters<typeof loudness> {
  return [[samples, samples], { sampleRate: RATE, truePeak: false }];
}

describe("EBU Tech 3341, minimum requirements test signals", () => {
  test("1: a tone of -23 dBFS for 20 s has M, S and I = -23.0 LUFS", async () => {
    const { integrated, momentary, shortTerm } = await loudness(...stereo(steps([[20, -23]])));
    near(integrated, -23);
    assert.equal(momentary.values.length, 197);
    assert.equal(shortTerm.values.length, 171);
    for (const value of [...momentary.values, ...shortTerm.values]) {
      near(value, -23);
    }
  });

  test("2: a tone of -33 dBFS for 20 s has M, S and I = -33.0 LUFS", async () => {
    const { integrated, momentary, shortTerm } = await loudness(...stereo(steps([[20, -33]])));
    near(integrated, -33);
    for (const value of [...momentary.values, ...shortTerm.values]) {
      near(value, -33);
    }
  });

  const programmes = {
    "3: quiet ends are gated": [
      [10, -36],
      [60, -23],
      [10, -36],
    ],
    "4: very quiet ends do not move the gate": [
      [10, -72],
      [10, -36],
      [60, -23],
      [10, -36],
      [10, -72],
    ],
    "5: a louder middle": [
      [20, -26],
      [20.1, -20],
      [20, -26],
    ],
  } as const;
  for (const [name, parts] of Object.entries(programmes)) {
    test(`${name}: I = -23.0 LUFS`, async () => {
      near((await loudness(...stereo(steps(parts)))).integrated, -23);
    });
  }

  test("6: five channels, I = -23.0 LUFS", async () => {
    const channels = [-28, -28, -24, -30, -30].map((level) => steps([[20, level]]));
    const { integrated, weights } = await loudness(channels, { sampleRate: RATE, weights: "5.0" });
    near(integrated, -23);
    assert.deepEqual(weights, [1, 1, 1, 1.41, 1.41]);
  });

  test("9: S = -23.0 LUFS, constant after 3 s", async () => {
    const parts = repeated(
      [
        [1.34, -20],
        [1.66, -30],
      ] as const,
      5,
    );
    const { shortTerm } = await loudness(...stereo(steps(parts)));
    assert.equal(shortTerm.values.length, 121);
    for (const value of shortTerm.values) {
      near(value, -23);
    }
  });

  test("10: max S = -23.0 LUFS, wherever the tone of 3 s begins", async () => {
    for (const index of TWENTY) {
      const parts = [
        [0.15 * index, SILENCE],
        [3, -23],
        [1, SILENCE],
      ] as const;
      near((await loudness(...stereo(steps(parts)))).shortTerm.maximum, -23);
    }
  });

  test("11: a live meter shows max S = -38.0, -37.0 ... -19.0 LUFS in turn", () => {
    const maxima = liveMaxima(
      (index) => [
        [0.15 * index, SILENCE],
        [3, -38 + index],
        [3 - 0.15 * index, SILENCE],
      ],
      "shortTerm",
    );
    for (const [index, maximum] of maxima.entries()) {
      near(maximum, -38 + index);
    }
  });

  test("12: M = -23.0 LUFS, constant after 1 s", async () => {
    const parts = repeated(
      [
        [0.18, -20],
        [0.22, -30],
      ] as const,
      25,
    );
    const { momentary } = await loudness(...stereo(steps(parts)));
    assert.equal(momentary.values.length, 97);
    for (const value of momentary.values.slice(6)) {
      near(value, -23);
    }
  });

  test("13: max M = -23.0 LUFS, wherever the tone of 0.4 s begins", async () => {
    for (const index of TWENTY) {
      const parts = [
        [0.02 * index, SILENCE],
        [0.4, -23],
        [1, SILENCE],
      ] as const;
      near((await loudness(...stereo(steps(parts)))).momentary.maximum, -23);
    }
  });

  test("14: a live meter shows max M = -38.0, -37.0 ... -19.0 LUFS in turn", () => {
    const maxima = liveMaxima(
      (index) => [
        [0.02 * index, SILENCE],
        [0.4, -38 + index],
        [0.4 - 0.02 * index, SILENCE],
      ],
      "momentary",
    );
    for (const [index, maximum] of maxima.entries()) {
      near(maximum, -38 + index);
    }
  });

  const peaks: Readonly<Record<string, readonly [Float32Array, number]>> = {
    "15: a quarter of the rate, 0.50, 0°": [phased(4, 0.5012, 0), -6],
    "16: a quarter of the rate, 0.50, 45°": [phased(4, 0.5012, 45), -6],
    "17: a sixth of the rate, 0.50, 60°": [phased(6, 0.5012, 60), -6],
    "18: an eighth of the rate, 0.50, 67.5°": [phased(8, 0.5012, 67.5), -6],
    "19: a quarter of the rate, 1.41, 45°": [phased(4, 1.4125, 45), 3],
    "20: a loud period, decimated from sample 0 on": [decimated(0), 0],
    "21: from sample 1 on": [decimated(1), 0],
    "22: from sample 2 on": [decimated(2), 0],
    "23: from sample 3 on": [decimated(3), 0],
  };
  for (const [name, [samples, expected]] of Object.entries(peaks)) {
    test(`${name}: max true peak ${expected.toFixed(1)} dBTP`, async () => {
      const { truePeak } = await loudness([samples, samples], { sampleRate: RATE });
      assert.ok(
        truePeak !== null && truePeak <= expected + PEAK_ABOVE && truePeak >= expected - PEAK_BELOW,
        `${truePeak} is not ${expected} +${PEAK_ABOVE}/-${PEAK_BELOW}`,
      );
    });
  }
});

describe("EBU Tech 3342, minimum requirements test signals", () => {
  const ranges = {
    "1: 20 s at -20, 20 s at -30": { levels: [-20, -30], range: 10 },
    "2: 20 s at -20, 20 s at -15": { levels: [-20, -15], range: 5 },
    "3: 20 s at -40, 20 s at -20": { levels: [-40, -20], range: 20 },
    "4: 20 s at each of -50, -35, -20, -35, -50": { levels: [-50, -35, -20, -35, -50], range: 15 },
  } as const;
  for (const [name, { levels, range }] of Object.entries(ranges)) {
    test(`${name}: LRA = ${range} LU`, async () => {
      const parts = levels.map((level) => [20, level] as const);
      const measured = await loudness(...stereo(steps(parts)));
      near(measured.range, range, RANGE_LU);
    });
  }
});

/** What a meter that is read every 10 ms has shown at most in each of twenty parts. */
function liveMaxima(
  parts: (index: number) => readonly (readonly [number, number])[],
  what: "momentary" | "shortTerm",
): readonly number[] {
  const meter = new LoudnessMeter({ sampleRate: RATE, numberOfChannels: 2, truePeak: false });
  const block = RATE / 100;
  return TWENTY.map((index) => {
    const samples = steps(parts(index));
    let maximum = -Infinity;
    for (let from = 0; from < samples.length; from += block) {
      const piece = samples.slice(from, from + block);
      meter.add({ numberOfChannels: 2, length: piece.length, getChannelData: () => piece });
      maximum = Math.max(maximum, meter.read()[what] ?? -Infinity);
    }
    return maximum;
  });
}
