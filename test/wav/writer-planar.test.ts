import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesPerFrame } from "../../src/format.js";
import { interleaveFrames } from "../../src/samples.js";
import { WAV_FORMATS, WAV_SAMPLE_FORMATS } from "../../src/wav/header.js";
import { WavBytes } from "../../src/wav/sinks/memory.js";
import { WavWriter } from "../../src/wav/writer.js";
import type { WavWriterOptions } from "../../src/wav/writer-options.js";
import { chunksOf } from "./chunks.js";
import { seededRandom } from "./files.js";

const MONO = { sampleRate: 8000, channels: 1 } as const;

function noise(frames: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length: frames }, () => random() * 2.2 - 1.1);
}

/** The samples in a file, and how many were clipped. */
async function written(
  options: WavWriterOptions,
  channels: readonly (Float32Array | Float64Array)[],
): Promise<{ data: Buffer; clipped: number }> {
  const file = new WavBytes();
  const writer = await WavWriter.create(file, options);
  await writer.writeChannels(channels);
  await writer.close();
  assert.equal(writer.length, channels[0]?.length);
  const data = chunksOf(file.toUint8Array()).find(({ id }) => id === "data");
  return { data: data?.bytes ?? Buffer.alloc(0), clipped: writer.clippedSamples };
}

for (const format of WAV_SAMPLE_FORMATS) {
  test(`channels become ${format} as everywhere else in roomtone, and clipped samples are counted`, async () => {
    for (const count of [1, 2, 3]) {
      // So long that it is converted in pieces, which must fit together.
      for (const frames of [0, 1, 1001, Math.floor(2 ** 18 / count) + 1]) {
        const channels = Array.from({ length: count }, (_, index) => noise(frames, index));
        const expected = new Uint8Array(frames * bytesPerFrame(format, count));
        const clipped = interleaveFrames(channels, 0, frames, expected, format);
        const got = await written({ sampleRate: 8000, channels: count, format }, channels);
        assert.equal(Buffer.compare(got.data, expected), 0);
        assert.equal(got.clipped, clipped);
        assert.equal(clipped > 0, frames > 1 && format !== "float32");
      }
    }
  });
}

test("64-bit files keep both kinds of floats bit for bit", async () => {
  const left = Float64Array.of(Math.PI, -0, Number.NaN, 1e-300, 7);
  const right = Float32Array.of(0.1, 0.2, 0.3, -1, Number.POSITIVE_INFINITY);
  const options = { sampleRate: 8000, channels: 2, format: "float64" } as const;
  const { data } = await written(options, [left, right]);
  const expected = Float64Array.from({ length: 10 }, (_, index) => {
    return (index % 2 === 0 ? left : right)[index >> 1] ?? 0;
  });
  assert.equal(Buffer.compare(data, Buffer.from(expected.buffer)), 0);
});

test("fewer valid bits: rounded once, to them, at the upper end; the rest is zero", async () => {
  const step = 2 ** -11;
  const samples = Float32Array.of(
    0,
    step,
    -step,
    0.5 * step,
    1.5 * step,
    2.5 * step,
    1,
    -1,
    2,
    Number.NaN,
  );
  const { data, clipped } = await written({ ...MONO, format: "int16", validBits: 12 }, [samples]);
  const stored = Array.from({ length: 10 }, (_, index) => data.readInt16LE(index * 2));
  assert.deepEqual(stored, [0, 16, -16, 0, 32, 32, 32752, -32768, 32752, 0]);
  assert.equal(clipped, 3, "1 is above the greatest value, 2 and NaN are");

  const wide = noise(1000, 3);
  const padded = await written({ ...MONO, format: "int32", validBits: 24 }, [wide]);
  const packed = await written({ ...MONO, format: "int24" }, [wide]);
  assert.equal(padded.clipped, packed.clipped);
  for (let index = 0; index < 1000; index++) {
    assert.equal(padded.data.readInt32LE(index * 4), packed.data.readIntLE(index * 3, 3) * 256);
  }
  const small = await written({ ...MONO, format: "uint8", validBits: 4 }, [
    Float32Array.of(0, 0.5, -1, 0.99),
  ]);
  assert.deepEqual([...small.data], [0x80, 0xc0, 0, 0xf0]);
});

test("a header tells the valid bits, the loudspeakers, and the extensible form where it is asked for", async () => {
  const fmtOf = async (options: WavWriterOptions): Promise<Buffer> => {
    const file = new WavBytes();
    await (await WavWriter.create(file, options)).close();
    return chunksOf(file.toUint8Array()).find(({ id }) => id === "fmt ")?.bytes ?? Buffer.alloc(0);
  };
  const padded = await fmtOf({ ...MONO, format: "int32", validBits: 24 });
  assert.deepEqual(
    [padded.readUInt16LE(0), padded.readUInt16LE(14), padded.readUInt16LE(18)],
    [0xfffe, 32, 24],
  );
  const five = { sampleRate: 8000, channels: 6, format: "int16", channelMask: 0x3f } as const;
  assert.equal((await fmtOf(five)).readUInt32LE(20), 0x3f);
  const stereo = await fmtOf({ ...MONO, channels: 2, format: "int24", channelMask: 3 });
  assert.deepEqual([stereo.byteLength, stereo.readUInt32LE(20)], [40, 3]);
  for (const format of WAV_FORMATS) {
    assert.equal(
      (await fmtOf({ ...MONO, format })).byteLength,
      format.startsWith("float") ? 18 : 16,
    );
    assert.equal((await fmtOf({ ...MONO, format, extensible: true })).byteLength, 40);
    assert.ok((await fmtOf({ ...MONO, channels: 3, format, extensible: false })).byteLength < 20);
  }
});

test("what contradicts itself or is out of range is refused", async () => {
  const refuses = (options: object): Promise<void> =>
    assert.rejects(
      WavWriter.create(new WavBytes(), { ...MONO, format: "int16", ...options }),
      RangeError,
    );
  await refuses({ extensible: false, channelMask: 1 });
  await refuses({ extensible: false, validBits: 12 });
  await refuses({ validBits: 17 });
  await refuses({ validBits: 0 });
  await refuses({ format: "float32", validBits: 24 });
  await refuses({ channelMask: -1 });
  await refuses({ channelMask: 2 ** 32 });
  await refuses({ container: "w64" });
  await refuses({ checkpointSeconds: 0 });
  await refuses({ checkpointBytes: 4095 });
});

test("channels of a wrong kind, number or length are refused, and nothing is written", async () => {
  const file = new WavBytes();
  const writer = await WavWriter.create(file, { ...MONO, channels: 2, format: "int16" });
  const one = new Float32Array(4);
  for (const wrong of [
    undefined,
    null,
    one,
    "x",
    [one, [1]],
    [one, new Float64Array(4)],
    { 0: one, 1: one, length: 2 },
  ]) {
    await assert.rejects(writer.writeChannels(wrong as never), TypeError);
  }
  for (const wrong of [[], [one], [one, one, one], [one, new Float32Array(5)]]) {
    await assert.rejects(writer.writeChannels(wrong), RangeError);
  }
  assert.equal(writer.length, 0);
  assert.equal(file.size, 80);
});
