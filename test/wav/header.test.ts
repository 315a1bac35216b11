import assert from "node:assert/strict";
import { test } from "node:test";
import {
  maxWavFrames,
  padBytes,
  type WavFormat,
  wavHeader,
  wavHeaderBytes,
} from "../../src/wav/header.js";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const ascii = (text: string): string => Buffer.from(text, "latin1").toString("hex");

test("a 16-bit stereo header is the 44 bytes that every reader knows", () => {
  const header = wavHeader({ sampleRate: 44100, channels: 2, format: "int16" }, 8);
  const expected = [
    ascii("RIFF"),
    "2c000000",
    ascii("WAVE"),
    ascii("fmt "),
    "10000000",
    "0100",
    "0200",
    "44ac0000",
    "10b10200",
    "0400",
    "1000",
    ascii("data"),
    "08000000",
  ];
  assert.equal(hex(header), expected.join(""));
});

test("24 and 32 bits in one or two channels are plain PCM, which every reader knows", () => {
  for (const format of ["int24", "int32"] as const) {
    for (const channels of [1, 2]) {
      const header = wavHeader({ sampleRate: 48000, channels, format }, 0);
      assert.equal(header.byteLength, 44);
      assert.equal(new DataView(header.buffer).getUint16(20, true), 1);
    }
  }
});

test("more than two channels are extensible, with channels that belong to no loudspeaker", () => {
  const header = wavHeader({ sampleRate: 48000, channels: 6, format: "int24" }, 18);
  const view = new DataView(header.buffer);
  assert.equal(header.byteLength, 68);
  assert.equal(view.getUint32(16, true), 40);
  assert.equal(view.getUint16(20, true), 0xfffe);
  assert.equal(view.getUint16(32, true), 18);
  assert.equal(view.getUint16(34, true), 24);
  assert.equal(view.getUint16(36, true), 22);
  assert.equal(view.getUint16(38, true), 24);
  assert.equal(view.getUint32(40, true), 0);
  assert.equal(hex(header.subarray(44, 60)), "0100000000001000800000aa00389b71");
  assert.equal(hex(header.subarray(60)), `${ascii("data")}12000000`);
});

test("with `extensible: false`, six channels are plain PCM, as Python's wave writes them", () => {
  const spec = { sampleRate: 48000, channels: 6, format: "int16" } as const;
  const header = wavHeader(spec, 0, { extensible: false });
  assert.equal(header.byteLength, 44);
  assert.equal(new DataView(header.buffer).getUint16(20, true), 1);
});

test("floats have format tag 3, a cbSize of 0 and a fact chunk that counts frames", () => {
  const header = wavHeader({ sampleRate: 48000, channels: 2, format: "float32" }, 80);
  const view = new DataView(header.buffer);
  assert.equal(view.getUint32(16, true), 18);
  assert.equal(view.getUint16(20, true), 3);
  assert.equal(view.getUint16(36, true), 0);
  assert.equal(
    hex(header.subarray(38)),
    `${ascii("fact")}040000000a000000${ascii("data")}50000000`,
  );
});

test("an odd number of data bytes counts its pad byte in the RIFF size and not in its own", () => {
  const spec = { sampleRate: 8000, channels: 1, format: "uint8" } as const;
  const view = new DataView(wavHeader(spec, 5).buffer);
  assert.equal(padBytes(5), 1);
  assert.equal(padBytes(6), 0);
  assert.equal(view.getUint32(4, true), 36 + 6);
  assert.equal(view.getUint32(40, true), 5);
});

test("a byte rate that does not fit its field stays at the highest value", () => {
  const spec = { sampleRate: 0xffffffff, channels: 2, format: "int16" } as const;
  assert.equal(new DataView(wavHeader(spec, 0).buffer).getUint32(28, true), 0xffffffff);
});

test("a header's length depends on the spec alone, so that it can be written over an older one", () => {
  for (const format of ["uint8", "int16", "int24", "int32", "float32"] as const) {
    for (const channels of [1, 2, 3, 64]) {
      const spec = { sampleRate: 44100, channels, format };
      const bytes = wavHeaderBytes(spec);
      for (const frames of [0, 1, 1000]) {
        const dataBytes = frames * channels * 4;
        assert.equal(wavHeader(spec, dataBytes).byteLength, bytes);
      }
    }
  }
});

test("the most frames fill the RIFF chunk to its 32-bit end and not beyond", () => {
  const cases: [WavFormat, number, number][] = [
    ["uint8", 1, 1],
    ["int16", 1, 2],
    ["int24", 5, 15],
    ["float32", 2, 8],
  ];
  for (const [format, channels, frameBytes] of cases) {
    const spec = { sampleRate: 44100, channels, format };
    const riffSize = (frames: number): number => {
      const dataBytes = frames * frameBytes;
      return wavHeaderBytes(spec) - 8 + dataBytes + padBytes(dataBytes);
    };
    const most = maxWavFrames(spec);
    assert.ok(riffSize(most) <= 0xffffffff);
    assert.ok(riffSize(most + 2) > 0xffffffff);
    assert.equal(
      new DataView(wavHeader(spec, most * frameBytes).buffer).getUint32(4, true),
      riffSize(most),
    );
  }
});
