import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { bytesPerSample, SAMPLE_FORMATS, type SampleFormat } from "../src/format.js";
import { convertFrames } from "../src/samples.js";
import { BITS, decode, encode } from "./rig/samples.js";

/** The same cases in every run. */
const SEEDED = { seed: 20_261, numRuns: 300 } as const;

const INTEGERS = SAMPLE_FORMATS.filter((format) => format !== "float32");

interface Result {
  readonly samples: number[];
  readonly clipped: number;
}

function convert(values: readonly number[], from: SampleFormat, to: SampleFormat): Result {
  const source = { bytes: encode(values, from), format: from, channels: 1 };
  const target = new Uint8Array(values.length * bytesPerSample(to));
  const clipped = convertFrames(source, undefined, values.length, target, to);
  return { samples: decode(target, to), clipped };
}

/** What the rules say, by other means: `value` of full scale 1 in an integer format. */
function expected(value: number, to: SampleFormat): { sample: number; clipped: boolean } {
  const full = 2 ** (BITS[to] - 1);
  const exact = value * full;
  if (Number.isNaN(exact)) {
    return { sample: 0, clipped: true };
  }
  const clipped = exact > full - 1 || exact < -full;
  const inside = Math.min(full - 1, Math.max(-full, exact));
  const below = Math.floor(inside);
  const part = inside - below;
  const up = part > 0.5 || (part === 0.5 && below % 2 !== 0);
  return { sample: up ? below + 1 : below, clipped };
}

function check(values: readonly number[], from: SampleFormat, to: SampleFormat): void {
  const full = from === "float32" ? 1 : 2 ** (BITS[from] - 1);
  const { samples, clipped } = convert(values, from, to);
  const wanted = values.map((value) => expected(value / full, to));
  assert.deepEqual(
    // -0 is not in an integer format.
    samples,
    wanted.map(({ sample }) => sample + 0),
  );
  assert.equal(clipped, wanted.filter((one) => one.clipped).length);
}

function all(bits: number): number[] {
  return Array.from({ length: 2 ** bits }, (_, index) => index - 2 ** (bits - 1));
}

describe("every value of 8 and 16 bits", () => {
  for (const from of ["int8", "uint8", "int16"] satisfies SampleFormat[]) {
    for (const to of INTEGERS) {
      if (from !== to) {
        test(`${from} to ${to}: the nearest, ties to even, and the clipped are counted`, () => {
          check(all(BITS[from]), from, to);
        });
      }
    }
  }
});

describe("by property", () => {
  for (const from of ["int24", "int32"] satisfies SampleFormat[]) {
    const half = 2 ** (BITS[from] - 1);
    // Values near the ends and ties are too rare to be met by chance.
    const value = fc.oneof(
      fc.integer({ min: -half, max: half - 1 }),
      fc.integer({ min: half - 300, max: half - 1 }),
      fc.integer({ min: -half, max: -half + 300 }),
      fc.integer({ min: -127, max: 127 }).map((tie) => (tie * half) / 256),
      fc.integer({ min: -32_767, max: 32_767 }).map((tie) => (tie * half) / 65_536),
    );
    for (const to of INTEGERS) {
      if (from !== to) {
        test(`${from} to ${to}: the nearest, ties to even, and the clipped are counted`, () => {
          fc.assert(
            fc.property(fc.array(value), (values) => check(values, from, to)),
            SEEDED,
          );
        });
      }
    }
  }

  for (const to of INTEGERS) {
    test(`float32 to ${to}: the nearest, ties to even, and the clipped are counted`, () => {
      const full = 2 ** (BITS[to] - 1);
      const value = fc.oneof(
        fc.float(),
        fc.float({ min: -2, max: 2 }),
        fc.integer({ min: -127, max: 127 }).map((step) => (step + 0.5) / full),
        fc.integer({ min: -3, max: 3 }).map((step) => Math.fround(1 + (step * 0.25) / full)),
        fc.integer({ min: -3, max: 3 }).map((step) => Math.fround(-1 + (step * 0.25) / full)),
      );
      fc.assert(
        fc.property(fc.array(value), (values) => check(values, "float32", to)),
        SEEDED,
      );
    });
  }
});

describe("what float32 and int32 keep of each other", () => {
  test("a float that is a whole number of int32 steps comes back from int32 as it was", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: -(2 ** 24), max: 2 ** 24 }), fc.nat(6))),
        (pairs) => {
          const values = pairs.map(([whole, shift]) => (whole * 2 ** shift) / 2 ** 31);
          const { samples, clipped } = convert(values, "float32", "int32");
          assert.equal(clipped, 0);
          assert.deepEqual(
            convert(samples, "int32", "float32").samples,
            // int32 has no -0.
            values.map((value) => value + 0),
          );
        },
      ),
      SEEDED,
    );
  });

  test("32-bit integers of more than 24 bits do not survive float32", () => {
    const values = [2 ** 24 + 1, 2 ** 31 - 1, -(2 ** 31), 2 ** 24];
    const floats = convert(values, "int32", "float32").samples;
    assert.deepEqual(floats, [2 ** -7, 1, -1, 2 ** -7]);
    const back = convert(floats, "float32", "int32");
    assert.deepEqual(back.samples, [2 ** 24, 2 ** 31 - 1, -(2 ** 31), 2 ** 24]);
    // 1.0 is one step beyond int32.
    assert.equal(back.clipped, 1);
  });
});

describe("clipping", () => {
  for (const to of INTEGERS) {
    test(`${to}: 1.0, infinities and NaN count, -1.0 and the greatest value do not`, () => {
      const most = Math.fround(1 - 2 ** (1 - Math.min(24, BITS[to])));
      const count = (values: number[]): number => convert(values, "float32", to).clipped;
      assert.equal(count([most, -1, 0, -0]), 0);
      assert.equal(count([1]), 1);
      assert.equal(count([Infinity, -Infinity, Number.NaN]), 3);
      assert.equal(count([2, -2, 1.5, 0.5]), 3);
      assert.equal(count([-1 - 2 ** -23]), 1);
    });
  }

  test("widening, copying and channels of silence never clip", () => {
    for (const [from, to, values] of [
      ["int8", "uint8", [-128, 127]],
      ["int8", "int32", [-128, 127]],
      ["int32", "float32", [-(2 ** 31), 2 ** 31 - 1]],
      ["float32", "float32", [5, Number.NaN]],
    ] as const) {
      assert.equal(convert(values, from, to).clipped, 0, `${from} to ${to}`);
    }
    const source = { bytes: encode([9, 9, 9], "float32"), format: "float32", channels: 1 } as const;
    assert.equal(convertFrames(source, undefined, 3, new Uint8Array(6), "int16"), 3);
    assert.equal(convertFrames(source, [-1, 0, -1], 3, new Uint8Array(18), "int16"), 3);
    assert.equal(convertFrames(source, [-1], 3, new Uint8Array(6), "int16"), 0);
  });

  test("the clipped are counted over more than one piece of work", () => {
    const values = Array.from({ length: 10_000 }, (_, index) => (index % 10 === 0 ? 2 : 0));
    assert.equal(convert(values, "float32", "int16").clipped, 1_000);
  });
});
