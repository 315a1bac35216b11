// The forms in which a reader gives samples, and what it tells of a file.

import assert from "node:assert/strict";
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { AudioError } from "../../src/errors.js";
import { WavReader } from "../../src/wav/reader.js";
import { FIXTURES, SAMPLES, SAMPLES_24 } from "../fixtures/make-wav-fixtures.js";
import { chunk, fmt, riff, seededBytes, temporaryFolder, wav } from "./files.js";

const openFixture = (name: string): Promise<WavReader> => WavReader.open(path.join(FIXTURES, name));

test("encoding says how a file stores its frames, format how they are given", async () => {
  const cases = [
    ["sound-pcm16.wav", "RIFF", "pcm", 16, 16, 0, 1, "int16"],
    ["sound-pcm12-in-16.wav", "RIFF", "pcm", 16, 12, 0, 1, "int16"],
    ["sound-extensible-20-in-24.wav", "RIFF", "pcm", 24, 20, 3, 0xfffe, "int24"],
    ["sound-extensible-24-in-32.wav", "RIFF", "pcm", 32, 24, 3, 0xfffe, "int32"],
    ["s24le-by-arecord.wav", "RIFF", "pcm", 32, 24, 0, 1, "int24"],
    ["sound-float64.wav", "RIFF", "float", 64, 64, 0, 3, "float64"],
    ["sound-rifx-float32.wav", "RIFX", "float", 32, 32, 0, 3, "float32"],
    ["sound-rf64.wav", "RF64", "pcm", 16, 16, 0, 1, "int16"],
    ["sound-bw64.wav", "BW64", "pcm", 16, 16, 0, 1, "int16"],
    ["sound-wave64.w64", "Wave64", "pcm", 16, 16, 0, 1, "int16"],
    ["sound-alaw.wav", "RIFF", "alaw", 8, 8, 0, 6, "int16"],
    ["sound-mulaw.wav", "RIFF", "mulaw", 8, 8, 0, 7, "int16"],
    ["sound-ima-adpcm.wav", "RIFF", "ima-adpcm", 4, 4, 0, 0x11, "int16"],
    ["sound-ms-adpcm.wav", "RIFF", "ms-adpcm", 4, 4, 0, 2, "int16"],
  ] as const;
  for (const [name, container, codec, bits, valid, mask, tag, format] of cases) {
    await using reader = await openFixture(name);
    assert.deepEqual(
      reader.encoding,
      {
        container,
        codec,
        bitsPerSample: bits,
        validBits: valid,
        bigEndian: container === "RIFX",
        channelMask: mask,
        formatTag: tag,
      },
      name,
    );
    assert.equal(reader.format, format, name);
  }
});

test("integers of odd depths are given in their container at full scale", async () => {
  await using reader = await openFixture("sound-pcm12-in-16.wav");
  const bytes = await reader.read(20);
  const given = new Int16Array(bytes.buffer, bytes.byteOffset, 40);
  assert.deepEqual(
    [...given],
    SAMPLES.map((sample) => sample & ~15),
  );
});

test("readChannels has full scale 1 in either precision", async () => {
  await using reader = await openFixture("sound-rifx-pcm24.wav");
  const exact = await reader.readChannels(20, { precision: "float64" });
  reader.seek(0);
  const rounded = await reader.readChannels(20);
  for (const [channel, values] of exact.entries()) {
    const expected = SAMPLES_24.filter((_, index) => index % 2 === channel);
    assert.deepEqual(
      [...values],
      expected.map((sample) => sample / 2 ** 23),
    );
    assert.deepEqual(rounded[channel], Float32Array.from(values));
  }
  assert.ok(exact[0] instanceof Float64Array && rounded[0] instanceof Float32Array);
  assert.deepEqual(await reader.readChannels(5), [new Float32Array(0), new Float32Array(0)]);
  await assert.rejects(reader.readChannels(1, { precision: "float16" as never }), RangeError);
  await assert.rejects(reader.readChannels(1, { precison: "float64" } as never), /precision/);
});

