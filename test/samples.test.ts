import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { bytesPerSample, SAMPLE_FORMATS, type SampleFormat } from "../src/format.js";
import { convertFrames, readChannel } from "../src/samples.js";

/** The same cases in every run. */
const SEEDED = { seed: 20_261, numRuns: 300 } as const;

const BITS: Readonly<Record<SampleFormat, number>> = {
  int8: 8,
  uint8: 8,
  int16: 16,
  int24: 24,
  int32: 32,
  float32: 32,
};

/** Bytes of samples that are given as whole numbers from -2^(bits-1) up; for `float32` as floats. */
function encode(values: readonly number[], format: SampleFormat): Uint8Array {
  const width = bytesPerSample(format);
  const bytes = Buffer.alloc(values.length * width);
  values.forEach((value, index) => {
    if (format === "float32") {
      bytes.writeFloatLE(value, index * 4);
    } else if (format === "uint8") {
      bytes.writeUInt8(value + 128, index);
    } else {
      bytes.writeIntLE(value, index * width, width);
    }
  });
  return bytes;
}

function decode(bytes: Uint8Array, format: SampleFormat): number[] {
  const width = bytesPerSample(format);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.byteLength / width }, (_, index) => {
    if (format === "float32") {
      return buffer.readFloatLE(index * 4);
    }
    return format === "uint8"
      ? buffer.readUInt8(index) - 128
      : buffer.readIntLE(index * width, width);
  });
}

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

  test("no frames are no bytes", () => {
    for (const from of SAMPLE_FORMATS) {
      for (const to of SAMPLE_FORMATS) {
        assert.equal(convert(new Uint8Array(0), from, to).byteLength, 0);
      }
    }
  });
});

describe("channels", () => {
  test("channels are picked in the order that is asked for, in every pair of formats", () => {
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
        for (const picked of [[0], [3], [3, 0], [2, 1, 0, 3], [0, 1, 2, 3]]) {
          const target = new Uint8Array(frames * picked.length * bytesPerSample(to) + 5).fill(0xa5);
          convertFrames({ bytes, format: from, channels }, picked, frames, target, to);
          const length = target.byteLength - 5;
          const back = decode(convert(target.subarray(0, length), to, "int8"), "int8");
          const expected = Array.from({ length: frames }, (_, frame) =>
            picked.map((channel) => frame * 10 + channel),
          ).flat();
          assert.deepEqual(back, expected, `${from} to ${to}, channels ${picked.join()}`);
          assert.ok(target.subarray(length).every((byte) => byte === 0xa5));
        }
      }
    }
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
