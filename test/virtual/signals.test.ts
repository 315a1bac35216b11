import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  bytesPerFrame,
  bytesPerSample,
  SAMPLE_FORMATS,
  type SampleFormat,
} from "../../src/format.js";
import { generatedSource } from "../../src/hosts/virtual/signals.js";
import type { GeneratedSpec } from "../../src/hosts/virtual/spec.js";
import { parseVirtualDevice } from "../../src/hosts/virtual/spec-text.js";

const SEED = 20_260_731;
const FULL_SCALE = {
  int8: 2 ** 7,
  uint8: 2 ** 7,
  int16: 2 ** 15,
  int24: 2 ** 23,
  int32: 2 ** 31,
  float32: 1,
};

describe("generated signals", () => {
  test("any split into blocks, at any alignment, gives the same bytes", () => {
    const position = fc.oneof(
      fc.nat(200_000),
      fc.nat(1000).map((offset) => 2 ** 32 - 500 + offset),
      fc.nat(1000).map((offset) => 2 ** 50 + offset),
    );
    fc.assert(
      fc.property(
        fc.constantFrom("silence", "tone?frequency=997.3", "noise?seed=9", "ramp"),
        fc.constantFrom(...SAMPLE_FORMATS),
        fc.integer({ min: 1, max: 4 }),
        position,
        fc.array(fc.nat(40), { maxLength: 8 }),
        fc.nat(3),
        (text, format, channels, start, blocks, offset) => {
          const total = blocks.reduce((sum, block) => sum + block, 0);
          const whole = render(text, format, channels, start, total);
          const source = generatedSource(specOf(text), 44_100, channels, format);
          const frameBytes = bytesPerFrame(format, channels);
          const memory = new Uint8Array(total * frameBytes + offset);
          let at = 0;
          for (const block of blocks) {
            source.write(memory.subarray(offset + at * frameBytes), start + at, block);
            at += block;
          }
          assert.deepEqual(memory.subarray(offset), whole);
        },
      ),
      { seed: SEED, numRuns: 1000 },
    );
  });

  test("a write touches the bytes of its frames and no others", () => {
    for (const format of SAMPLE_FORMATS) {
      for (const text of ["silence", "tone", "noise", "ramp"]) {
        const bytes = 5 * bytesPerFrame(format, 3);
        const memory = new Uint8Array(bytes + 16).fill(0xa5);
        generatedSource(specOf(text), 48_000, 3, format).write(memory, 12_345, 5);
        assert.deepEqual(
          memory.subarray(bytes),
          new Uint8Array(16).fill(0xa5),
          `${text} ${format}`,
        );
      }
    }
  });

  test("silence is the middle of every format, and 0x80 in uint8", () => {
    for (const format of SAMPLE_FORMATS) {
      const bytes = render("silence", format, 2, 1000, 10);
      assert.deepEqual(
        bytes,
        new Uint8Array(bytes.length).fill(format === "uint8" ? 0x80 : 0),
        format,
      );
    }
  });
});

describe("ramp", () => {
  test("is the 16-bit counter, 0..32767 then -32768..-1, in the top 16 bits of every wider format", () => {
    const numbers = [
      0,
      1,
      2,
      32_766,
      32_767,
      32_768,
      32_769,
      65_535,
      65_536,
      2 ** 32 + 5,
      2 ** 50 + 7,
    ];
    const counters = [0, 1, 2, 32_766, 32_767, -32_768, -32_767, -1, 0, 5, 7];
    for (const [index, frame] of numbers.entries()) {
      const counter = counters[index] ?? Number.NaN;
      assert.equal(view(render("ramp", "int16", 1, frame, 1)).getInt16(0, true), counter);
      assert.equal(view(render("ramp", "int32", 1, frame, 1)).getInt32(0, true), counter * 65_536);
      assert.equal(
        view(render("ramp", "float32", 1, frame, 1)).getFloat32(0, true),
        counter / 32_768,
      );
      const packed = render("ramp", "int24", 1, frame, 1);
      assert.equal(packed[0], 0);
      assert.equal(view(packed).getInt16(1, true), counter);
    }
  });

  test("holds the low 8 bits of the counter in the 8-bit formats, so that one lost frame shows", () => {
    const expected = Uint8Array.from({ length: 600 }, (_, index) => (250 + index) % 256);
    assert.deepEqual(render("ramp", "uint8", 1, 250, 600), expected);
    assert.deepEqual(render("ramp", "int8", 1, 250, 600), expected);
  });

  test("is the same in each channel", () => {
    for (const format of SAMPLE_FORMATS) {
      const width = bytesPerSample(format);
      const bytes = render("ramp", format, 3, 40_000, 50);
      for (let at = 0; at < bytes.length; at += width) {
        const first = at - (at % (width * 3));
        assert.deepEqual(bytes.subarray(at, at + width), bytes.subarray(first, first + width));
      }
    }
  });
});