test("readIntegers gives the bits that carry sound, and refuses floats", async () => {
  await using reader = await openFixture("sound-extensible-20-in-24.wav");
  assert.deepEqual(
    [...(await reader.readIntegers(3))],
    SAMPLES.slice(0, 6).map((sample) => sample * 16),
  );
  assert.equal(reader.position, 3);
  await using floats = await openFixture("sound-float64.wav");
  await assert.rejects(
    floats.readIntegers(1),
    (error: unknown) => error instanceof AudioError && error.code === "format-not-supported",
  );
});

test("extreme integers of every width are exact", async () => {
  for (const [bits, bytes, expected] of [
    [8, [0, 255, 128], [-128, 127, 0]],
    [16, [0, 0x80, 0xff, 0x7f, 0xff, 0xff], [-32_768, 32_767, -1]],
    [24, [0, 0, 0x80, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff], [-(2 ** 23), 2 ** 23 - 1, -1]],
    [
      32,
      [0, 0, 0, 0x80, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff],
      [-(2 ** 31), 2 ** 31 - 1, -1],
    ],
  ] as const) {
    const file = wav(fmt({ channels: 1, bits }), chunk("data", Uint8Array.from(bytes)));
    await using reader = await WavReader.open(file);
    assert.deepEqual([...(await reader.readIntegers(9))], expected);
    reader.seek(0);
    const [channel] = await reader.readChannels(9, { precision: "float64" });
    assert.deepEqual(
      [...(channel ?? [])],
      expected.map((value) => value / 2 ** (bits - 1)),
    );
  }
});

test("floats keep every bit: large, tiny, infinite and not a number", async () => {
  const samples = Float32Array.of(1.5, -1e30, 1e-45, Infinity, -Infinity, Number.NaN, -0);
  const bytes = new Uint8Array(samples.buffer);
  await using reader = await WavReader.open(
    wav(fmt({ channels: 1, tag: 3, bits: 32 }), chunk("data", bytes)),
  );
  assert.deepEqual(await reader.read(7), bytes);
  reader.seek(0);
  assert.deepEqual(await reader.readChannels(7), [samples]);
});

test("readRaw gives the bytes of the file, and whole blocks of ADPCM", async () => {
  const big = readFileSync(path.join(FIXTURES, "sound-rifx-pcm24.wav"));
  await using rifx = await openFixture("sound-rifx-pcm24.wav");
  rifx.seek(1);
  assert.deepEqual(Buffer.from(await rifx.readRaw(3)), big.subarray(44 + 6, 44 + 24));
  assert.equal(rifx.position, 4);

  const blocks = readFileSync(path.join(FIXTURES, "ima-adpcm-last-block-cut.wav")).subarray(48);
  await using ima = await openFixture("ima-adpcm-last-block-cut.wav");
  assert.deepEqual(Buffer.from(await ima.readRaw(58)), blocks.subarray(0, 128));
  assert.equal(ima.position, 2 * 57);
  assert.deepEqual(Buffer.from(await ima.readRaw(1e6)), blocks.subarray(128, 3 * 64 + 19));
  assert.equal(ima.position, ima.length);
  assert.equal((await ima.readRaw(5)).byteLength, 0);
  ima.seek(1);
  await assert.rejects(ima.readRaw(1), RangeError);
});

test("frames of ADPCM are the same from wherever they are read", async () => {
  for (const name of ["ima-adpcm-last-block-cut.wav", "ms-adpcm-last-block-cut.wav"]) {
    await using reader = await openFixture(name);
    const whole = await reader.read(reader.length);
    for (const start of [0, 1, 51, 52, 56, 57, 58, 110, 163 - 1]) {
      reader.seek(start);
      assert.deepEqual(await reader.read(60), whole.subarray(start * 4, (start + 60) * 4), name);
    }
  }
});

