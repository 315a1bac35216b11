import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";
import { AudioError, FlacReader, readFlac } from "../../src/index.js";
import { requireTool } from "../rig/tools.js";
import { seededRandom, temporaryFolder } from "../wav/files.js";
import { decoded, flacOf, flacProgram, samplesOf, soundOf } from "./files.js";

/** Blocks of 512 frames. */
const OPTIONS = { sampleRate: 1024, channels: 2, format: "int16" } as const;
const BLOCK = 512;
const FRAMES = 5 * BLOCK + 100;
const SAMPLES = soundOf(FRAMES, 2, "int16");

/** Where each FLAC frame of a file begins, and its end: the header of each is known by its first bytes. */
function bordersOf(file: Uint8Array): number[] {
  const bytes = Buffer.from(file);
  const borders: number[] = [];
  for (let at = 4096; at < bytes.length; at++) {
    // Sync code, fixed blocks; 512 or 100 frames; number of the FLAC frame.
    if (bytes.readUInt16BE(at) === 0xfff8 && bytes[at + 4] === borders.length) {
      borders.push(at);
    }
    if (borders.length === 6) {
      break;
    }
  }
  return [...borders, bytes.length];
}

test("a file that is cut at any byte of its last frames decodes up to the last whole one", async () => {
  const file = await flacOf(SAMPLES, OPTIONS);
  const borders = bordersOf(file);
  assert.equal(borders.length, 7, "the frames were found");
  for (let end = borders[3] ?? 0; end <= file.byteLength; end++) {
    const whole = borders.filter((border) => border <= end).length - 1;
    const frames = Math.min(whole * BLOCK, FRAMES);
    const { samples, reader } = await decoded(file.subarray(0, end));
    assert.equal(reader.length, frames, `cut at byte ${end}`);
    assert.ok(Buffer.from(samples).equals(SAMPLES.subarray(0, frames * 4)), `cut at byte ${end}`);
    const codes = reader.warnings.map(({ code }) => code);
    assert.deepEqual(codes, end === file.byteLength ? [] : ["frames-missing"]);
  }
});

test("a file that is cut within what stands before its sound has none, or is no FLAC file", async () => {
  const file = await flacOf(SAMPLES, { ...OPTIONS, metadata: { info: { INAM: "cut" } } });
  for (let end = 0; end < 4096; end++) {
    const bytes = file.subarray(0, end);
    try {
      const { samples, reader } = await decoded(bytes);
      assert.equal(samples.byteLength, 0);
      assert.deepEqual(reader.comments, [{ name: "TITLE", value: "cut" }]);
    } catch (error) {
      assert.ok(error instanceof AudioError && error.code === "malformed-file", `byte ${end}`);
    }
  }
});

test("silence stands in for damaged frames and at most one behind them, and all others keep their place", async () => {
  const file = await flacOf(SAMPLES, OPTIONS);
  const borders = bordersOf(file);
  for (const [from, to] of [
    [0, 0],
    [1, 1],
    [2, 3],
    [0, 3],
  ] as const) {
    const damaged = Uint8Array.from(file);
    damaged.fill(0x55, (borders[from] ?? 0) + 9, (borders[to + 1] ?? 0) - 3);
    const { samples, reader } = await decoded(damaged);
    assertSilent(samples, from, to);
    assert.equal(reader.length, FRAMES);
    const [warning] = reader.warnings;
    assert.equal(warning?.code, "damaged-frames");
    assert.equal(warning?.position, from * BLOCK);
    assert.match(warning?.message ?? "", /\d+ frames of silence/);
  }
});

test("frames that were cut out of the middle are silence too", async () => {
  const file = await flacOf(SAMPLES, OPTIONS);
  const borders = bordersOf(file);
  const cut = Buffer.concat([
    file.subarray(0, (borders[2] ?? 0) + 40),
    file.subarray(borders[3] ?? 0),
  ]);
  assertSilent((await decoded(cut)).samples, 2, 2);
});

