import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { bytesPerSample, SAMPLE_FORMATS, type SampleFormat } from "../src/format.js";
import { convertFrames, readChannel } from "../src/samples.js";
import { BITS, decode, encode } from "./rig/samples.js";

/** The same cases in every run. */
const SEEDED = { seed: 20_261, numRuns: 300 } as const;

/** One channel in another format, with canaries around the target, at a place that is not aligned. */
function convert(bytes: Uint8Array, from: SampleFormat, to: SampleFormat): Uint8Array {
  const frames = bytes.byteLength / bytesPerSample(from);
  const length = frames * bytesPerSample(to);
  const memory = new Uint8Array(length + 14).fill(0xa5);
  convertFrames(
    { bytes, format: from, channels: 1 },
    undefined,
    frames,
    memory.subarray(7, 7 + length),
    to,
  );
  assert.ok(memory.subarray(0, 7).every((byte) => byte === 0xa5));
  assert.ok(memory.subarray(7 + length).every((byte) => byte === 0xa5));
  return memory.subarray(7, 7 + length);
}

function all(bits: number): number[] {
  return Array.from({ length: 2 ** bits }, (_, index) => index - 2 ** (bits - 1));
}

function narrower(a: SampleFormat, b: SampleFormat): boolean {
  // float32 holds 24 bits exactly.
  return BITS[a] <= (b === "float32" ? 24 : BITS[b]);
}

describe("every value of 8 and 16 bits", () => {
  for (const from of ["int8", "uint8", "int16"] satisfies SampleFormat[]) {
    for (const to of SAMPLE_FORMATS) {
      if (narrower(from, to)) {
        test(`goes from ${from} to ${to} on its scale, and back to itself`, () => {
          const values = all(BITS[from]);
          const bytes = encode(values, from);
          const wide = convert(bytes, from, to);
          const scale = to === "float32" ? 2 ** (1 - BITS[from]) : 2 ** (BITS[to] - BITS[from]);
          assert.deepEqual(
            decode(wide, to),
            values.map((value) => value * scale),
          );
          assert.deepEqual(Buffer.compare(convert(wide, to, from), bytes), 0);
        });
      }
    }
  }
});

describe("wide formats", () => {
  const integers = (bits: number): fc.Arbitrary<number[]> =>
    fc.array(fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 }));

  for (const to of ["int32", "float32"] satisfies SampleFormat[]) {
    test(`24 bits go through ${to} and come back as they were`, () => {
      fc.assert(
        fc.property(integers(24), (values) => {
          const bytes = encode(values, "int24");
          assert.deepEqual(
            decode(convert(convert(bytes, "int24", to), to, "int24"), "int24"),
            values,
          );
        }),
        SEEDED,
      );
    });
  }

  test("32 bits come to the nearest float", () => {
    fc.assert(
      fc.property(integers(32), (values) => {
        const floats = decode(convert(encode(values, "int32"), "int32", "float32"), "float32");
        assert.deepEqual(
          floats,
          values.map((value) => Math.fround(value / 2 ** 31)),
        );
      }),
      SEEDED,
    );
  });

  for (const to of SAMPLE_FORMATS.filter((format) => format !== "float32")) {
    test(`any float becomes the nearest ${to}, clipped at full scale`, () => {
      const scale = 2 ** (BITS[to] - 1);
      fc.assert(
        fc.property(fc.array(fc.float({ noNaN: true })), (values) => {
          const whole = decode(convert(encode(values, "float32"), "float32", to), to);
          whole.forEach((sample, index) => {
            const exact = (values[index] ?? 0) * scale;
            const expected = Math.min(scale - 1, Math.max(-scale, exact));
            assert.ok(Math.abs(sample - expected) <= 0.5, `${values[index]} became ${sample}`);
          });
        }),
        SEEDED,
      );
    });
  }

  for (const from of ["int24", "int32", "int16"] satisfies SampleFormat[]) {
    for (const to of SAMPLE_FORMATS) {
      if (to !== "float32" && BITS[to] < BITS[from]) {
        test(`${from} becomes the nearest ${to}, clipped at full scale`, () => {
          const step = 2 ** (BITS[from] - BITS[to]);
          const scale = 2 ** (BITS[to] - 1);
          fc.assert(
            fc.property(integers(BITS[from]), (values) => {
              const narrow = decode(convert(encode(values, from), from, to), to);
              narrow.forEach((sample, index) => {
                const expected = Math.min(scale - 1, (values[index] ?? 0) / step);
                assert.ok(Math.abs(sample - expected) <= 0.5, `${values[index]} became ${sample}`);
              });
            }),
            SEEDED,
          );
        });
      }
    }
  }
});

