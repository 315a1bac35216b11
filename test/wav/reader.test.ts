import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  closeSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { AudioError, type AudioErrorCode } from "../../src/errors.js";
import { WavReader } from "../../src/wav/reader.js";
import { openWavSync } from "../../src/wav/sync-file.js";
import { chunk, fmt, seededBytes, temporaryFolder, wav } from "./files.js";

const FRAMES = 50_000;
/** 50,000 frames of 16-bit stereo: several blocks of the iteration. */
const AUDIO = seededBytes(FRAMES * 4, 11);
const FILE = wav(fmt(), chunk("data", AUDIO));

function fileOf(t: TestContext, bytes: Uint8Array): string {
  const file = path.join(temporaryFolder(t), "take.wav");
  writeFileSync(file, bytes);
  return file;
}

const hasCode = (code: AudioErrorCode) => (error: unknown) =>
  error instanceof AudioError && error.code === code;

/** Both ways to open must refuse in the same way. */
async function bothRefuse(source: string | Uint8Array, code: AudioErrorCode): Promise<void> {
  await assert.rejects(WavReader.open(source), hasCode(code));
  assert.throws(() => openWavSync(source), hasCode(code));
}

test("iteration gives every frame once, in order, with its position", async (t) => {
  for (const source of [FILE, fileOf(t, FILE)]) {
    await using reader = await WavReader.open(source);
    let next = 0;
    let blocks = 0;
    for await (const block of reader) {
      assert.equal(block.position, next);
      assert.ok(block.length > 0);
      assert.equal(block.bytes.byteLength, block.length * 4);
      const end = (next + block.length) * 4;
      assert.deepEqual(block.bytes, AUDIO.subarray(next * 4, end));
      next += block.length;
      blocks += 1;
    }
    assert.equal(next, FRAMES);
    assert.ok(blocks > 1);
    assert.equal(reader.position, FRAMES);
  }
});

test("seek goes to any frame, and iteration goes on from there", async () => {
  await using reader = await WavReader.open(FILE);
  for (const frame of [FRAMES, 0, 777, FRAMES - 1]) {
    reader.seek(frame);
    assert.equal(reader.position, frame);
    assert.deepEqual(await reader.read(3), AUDIO.subarray(frame * 4, (frame + 3) * 4));
  }
  reader.seek(FRAMES - 2);
  for await (const block of reader) {
    assert.deepEqual(block.bytes, AUDIO.subarray(-8));
  }
});

test("leaving the iteration early leaves the reader open", async () => {
  await using reader = await WavReader.open(FILE);
  for await (const block of reader) {
    assert.equal(block.position, 0);
    break;
  }
  assert.ok(reader.position > 0);
  reader.seek(0);
  assert.deepEqual(await reader.read(1), AUDIO.subarray(0, 4));
});

test("readInto fills whole frames, leaves the rest of the target alone and gives 0 at the end", async () => {
  await using reader = await WavReader.open(FILE);
  const target = new Uint8Array(11).fill(0xee);
  assert.equal(await reader.readInto(target), 2);
  assert.deepEqual(target.subarray(0, 8), AUDIO.subarray(0, 8));
  assert.deepEqual(target.subarray(8), Uint8Array.of(0xee, 0xee, 0xee));
  reader.seek(FRAMES - 1);
  assert.equal(await reader.readInto(target), 1);
  assert.equal(await reader.readInto(target), 0);
  assert.equal((await reader.read(10)).byteLength, 0);
});

test("reads that do not wait for each other come in the order in which they were asked for", async (t) => {
  await using reader = await WavReader.open(fileOf(t, FILE));
  const parts = await Promise.all([1, 10, 100, 1000].map((frames) => reader.read(frames)));
  assert.deepEqual(Buffer.concat(parts), Buffer.from(AUDIO.subarray(0, 1111 * 4)));
});

test("bytes within a larger buffer, as Node's pool gives them, are read", async () => {
  const large = new Uint8Array(FILE.byteLength + 100);
  large.set(FILE, 51);
  const part = Buffer.from(large.buffer, 51, FILE.byteLength);
  await using reader = await WavReader.open(part);
  assert.deepEqual(await reader.read(FRAMES), AUDIO);
  assert.equal(openWavSync(part).frames, FRAMES);
});

test("a file that shrinks while it is read ends early and does no more", async (t) => {
  const file = fileOf(t, FILE);
  await using reader = await WavReader.open(file);
  const opened = openWavSync(file);
  truncateSync(file, 44 + 10);
  assert.deepEqual(await reader.read(FRAMES), AUDIO.subarray(0, 8));
  assert.equal(reader.position, 2);
  assert.equal(opened.read(new Uint8Array(AUDIO.byteLength), 0, FRAMES), 2);
  opened.close();
});

