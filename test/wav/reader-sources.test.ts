// Where a reader can read from beside paths and bytes.

import assert from "node:assert/strict";
import { createReadStream, readFileSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { ReadableStream } from "node:stream/web";
import { test } from "node:test";
import { AudioError, type AudioErrorCode } from "../../src/errors.js";
import { readWav } from "../../src/recording/read-wav.js";
import type { WavSource } from "../../src/wav/open-source.js";
import { WavReader } from "../../src/wav/reader.js";
import { FIXTURES } from "../fixtures/make-wav-fixtures.js";
import { chunk, fmt, riff, seededBytes, temporaryFolder, wav } from "./files.js";

const FRAMES = 50_000;
/** 50,000 frames of 16-bit stereo. */
const AUDIO = seededBytes(FRAMES * 4, 21);
const LIST = chunk("LIST", Buffer.from("INFOISFT\x05\0\0\0test\0\0", "latin1"));
const FILE = wav(LIST, fmt(), chunk("data", AUDIO), chunk("tail", Buffer.from("end")));

const hasCode = (code: AudioErrorCode) => (error: unknown) =>
  error instanceof AudioError && error.code === code;

/** The bytes in pieces of these sizes, in turn. */
async function* pieces(
  bytes: Uint8Array,
  ...sizes: readonly number[]
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0, count = 0; at < bytes.byteLength; count++) {
    const size = sizes[count % sizes.length] ?? 1;
    yield bytes.slice(at, at + size);
    at += size;
  }
}

const STREAMS: Readonly<Record<string, (bytes: Uint8Array) => WavSource>> = {
  "an async iterable of uneven pieces": (bytes) => pieces(bytes, 1, 0, 7, 5000, 100_000),
  "a Node Readable": (bytes) => Readable.from(pieces(bytes, 1000)),
  "a Web ReadableStream": (bytes) => ReadableStream.from(pieces(bytes, 1000)),
  "a ReadableStream that cannot be iterated over": (bytes) => {
    const stream = ReadableStream.from(pieces(bytes, 1000));
    return { getReader: () => stream.getReader() } as never;
  },
};

for (const [name, make] of Object.entries(STREAMS)) {
  test(`${name} is read forwards`, async () => {
    await using reader = await WavReader.open(make(FILE));
    assert.equal(reader.length, FRAMES);
    assert.deepEqual(
      reader.chunks.map(({ id, size }) => [id, size]),
      [
        ["LIST", 18],
        ["fmt ", 16],
        ["data", AUDIO.byteLength],
      ],
    );
    assert.deepEqual(await reader.readChunk("LIST"), LIST.subarray(8, 26));
    assert.deepEqual(await reader.read(10), AUDIO.subarray(0, 40));
    reader.seek(1000);
    assert.deepEqual(await reader.read(1), AUDIO.subarray(4000, 4004));
    assert.throws(() => reader.seek(1000), /the stream cannot go back/);
    assert.throws(() => reader.seek(0), RangeError);
    assert.deepEqual(await reader.readChunk("LIST"), LIST.subarray(8, 26));
    const rest: Uint8Array[] = [];
    for await (const block of reader) {
      rest.push(block.bytes);
    }
    assert.deepEqual(Buffer.concat(rest), Buffer.from(AUDIO.subarray(4004)));
    assert.deepEqual(reader.warnings, []);
    await assert.rejects(reader.readChunk("data"), hasCode("file-not-readable"));
  });
}

test("a blob and an open file are read like a path", async (t) => {
  const file = path.join(temporaryFolder(t), "take.wav");
  writeFileSync(file, FILE);
  await using handle = await open(file);
  for (const source of [new Blob([FILE.slice(0, 99), FILE.slice(99)]), handle]) {
    await using reader = await WavReader.open(source);
    assert.deepEqual(
      reader.chunks.map(({ id }) => id),
      ["LIST", "fmt ", "data", "tail"],
    );
    assert.deepEqual(await reader.readChunk("tail"), Uint8Array.from(Buffer.from("end")));
    reader.seek(FRAMES - 5);
    assert.deepEqual(await reader.read(10), AUDIO.subarray(-20));
    reader.seek(0);
    assert.deepEqual(await reader.read(FRAMES), AUDIO);
  }
  // It is its owner's: neither closed nor moved.
  assert.equal((await handle.read(Buffer.alloc(4))).buffer.toString(), "RIFF");
});

test("a handle of a directory is not readable", async (t) => {
  await using handle = await open(temporaryFolder(t));
  await assert.rejects(WavReader.open(handle), hasCode("file-not-readable"));
});