describe("edges", () => {
  for (const [format, most, least] of [
    ["int8", 127, -128],
    ["uint8", 127, -128],
    ["int16", 32_767, -32_768],
    ["int24", 8_388_607, -8_388_608],
    ["int32", 2_147_483_647, -2_147_483_648],
  ] as const) {
    test(`${format} clips above full scale, and NaN is silence`, () => {
      const values = [1, 1.5, 1e30, Number.POSITIVE_INFINITY, -1, -1.5, -1e30];
      const floats = encode([...values, Number.NEGATIVE_INFINITY, Number.NaN, 0, -0], "float32");
      assert.deepEqual(decode(convert(floats, "float32", format), format), [
        most,
        most,
        most,
        most,
        least,
        least,
        least,
        least,
        0,
        0,
        0,
      ]);
    });
  }

  test("floats go through unchanged in their own format, out of range and NaN as well", () => {
    const bytes = encode([2, -2, Number.NaN, 1e-30, Number.POSITIVE_INFINITY], "float32");
    assert.equal(Buffer.compare(convert(bytes, "float32", "float32"), bytes), 0);
  });

  test("a float keeps each bit when its channel is picked, also those of a NaN", () => {
    const words = Buffer.alloc(16);
    [0x7fa0_0001, 0xffc1_2345, 0x8000_0000, 0x0000_0001].forEach((word, index) => {
      words.writeUInt32LE(word, index * 4);
    });
    const target = new Uint8Array(16);
    convertFrames({ bytes: words, format: "float32", channels: 2 }, [1, 0], 2, target, "float32");
    assert.equal(Buffer.compare(target, Buffer.from(words).swap64().swap32()), 0);
  });

  test("-0 and the smallest floats are 0 in every integer format, and not clipped", () => {
    const bytes = encode([-0, 2 ** -149, -(2 ** -149), 2 ** -126], "float32");
    const source = { bytes, format: "float32", channels: 1 } as const;
    for (const to of SAMPLE_FORMATS.filter((format) => format !== "float32")) {
      const target = new Uint8Array(4 * bytesPerSample(to)).fill(0xa5);
      assert.equal(convertFrames(source, undefined, 4, target, to), 0);
      assert.deepEqual(decode(target, to), [0, 0, 0, 0], to);
    }
    const floats = new Float32Array(4);
    readChannel(source, 0, 4, floats);
    assert.deepEqual([...floats], [-0, 2 ** -149, -(2 ** -149), 2 ** -126]);
  });

  test("neither source nor target need be aligned, in any pair of formats", () => {
    const values = [64, -128, 0, 127, -64, 1];
    for (const from of SAMPLE_FORMATS) {
      const bytes = convert(encode(values, "int8"), "int8", from);
      for (const to of SAMPLE_FORMATS) {
        for (const picked of [undefined, [1, -1, 0]]) {
          const length = 3 * (picked?.length ?? 2) * bytesPerSample(to);
          const results = [0, 1, 2, 3].flatMap((sourceAt) =>
            [0, 1, 2, 3].map((targetAt) => {
              const sourceMemory = new Uint8Array(bytes.byteLength + 8).fill(0x5a);
              sourceMemory.set(bytes, sourceAt);
              const place = sourceMemory.subarray(sourceAt, sourceAt + bytes.byteLength);
              const memory = new Uint8Array(length + 8).fill(0xa5);
              const target = memory.subarray(targetAt);
              convertFrames({ bytes: place, format: from, channels: 2 }, picked, 3, target, to);
              const rest = [...memory.subarray(0, targetAt), ...memory.subarray(targetAt + length)];
              assert.ok(rest.every((byte) => byte === 0xa5));
              return decode(target.subarray(0, length), to).join();
            }),
          );
          assert.deepEqual(new Set(results).size, 1, `${from} to ${to}`);
        }
      }
    }
  });

  test("a Buffer need not be aligned either", () => {
    const memory = Buffer.alloc(9);
    memory.writeInt16LE(-5, 1);
    memory.writeInt16LE(300, 3);
    const source = { bytes: memory.subarray(1, 5), format: "int16", channels: 1 } as const;
    const floats = new Float32Array(2);
    readChannel(source, 0, 2, floats);
    assert.deepEqual([...floats], [-5 / 2 ** 15, 300 / 2 ** 15]);
    const target = Buffer.alloc(9);
    convertFrames(source, undefined, 2, target.subarray(1), "int32");
    assert.deepEqual(decode(target.subarray(1), "int32"), [-5 * 2 ** 16, 300 * 2 ** 16]);
  });

  test("no frames are no bytes", () => {
    for (const from of SAMPLE_FORMATS) {
      for (const to of SAMPLE_FORMATS) {
        assert.equal(convert(new Uint8Array(0), from, to).byteLength, 0);
      }
    }
  });
});