test("an unknown length is that of the file, also beyond 2 GiB", async (t) => {
  const file = path.join(temporaryFolder(t), "sparse.wav");
  const descriptor = openSync(file, "w");
  const size = 2 ** 31 + 2 ** 20;
  writeSync(descriptor, wav(fmt(), chunk("data", new Uint8Array(0), { size: 0x7ffff000 })));
  ftruncateSync(descriptor, size);
  writeSync(descriptor, Uint8Array.of(1, 2, 3, 4), 0, 4, size - 4);
  closeSync(descriptor);
  await using reader = await WavReader.open(file);
  assert.equal(reader.length, (size - 44) / 4);
  reader.seek(reader.length - 1);
  assert.deepEqual(await reader.read(9), Uint8Array.of(1, 2, 3, 4));
});

test("close twice is fine; after it every read is refused", async (t) => {
  const reader = await WavReader.open(fileOf(t, FILE));
  const pending = reader.read(5);
  const closed = reader.close();
  assert.equal(reader.close(), closed, "a second call gives the result of the first");
  await closed;
  assert.equal((await pending).byteLength, 20, "a read that was asked for before is still done");
  await assert.rejects(reader.read(1), hasCode("stream-closed"));
  await assert.rejects(reader.readInto(new Uint8Array(4)), hasCode("stream-closed"));

  const opened = openWavSync(FILE);
  opened.close();
  opened.close();
  assert.throws(() => opened.read(new Uint8Array(4), 0, 1), hasCode("stream-closed"));
});

test("a file that is not there, a directory and a path through a file are not readable", async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, "take.wav");
  await bothRefuse(file, "file-not-readable");
  await bothRefuse(folder, "file-not-readable");
  await assert.rejects(WavReader.open(folder), /it is a directory/);
  assert.throws(() => openWavSync(folder), /it is a directory/);
  writeFileSync(file, FILE);
  await bothRefuse(path.join(file, "more.wav"), "file-not-readable");
});

test("a named pipe is refused at once, not waited for", async (t) => {
  const pipe = path.join(temporaryFolder(t), "pipe.wav");
  if (spawnSync("mkfifo", [pipe]).status !== 0) {
    t.skip("needs mkfifo");
    return;
  }
  await bothRefuse(pipe, "file-not-readable");
});

test("a file that cannot be read is given back", async (t) => {
  const descriptors = "/proc/self/fd";
  const file = fileOf(t, Buffer.from("not a WAV file"));
  await bothRefuse(file, "malformed-file");
  let before: number;
  try {
    before = readdirSync(descriptors).length;
  } catch {
    t.skip("needs /proc");
    return;
  }
  for (let count = 0; count < 20; count++) {
    await bothRefuse(file, "malformed-file");
  }
  assert.ok(readdirSync(descriptors).length < before + 10);
  await assert.rejects(WavReader.open(file), (error: Error) => error.message.includes(file));
});

test("wrong arguments are TypeErrors and RangeErrors", async () => {
  for (const wrong of [undefined, null, 5, {}, [], new ArrayBuffer(50), new Float32Array(20)]) {
    await assert.rejects(WavReader.open(wrong as never), TypeError);
    assert.throws(() => openWavSync(wrong as never), TypeError);
  }
  await assert.rejects(WavReader.open(""), RangeError);
  assert.throws(() => openWavSync(""), RangeError);
  await assert.rejects(WavReader.open("a\0b"), RangeError);

  await using reader = await WavReader.open(FILE);
  for (const wrong of [-1, 0.5, FRAMES + 1, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(() => reader.seek(wrong), RangeError);
  }
  for (const wrong of [undefined, null, "1", 1n]) {
    assert.throws(() => reader.seek(wrong as never), TypeError);
    await assert.rejects(reader.read(wrong as never), TypeError);
  }
  for (const wrong of [-1, 0.5, Number.NaN]) {
    await assert.rejects(reader.read(wrong), RangeError);
  }
  for (const wrong of [undefined, 4, new ArrayBuffer(8), new Int16Array(8), [0, 0, 0, 0]]) {
    await assert.rejects(reader.readInto(wrong as never), TypeError);
  }
  await assert.rejects(reader.readInto(new Uint8Array(3)), RangeError);
  assert.equal(reader.position, 0, "nothing was read");
  assert.equal((await reader.read(Number.MAX_SAFE_INTEGER)).byteLength, AUDIO.byteLength);
});

test("reading changes nothing in the file", async (t) => {
  const file = fileOf(t, FILE);
  await using reader = await WavReader.open(file);
  await reader.read(FRAMES);
  assert.deepEqual(readFileSync(file), Buffer.from(FILE));
});