/** All blocks are as they were but for these, which are silent, and the next one, which may be. */
function assertSilent(samples: Uint8Array, from: number, to: number): void {
  const blockBytes = BLOCK * 4;
  assert.equal(samples.byteLength, SAMPLES.byteLength);
  const next = samples.subarray((to + 1) * blockBytes, (to + 2) * blockBytes);
  const lost = next.every((byte) => byte === 0) ? to + 1 : to;
  const expected = Uint8Array.from(SAMPLES).fill(0, from * blockBytes, (lost + 1) * blockBytes);
  assert.ok(Buffer.from(samples).equals(expected), `blocks ${from} to ${to}`);
}

test("the later part of a stream begins at its own start", async () => {
  const file = await flacOf(SAMPLES, OPTIONS);
  const later = Buffer.concat([file.subarray(0, 4096), file.subarray(bordersOf(file)[2] ?? 0)]);
  const { samples, reader } = await decoded(later);
  assert.ok(Buffer.from(samples).equals(SAMPLES.subarray(2 * BLOCK * 4)));
  assert.equal(reader.length, FRAMES - 2 * BLOCK);
});

test("what stands behind the sound is passed over, and so is an ID3 tag before it", async () => {
  const file = await flacOf(SAMPLES, OPTIONS);
  const tail = Buffer.concat([file, Buffer.from(`TAG${"x".repeat(125)}`)]);
  assert.deepEqual((await decoded(tail)).samples, SAMPLES);
  const tag = Buffer.concat([
    Buffer.from("ID3\x04\x00\x00\x00\x00\x02\x01", "latin1"),
    Buffer.alloc(257),
  ]);
  const { samples, reader } = await decoded(Buffer.concat([tag, file]));
  assert.deepEqual(samples, SAMPLES);
  assert.deepEqual(reader.warnings, []);
});

test("what the header says wrongly is told, and not believed", async () => {
  const file = await flacOf(SAMPLES, OPTIONS);
  for (const [frames, code] of [
    [FRAMES + 1, "frames-missing"],
    [FRAMES - 1, "length-wrong"],
    [BLOCK, "length-wrong"],
  ] as const) {
    const bytes = Buffer.from(file);
    bytes.writeUInt32BE(frames, 22);
    const { samples, reader } = await decoded(bytes);
    assert.deepEqual(samples, SAMPLES);
    assert.equal(reader.length, FRAMES);
    assert.deepEqual(
      reader.warnings.map((warning) => warning.code),
      [code],
    );
  }
  const bytes = Buffer.from(file);
  bytes.writeUInt8(bytes.readUInt8(30) ^ 1, 30);
  const { reader } = await decoded(bytes);
  assert.deepEqual(
    reader.warnings.map(({ code }) => code),
    ["checksum-wrong"],
  );
});

test("streams are read once, with the length that their header tells", async () => {
  const file = await flacOf(SAMPLES, OPTIONS);
  const pieces = (bytes: Uint8Array): Readable =>
    Readable.from([bytes.subarray(0, 10), bytes.subarray(10, 5000), bytes.subarray(5000)]);
  await using reader = await FlacReader.open(pieces(file));
  assert.equal(reader.length, FRAMES);
  assert.deepEqual(await samplesOf(reader), SAMPLES);
  await assert.rejects(samplesOf(reader), /cannot go back/);

  const unknown = Buffer.from(file);
  unknown.writeUInt32BE(0, 22);
  await using other = await FlacReader.open(pieces(unknown));
  assert.equal(other.length, Number.POSITIVE_INFINITY);
  assert.deepEqual(await samplesOf(other), SAMPLES);
  assert.equal(other.length, FRAMES);
});

test("a file can be gone through again, also after a loop that was left early", async () => {
  await using reader = await FlacReader.open(await flacOf(SAMPLES, OPTIONS));
  for await (const block of reader) {
    assert.ok(block.length > 0);
    break;
  }
  assert.deepEqual(await samplesOf(reader), SAMPLES);
  assert.deepEqual(await samplesOf(reader), SAMPLES);
});