describe("channels", () => {
  test("channels are picked in the order that is asked for, again, and as silence, in every pair of formats", () => {
    const channels = 4;
    const frames = 9;
    // Frame f, channel c is 10 f + c, which every format holds exactly.
    const values = Array.from(
      { length: channels * frames },
      (_, index) => Math.floor(index / channels) * 10 + (index % channels),
    );
    for (const from of SAMPLE_FORMATS) {
      for (const to of SAMPLE_FORMATS) {
        const bytes = convert(encode(values, "int8"), "int8", from);
        for (const picked of [
          [0],
          [3],
          [3, 0],
          [2, 1, 0, 3],
          [0, 1, 2, 3],
          [1, 1],
          [-1],
          [-1, 2, -1, 2, 0],
        ]) {
          const target = new Uint8Array(frames * picked.length * bytesPerSample(to) + 5).fill(0xa5);
          convertFrames({ bytes, format: from, channels }, picked, frames, target, to);
          const length = target.byteLength - 5;
          const back = decode(convert(target.subarray(0, length), to, "int8"), "int8");
          const expected = Array.from({ length: frames }, (_, frame) =>
            picked.map((channel) => (channel === -1 ? 0 : frame * 10 + channel)),
          ).flat();
          assert.deepEqual(back, expected, `${from} to ${to}, channels ${picked.join()}`);
          assert.ok(target.subarray(length).every((byte) => byte === 0xa5));
        }
      }
    }
  });

  test("frames wider and longer than a piece of work keep every sample in its place", () => {
    for (const [channels, frames] of [
      [3, 5_000],
      [2_500, 5],
    ] as const) {
      // Each sample says where it is from.
      const values = Array.from({ length: channels * frames }, (_, index) => index);
      const picked = [channels - 1, -1, ...Array.from({ length: channels }, (_, index) => index)];
      for (const [from, to] of [
        ["int32", "int24"],
        ["int24", "int32"],
        ["int24", "int24"],
        ["int32", "float32"],
      ] as const) {
        const step = 2 ** (BITS[to] - BITS[from]);
        const scale = to === "float32" ? 2 ** -31 : step;
        const bytes = encode(
          values.map((value) => value / Math.min(step, 1)),
          from,
        );
        const source = { bytes, format: from, channels };
        for (const choice of [undefined, picked]) {
          const width = choice?.length ?? channels;
          const target = new Uint8Array(frames * width * bytesPerSample(to));
          assert.equal(convertFrames(source, choice, frames, target, to), 0);
          const expected = values.map((value) => (value / Math.min(step, 1)) * scale);
          assert.deepEqual(
            decode(target, to),
            choice === undefined
              ? expected
              : Array.from({ length: frames }, (_, frame) =>
                  choice.map((one) => (one === -1 ? 0 : (expected[frame * channels + one] ?? 0))),
                ).flat(),
          );
        }
      }
    }
  });

  test("no channels at all are no samples", () => {
    const none = new Uint8Array(0);
    const source = { bytes: encode([1, 2], "int16"), format: "int16", channels: 2 } as const;
    assert.equal(convertFrames(source, [], 1, none, "float32"), 0);
    assert.equal(convertFrames(source, [], 1, none, "int16"), 0);
  });

  test("what is not there or does not fit is a RangeError", () => {
    const source = { bytes: encode([1, 2, 3, 4], "int16"), format: "int16", channels: 2 } as const;
    const target = new Uint8Array(16);
    for (const to of ["int16", "int24", "float32"] satisfies SampleFormat[]) {
      for (const picked of [[2], [-2], [0.5], [Number.NaN]]) {
        assert.throws(() => convertFrames(source, picked, 1, target, to), RangeError);
      }
      assert.throws(() => convertFrames(source, undefined, 3, target, to), /frames/);
      assert.throws(() => convertFrames(source, [0, 1, 0, 1, 0, 1], 2, target, to), /frames/);
      assert.throws(() => convertFrames(source, undefined, -1, target, to), RangeError);
    }
    const floats = new Float32Array(2);
    assert.throws(() => readChannel(source, -1, 1, floats), RangeError);
    assert.throws(() => readChannel(source, 2, 1, floats), RangeError);
    assert.throws(() => readChannel(source, 0, 2, floats, 1), RangeError);
    assert.throws(() => readChannel(source, 0, 1, floats, 3), RangeError);
  });

  test("no more frames than asked for are converted", () => {
    const bytes = encode([1, 2, 3, 4, 5, 6], "int16");
    for (const [picked, to, expected] of [
      [undefined, "int16", [1, 2, 3, 4, 0, 0]],
      [[1], "int16", [2, 4, 0, 0, 0, 0]],
      [undefined, "int32", [65_536, 131_072, 196_608, 262_144, 0, 0]],
    ] as const) {
      const target = new Uint8Array(6 * bytesPerSample(to));
      convertFrames({ bytes, format: "int16", channels: 2 }, picked, 2, target, to);
      assert.deepEqual(decode(target, to), [...expected]);
    }
  });

  test("one channel is read as floats of full scale 1, to its place in the target", () => {
    for (const format of SAMPLE_FORMATS) {
      const bytes = convert(encode([64, -128, 0, 127, -64, 1], "int8"), "int8", format);
      const target = new Float32Array(7).fill(9);
      readChannel({ bytes, format, channels: 2 }, 1, 3, target, 2);
      assert.deepEqual([...target], [9, 9, -1, 127 / 128, 1 / 128, 9, 9], format);
    }
  });
});