describe("tone", () => {
  test("is amplitude × sin(2π f n / rate) to within half a step of the format, and clips at full scale", () => {
    const rate = 44_100;
    for (const format of SAMPLE_FORMATS) {
      const values = decode(
        render("tone?frequency=997&amplitude=1", format, 1, 0, 5000, rate),
        format,
      );
      const half = format === "float32" ? 2 ** -25 : 0.5 / FULL_SCALE[format];
      for (const [frame, value] of values.entries()) {
        const top = format === "float32" ? 1 : 1 - 1 / FULL_SCALE[format];
        const exact = Math.min(top, Math.sin((2 * Math.PI * 997 * frame) / rate));
        assert.ok(
          Math.abs(value - exact) <= half + 1e-11,
          `${format} frame ${frame}: ${value}, ${exact}`,
        );
      }
    }
  });

  test("keeps its phase for days: an hour of whole periods later it is the same, bit for bit", () => {
    const early = render("tone", "float32", 2, 0, 1000);
    assert.deepEqual(render("tone", "float32", 2, 44_100 * 3600 * 72, 1000, 44_100), early);
  });

  test("starts at 0 and takes its peak from the amplitude", () => {
    const values = decode(
      render("tone?frequency=1000&amplitude=0.25", "float32", 1, 0, 48_000, 48_000),
      "float32",
    );
    assert.equal(values[0], 0);
    assert.equal(Math.max(...values), 0.25);
    assert.equal(Math.min(...values), -0.25);
  });
});

describe("noise", () => {
  test("is the same for the same seed and different for others, for ever", () => {
    const first = render("noise?seed=5", "int16", 2, 1000, 500);
    assert.deepEqual(render("noise?seed=5", "int16", 2, 1000, 500), first);
    assert.notDeepEqual(render("noise?seed=6", "int16", 2, 1000, 500), first);
    // Pinned, from the algorithm written a second time in another language: recordings of tests must not change.
    const pinned = [18_064, -146, -28_119, -22_612, -11_528, -21_014];
    const values = decode(render("noise?amplitude=1", "int16", 2, 0, 3), "int16");
    assert.deepEqual(
      [...values].map((value) => value * 2 ** 15),
      pinned,
    );
  });

  test("a channel has the same noise however many channels are opened", () => {
    const mono = decode(render("noise", "int32", 1, 77, 400), "int32");
    const wide = decode(render("noise", "int32", 5, 77, 400), "int32");
    assert.deepEqual(
      mono,
      wide.filter((_, index) => index % 5 === 0),
    );
  });

  test("is uniform, centred and white, and independent between channels and seeds", () => {
    const count = 200_000;
    const left = decode(render("noise?amplitude=1", "float32", 1, 0, count), "float32");
    const right = decode(render("noise?amplitude=1", "float32", 2, 0, count), "float32").filter(
      (_, index) => index % 2 === 1,
    );
    const other = decode(render("noise?amplitude=1&seed=2", "float32", 1, 0, count), "float32");
    // Five standard errors of a mean over this many values.
    const bound = 5 / Math.sqrt(count);
    assert.ok(Math.abs(correlation(left, left, 0) - 1) < bound);
    assert.ok(Math.abs(mean(left)) < bound);
    const bins = Array.from({ length: 64 }, () => 0);
    for (const value of left) {
      const bin = Math.floor((value + 1) * 32);
      bins[bin] = (bins[bin] ?? 0) + 1;
    }
    for (const [bin, hits] of bins.entries()) {
      assert.ok(Math.abs(hits - count / 64) < 5 * Math.sqrt(count / 64), `bin ${bin}: ${hits}`);
    }
    for (const lag of [1, 2, 3, 4, 7, 8, 16, 64, 100, 256, 1024, 4096, 65_536]) {
      assert.ok(Math.abs(correlation(left, left, lag)) < bound * 1.5, `lag ${lag}`);
    }
    for (const lag of [0, 1, 2, 256]) {
      assert.ok(Math.abs(correlation(left, right, lag)) < bound * 1.5, `channels, lag ${lag}`);
      assert.ok(Math.abs(correlation(left, other, lag)) < bound * 1.5, `seeds, lag ${lag}`);
    }
  });

  test("goes on differently after 2^32 frames", () => {
    assert.notDeepEqual(
      render("noise", "int32", 1, 2 ** 32, 100),
      render("noise", "int32", 1, 0, 100),
    );
  });
});

function specOf(text: string): GeneratedSpec {
  const spec = parseVirtualDevice(`virtual:${text}`);
  assert.ok(spec.kind !== "file" && spec.kind !== "sink" && spec.kind !== "loopback");
  return spec;
}

function render(
  text: string,
  format: SampleFormat,
  channels: number,
  start: number,
  frames: number,
  rate = 44_100,
): Uint8Array {
  const target = new Uint8Array(frames * bytesPerFrame(format, channels));
  generatedSource(specOf(text), rate, channels, format).write(target, start, frames);
  return target;
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Samples with full scale 1, in double precision. */
function decode(bytes: Uint8Array, format: SampleFormat): Float64Array {
  const data = view(bytes);
  const width = bytesPerSample(format);
  return Float64Array.from({ length: bytes.length / width }, (_, index) => {
    const at = index * width;
    switch (format) {
      case "int8":
        return data.getInt8(at) / 2 ** 7;
      case "uint8":
        return (data.getUint8(at) - 128) / 2 ** 7;
      case "int16":
        return data.getInt16(at, true) / 2 ** 15;
      case "int24":
        return ((data.getInt8(at + 2) << 16) | data.getUint16(at, true)) / 2 ** 23;
      case "int32":
        return data.getInt32(at, true) / 2 ** 31;
      case "float32":
        return data.getFloat32(at, true);
    }
  });
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Of values that are uniform between -1 and 1, whose power is a third. */
function correlation(a: Float64Array, b: Float64Array, lag: number): number {
  let sum = 0;
  for (let index = lag; index < a.length; index++) {
    sum += (a[index] ?? 0) * (b[index - lag] ?? 0);
  }
  return (3 * sum) / (a.length - lag);
}