test("chunks are listed with what is there of them, and read by index or id", async () => {
  await using reader = await openFixture("list-larger-than-file.wav");
  assert.deepEqual(reader.chunks, [
    { id: "fmt ", position: 20, size: 16 },
    { id: "data", position: 44, size: 80 },
    { id: "LIST", position: 132, size: 4 },
  ]);
  assert.deepEqual(Buffer.from((await reader.readChunk("LIST")) ?? []).toString(), "INFO");
  assert.deepEqual(await reader.readChunk(2), await reader.readChunk("LIST"));
  assert.equal((await reader.readChunk("data"))?.byteLength, 80);
  assert.equal(await reader.readChunk("nope"), undefined);
  assert.equal(await reader.readChunk(3), undefined);
  assert.equal(reader.position, 0, "frames go on where they were");
  await assert.rejects(reader.readChunk("data", { maxBytes: 79 }), RangeError);
  await assert.rejects(reader.readChunk(-1), RangeError);
  await assert.rejects(reader.readChunk(undefined as never), TypeError);
  await reader.close();
  await assert.rejects(reader.readChunk("LIST"), /closed/);
});

test("chunks of Wave64 have the names of RIFF, and others that of their GUID", async () => {
  await using reader = await openFixture("sound-wave64.w64");
  assert.deepEqual(
    reader.chunks.map(({ id, size }) => [id, size]),
    [
      ["junk", 3],
      ["fmt ", 16],
      ["data", 80],
    ],
  );
});

test("frames and chunks behind 4 GiB of RF64 and Wave64 are reached", async (t) => {
  const folder = temporaryFolder(t);
  const dataBytes = 2 ** 32 + 2 ** 20;
  const tail = chunk("tail", Buffer.from("end!"));
  const ds64 = new Uint8Array(28);
  const view = new DataView(ds64.buffer);
  view.setBigUint64(0, BigInt(4 + 36 + 24 + 8 + dataBytes + tail.byteLength), true);
  view.setBigUint64(8, BigInt(dataBytes), true);
  const head = Buffer.concat([
    Buffer.from("RF64\xff\xff\xff\xffWAVE", "latin1"),
    chunk("ds64", ds64),
    fmt(),
    chunk("data", new Uint8Array(0), { size: 0xffffffff }),
  ]);
  const file = path.join(folder, "sparse.wav");
  const descriptor = openSync(file, "w");
  writeSync(descriptor, head);
  ftruncateSync(descriptor, head.byteLength + dataBytes);
  const last = seededBytes(4, 1);
  writeSync(descriptor, last, 0, 4, head.byteLength + dataBytes - 4);
  writeSync(descriptor, tail, 0, tail.byteLength, head.byteLength + dataBytes);
  closeSync(descriptor);
  await using reader = await WavReader.open(file);
  assert.equal(reader.length, dataBytes / 4);
  assert.deepEqual(reader.warnings, []);
  reader.seek(reader.length - 1);
  assert.deepEqual(await reader.read(9), last);
  assert.deepEqual(Buffer.from((await reader.readChunk("tail")) ?? []).toString(), "end!");
});

test("the sizes of other chunks of RF64 are found in its table too", async () => {
  const ds64 = new Uint8Array(28 + 12);
  const view = new DataView(ds64.buffer);
  const large = seededBytes(20, 1);
  const data = seededBytes(40, 2);
  view.setBigUint64(0, BigInt(4 + 48 + 24 + 28 + 48), true);
  view.setBigUint64(8, BigInt(data.byteLength), true);
  view.setUint32(24, 1, true);
  ds64.set(Buffer.from("larg"), 28);
  view.setBigUint64(32, BigInt(large.byteLength), true);
  const unknown = { size: 0xffffffff };
  const file = riff(
    [chunk("ds64", ds64), fmt(), chunk("larg", large, unknown), chunk("data", data, unknown)],
    { id: "RF64", ...unknown },
  );
  await using reader = await WavReader.open(file);
  assert.deepEqual(reader.warnings, []);
  assert.deepEqual(await reader.readChunk("larg"), large);
  assert.deepEqual(await reader.read(100), data);
});