test("the length of a stream that does not tell it is known at its end", async () => {
  for (const size of [0, 0xffffffff, 0x7ffff000, 0x80000000]) {
    const file = riff([fmt(), chunk("data", AUDIO, { size })], { size });
    await using reader = await WavReader.open(pieces(file, 4096));
    assert.equal(reader.length, Number.POSITIVE_INFINITY);
    assert.equal(reader.duration, Number.POSITIVE_INFINITY);
    assert.deepEqual(await reader.read(Number.MAX_SAFE_INTEGER), AUDIO);
    assert.equal(reader.length, FRAMES);
    assert.equal(reader.position, FRAMES);
    assert.deepEqual(
      reader.warnings.map(({ code }) => code),
      ["data-size-unknown"],
    );
  }
});

test("a stream that announces no frames, and nothing follows or a chunk, has none", async () => {
  const empty = chunk("data", new Uint8Array(0));
  for (const file of [wav(fmt(), empty), wav(fmt(), empty, LIST)]) {
    await using reader = await WavReader.open(pieces(file, 10));
    assert.equal((await reader.read(100)).byteLength, 0);
    assert.equal(reader.length, 0);
  }
});

test("a stream that ends early has the frames that came, and says so", async () => {
  const cut = FILE.subarray(0, FILE.byteLength - 12 - 1001);
  await using reader = await WavReader.open(pieces(cut, 3000));
  const [left, right] = await reader.readChannels(Number.MAX_SAFE_INTEGER);
  assert.equal(left?.length, FRAMES - 251);
  assert.equal(right?.length, FRAMES - 251);
  assert.equal(reader.length, FRAMES - 251);
  assert.deepEqual(
    reader.warnings.map(({ code }) => code),
    ["data-size-too-large", "last-frame-incomplete"],
  );
});

test("a stream that ends before the frame that was sought has no more frames", async () => {
  const ima = readFileSync(path.join(FIXTURES, "sound-ima-adpcm.wav"));
  for (const [file, frame] of [
    [FILE.subarray(0, 10_000), FRAMES - 5],
    [ima.subarray(0, 48 + 64 + 20), 57 + 50],
  ] as const) {
    await using reader = await WavReader.open(pieces(file, 33));
    reader.seek(frame);
    assert.equal((await reader.read(10)).byteLength, 0);
    assert.equal((await reader.readRaw(0)).byteLength, 0);
    const channels = await reader.readChannels(10);
    assert.deepEqual(channels, [new Float32Array(0), new Float32Array(0)]);
    assert.ok(reader.length <= frame);
  }
});

test("a stream that claims a huge size costs memory for what comes only", async () => {
  const file = riff([fmt(), chunk("data", AUDIO, { size: 0x70000000 })]);
  await using reader = await WavReader.open(pieces(file, 5000));
  assert.equal(reader.length, 0x70000000 / 4);
  assert.deepEqual(await reader.read(reader.length), AUDIO);
});

test("a format behind the data of a stream is an error that says why", async () => {
  const file = wav(chunk("data", AUDIO), fmt());
  await assert.rejects(
    WavReader.open(pieces(file, 1000)),
    (error: unknown) =>
      error instanceof AudioError &&
      error.code === "malformed-file" &&
      /a stream cannot go back to/.test(error.message),
  );
});

test("a stream that fails is a file that cannot be read, and is ended", async () => {
  async function* failing(): AsyncGenerator<Uint8Array, void, undefined> {
    yield FILE.slice(0, 5000);
    throw new Error("the line went dead");
  }
  await using reader = await WavReader.open(failing());
  await assert.rejects(reader.read(FRAMES), /the line went dead/);
  const missing = createReadStream("/there/is/no/such.wav");
  await assert.rejects(WavReader.open(missing), hasCode("file-not-readable"));
});

test("closing a reader ends its stream", async () => {
  const stream = Readable.from(pieces(FILE, 100));
  const reader = await WavReader.open(stream);
  await reader.close();
  assert.equal(stream.destroyed, true);
  let ended = false;
  const web = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(100)),
    cancel: () => {
      ended = true;
    },
  });
  await assert.rejects(WavReader.open(web), hasCode("malformed-file"));
  assert.equal(ended, true, "also when it is no WAV file");
});

test("a stream of something else than bytes is a TypeError", async () => {
  await assert.rejects(WavReader.open(Readable.from(["RIFF", "text"])), TypeError);
  await assert.rejects(WavReader.open(Readable.from([1, 2]) as never), TypeError);
});

test("readWav takes every source, and makes 32-bit floats of 64-bit ones", async () => {
  const samples = Float64Array.of(0.1, -0.2, 0.3, -1);
  const file = wav(
    fmt({ tag: 3, bits: 64, channels: 1 }),
    chunk("data", new Uint8Array(samples.buffer)),
  );
  for (const source of [file, new Blob([file.slice()]), pieces(file, 9)]) {
    const take = await readWav(source);
    assert.equal(take.format, "float32");
    assert.deepEqual(take.getChannelData(0), Float32Array.from(samples));
  }
});

test("readWav keeps every other format", async () => {
  const take = await readWav(new Blob([FILE.slice()]));
  assert.equal(take.format, "int16");
  assert.deepEqual(take.toInterleaved(), new Int16Array(AUDIO.slice().buffer));
});