test("what is no FLAC file is refused with what it is", async (t) => {
  const folder = temporaryFolder(t);
  const file = await flacOf(SAMPLES, OPTIONS);
  const changed = (at: number, value: number): Uint8Array => {
    const bytes = Uint8Array.from(file);
    bytes[at] = value;
    return bytes;
  };
  for (const [source, code, message] of [
    [new Uint8Array(0), "malformed-file", /does not begin with "fLaC"/],
    [Buffer.from("RIFF\0\0\0\0WAVE"), "malformed-file", /does not begin with "fLaC"/],
    [Buffer.from("OggS rest"), "format-not-supported", /Ogg/],
    [changed(4, 4), "malformed-file", /type 4 cannot stand here/],
    [changed(4, 127), "malformed-file", /type 127/],
    [changed(7, 33), "malformed-file", /STREAMINFO has only 33 bytes/],
    // Five bits for the bits, the first of them in the byte before.
    [changed(20, (file[20] ?? 0) | 1), "format-not-supported", /32 bits/],
    [path.join(folder, "none.flac"), "file-not-readable", /no such file/],
    [folder, "file-not-readable", /directory/],
  ] as const) {
    await assert.rejects(FlacReader.open(source), (error) => {
      assert.ok(error instanceof AudioError, String(error));
      assert.equal(error.code, code);
      assert.match(error.message, message);
      return true;
    });
  }
  for (const wrong of [undefined, null, 5, {}, []]) {
    await assert.rejects(FlacReader.open(wrong as unknown as string), TypeError);
    await assert.rejects(readFlac(wrong as unknown as string), TypeError);
  }
  await assert.rejects(FlacReader.open(""), RangeError);
});

test("a closed reader says so", async () => {
  const reader = await FlacReader.open(await flacOf(SAMPLES, OPTIONS));
  await reader.close();
  await reader.close();
  await assert.rejects(samplesOf(reader), (error) => {
    return error instanceof AudioError && error.code === "stream-closed";
  });
});

test("whatever is done to a file, it is read or refused, and never hangs", async () => {
  const inputs = process.env.ROOMTONE_LONG === "1" ? 20_000 : 400;
  const random = seededRandom(20_261_123);
  const below = (limit: number): number => Math.floor(random() * limit);
  const originals = [
    await flacOf(SAMPLES, { ...OPTIONS, metadataRoom: 20, metadata: { info: { INAM: "x" } } }),
    await flacOf(soundOf(3000, 1, "int24"), { ...OPTIONS, channels: 1, format: "int24", level: 8 }),
    await flacOf(new Uint8Array(2000 * 16), { ...OPTIONS, channels: 8, level: 0 }),
  ];
  for (let input = 0; input < inputs; input++) {
    const original = originals[below(originals.length)] ?? new Uint8Array(0);
    let bytes = Uint8Array.from(original);
    for (let change = below(5); change >= 0 && bytes.byteLength > 0; change--) {
      const at = below(random() < 0.5 ? Math.min(120, bytes.byteLength) : bytes.byteLength);
      switch (below(5)) {
        case 0:
          bytes[at] = below(256);
          break;
        case 1:
          bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8));
          break;
        case 2:
          bytes = bytes.subarray(0, at);
          break;
        case 3:
          bytes.fill(below(2) * 255, at, at + below(40));
          break;
        default:
          bytes = new Uint8Array(
            Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + below(9))]),
          );
      }
    }
    try {
      const { samples, reader } = await decoded(bytes);
      assert.ok(samples.byteLength <= 70_000 * 65_535, `input ${input}`);
      assert.ok(reader.warnings.length <= 100);
    } catch (error) {
      assert.ok(error instanceof AudioError, `input ${input}: ${String(error)}`);
      assert.notEqual(error.code, "internal", `input ${input}: ${error.message}`);
    }
  }
});

test("the reference decoder decodes as much of a cut file", async (t) => {
  if (!requireTool(t, "flac")) {
    return;
  }
  const file = await flacOf(SAMPLES, OPTIONS);
  const name = path.join(temporaryFolder(t), "cut.flac");
  writeFileSync(name, file.subarray(0, (bordersOf(file)[4] ?? 0) + 77));
  const raw = ["--force-raw-format", "--endian=little", "--sign=signed"];
  const { out } = flacProgram(["-d", "-s", "-F", "-c", ...raw, name]);
  assert.ok(Buffer.from(out.subarray(0, 4 * BLOCK * 4)).equals(SAMPLES.subarray(0, 4 * BLOCK * 4)));
});
