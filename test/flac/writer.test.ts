import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import path from "node:path";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import {
  AudioError,
  type AudioErrorCode,
  FlacReader,
  FlacWriter,
  type FlacWriterOptions,
  WavBytes,
  type WavFileHandle,
} from "../../src/index.js";
import { requireTool } from "../rig/tools.js";
import { temporaryFolder } from "../wav/files.js";
import { byReference, decoded, flacOf, flacProgram, soundOf } from "./files.js";

/** Blocks of 4096 frames. */
const STEREO = { sampleRate: 8192, channels: 2, format: "int16" } as const;
const BLOCK = 4096;
const SAMPLES = soundOf(20_000, 2, "int16");

const hasCode = (code: AudioErrorCode) => (error: unknown) =>
  error instanceof AudioError && error.code === code;

test("a path, a file handle, memory and a stream get a sound file", async (t) => {
  if (!requireTool(t, "flac")) {
    return;
  }
  const folder = temporaryFolder(t);
  const byPath = path.join(folder, "path.flac");
  const byHandle = path.join(folder, "handle.flac");
  const byStream = path.join(folder, "stream.flac");
  await using handle = await open(byHandle, "w");
  const stream = new PassThrough();
  const streamed = stream.toArray();
  const memory = new WavBytes();
  for (const target of [byPath, handle, memory, stream]) {
    await using writer = await FlacWriter.create(target, STEREO);
    assert.equal(writer.path, target === byPath ? byPath : undefined);
    await writer.write(SAMPLES.subarray(0, 4000));
    await writer.write(new Int16Array(SAMPLES.buffer, 4000));
    assert.equal(writer.length, 20_000);
    assert.equal(writer.duration, 20_000 / 8192);
  }
  assert.deepEqual(readFileSync(byHandle), readFileSync(byPath));
  assert.deepEqual(Buffer.from(memory.toUint8Array()), readFileSync(byPath));
  writeFileSync(byStream, Buffer.concat(await streamed));
  assert.deepEqual(byReference(byPath), SAMPLES);
  assert.deepEqual(byReference(byStream), SAMPLES);
  const { samples, reader } = await decoded(byStream);
  assert.deepEqual(samples, SAMPLES);
  assert.deepEqual([reader.length, reader.warnings], [20_000, []]);
});

test("each block is in the file as soon as it is complete, and the header is right each second", async (t) => {
  const file = path.join(temporaryFolder(t), "take.flac");
  await using writer = await FlacWriter.create(file, STEREO);
  // The encoder looks one frame ahead.
  for (let given = 0; given < 20_000; ) {
    const count = Math.min(1000, 20_000 - given);
    await writer.write(SAMPLES.subarray(given * 4, (given + count) * 4));
    given += count;
    const whole = Math.floor((given - 1) / BLOCK) * BLOCK;
    const { samples, reader } = await decoded(file);
    assert.deepEqual(samples, SAMPLES.subarray(0, whole * 4), `${given} frames were given`);
    const told = readFileSync(file).readUInt32BE(22);
    assert.ok(whole - told <= 8192 && told <= whole, `${told} of ${whole}`);
    assert.equal(reader.length, whole);
    assert.deepEqual(writer.unwritten, Buffer.from(SAMPLES.subarray(whole * 4, given * 4)));
    assert.deepEqual([writer.length, writer.framesInFile], [given, whole]);
  }
  await writer.flush();
  assert.equal(readFileSync(file).readUInt32BE(22), 4 * BLOCK);
});

test("a file that was left behind at any moment satisfies the reference decoder", async (t) => {
  if (!requireTool(t, "flac")) {
    return;
  }
  const file = path.join(temporaryFolder(t), "take.flac");
  const left = path.join(temporaryFolder(t), "left.flac");
  await using writer = await FlacWriter.create(file, { ...STEREO, checkpointSeconds: 0.001 });
  for (let at = 0; at < SAMPLES.byteLength; at += 12_000) {
    await writer.write(SAMPLES.subarray(at, at + 12_000));
    writeFileSync(left, readFileSync(file));
    const out = byReference(left);
    assert.ok(Buffer.from(SAMPLES.subarray(0, out.byteLength)).equals(out));
    const { status, said } = flacProgram(["-t", left]);
    assert.equal(status, 0, said);
  }
});

test("texts, cue points and gaps stand in the comments, under names that others know", async (t) => {
  if (!requireTool(t, "flac")) {
    return;
  }
  const file = path.join(temporaryFolder(t), "take.flac");
  const gap = { position: 4000, frames: 123, cause: "overrun" } as const;
  const cue = { position: 7, lengthFrames: 20, label: "a;b", note: "see\nthere", text: "words" };
  const writer = await FlacWriter.create(file, {
    ...STEREO,
    metadata: {
      info: { INAM: "Räin", ISFT: "roomtone", ICRD: "2026-11-23", IXYZ: "other" },
      bext: {
        description: "on the roof",
        originator: "mic 1",
        originationDate: "2026-11-23",
        originationTime: "14:05:09",
        timeReference: 123_456,
        umid: new Uint8Array(32).fill(0xab),
        loudness: { integrated: -23.1 },
        codingHistory: "A=PCM",
      },
      cues: [cue],
      ixml: "<BWFXML/>",
    },
    gaps: [gap],
  });
  await writer.write(SAMPLES);
  writer.addGap({ position: 9000, frames: 1, cause: "stall" });
  writer.addCue({ position: 5 });
  assert.deepEqual(writer.metadata.cues, [cue, { position: 5 }]);
  await writer.close();
  const listed = spawnSync("metaflac", ["--no-utf8-convert", "--export-tags-to=-", file], {
    encoding: "utf8",
  });
  const expected = [
    "TITLE=Räin",
    "ENCODER=roomtone",
    "DATE=2026-11-23",
    "INFO_IXYZ=other",
    "DESCRIPTION=on the roof",
    "ORIGINATOR=mic 1",
    "ORIGINATION_DATE=2026-11-23",
    "ORIGINATION_TIME=14:05:09",
    "TIME_REFERENCE=123456",
    "CODING_HISTORY=A=PCM",
    `UMID=0x${"ab".repeat(32)}`,
    "LOUDNESS_VALUE=-23.1",
    "IXML=<BWFXML/>",
    "GAP=4000;123;overrun",
    "GAP=9000;1;stall",
    "CUE=7;20;a;b",
    "CUE_NOTE=see",
    "there",
    "CUE_TEXT=words",
    "CUE=5;0;",
  ];
  assert.deepEqual(listed.stdout.trimEnd().split("\n"), expected);
  assert.deepEqual(byReference(file), SAMPLES);
  await using reader = await FlacReader.open(file);
  assert.deepEqual(reader.cues, [cue, { position: 5 }]);
  assert.deepEqual(reader.gaps, [gap, { position: 9000, frames: 1, cause: "stall" }]);
});

test("metadata can be replaced, gaps stay, and small headers are written while the file grows", async (t) => {
  const file = path.join(temporaryFolder(t), "take.flac");
  await using writer = await FlacWriter.create(file, {
    ...STEREO,
    metadata: { info: { INAM: "one" }, cues: [{ position: 1 }] },
  });
  writer.addGap({ position: 2, frames: 3, cause: "stall" });
  writer.setMetadata({ info: { INAM: "two" } });
  await writer.flush();
  await using reader = await FlacReader.open(file);
  assert.deepEqual(reader.comments, [
    { name: "TITLE", value: "two" },
    { name: "GAP", value: "2;3;stall" },
  ]);
});

test("marks without room are left out, and the file says how many", async () => {
  const memory = new WavBytes();
  const writer = await FlacWriter.create(memory, { ...STEREO, metadataRoom: 300 });
  for (let index = 0; index < 1000; index++) {
    writer.addGap({ position: index * 10, frames: 1, cause: "overrun" });
  }
  await writer.write(SAMPLES);
  await writer.close();
  const { samples, reader } = await decoded(memory.toUint8Array());
  assert.deepEqual(samples, SAMPLES);
  assert.ok(reader.gaps.length > 5 && reader.gaps.length < 20);
  const left = reader.comments.find(({ name }) => name === "MARKS_LEFT_OUT");
  assert.equal(Number(left?.value) + reader.gaps.length, 1000);
});

test("every room for comments gives a sound file", async (t) => {
  if (!requireTool(t, "flac")) {
    return;
  }
  const file = path.join(temporaryFolder(t), "take.flac");
  for (const metadataRoom of [0, 1, 3, 4, 17, 5000, undefined]) {
    const options = metadataRoom === undefined ? STEREO : { ...STEREO, metadataRoom };
    for (const title of ["", "a", "ab", "abc", "x".repeat(4000)]) {
      const metadata = { info: { INAM: title } };
      writeFileSync(file, await flacOf(SAMPLES, { ...options, metadata }));
      assert.deepEqual(byReference(file), SAMPLES);
      assert.deepEqual((await decoded(file)).reader.comments, [{ name: "TITLE", value: title }]);
    }
  }
});

test("what has no room is refused, and all stays as it was", async () => {
  await using writer = await FlacWriter.create(new WavBytes(), { ...STEREO, metadataRoom: 0 });
  const before = writer.metadata;
  assert.throws(() => writer.addCue({ position: 1 }), hasCode("format-not-supported"));
  assert.throws(() => writer.setMetadata({ info: { INAM: "x" } }), hasCode("format-not-supported"));
  assert.equal(writer.metadata, before);
  await writer.write(SAMPLES);
});

/** A file in memory whose disk is full after so many bytes; its writes end within frames. */
function smallDisk(room: number): { handle: WavFileHandle; bytes: () => Uint8Array } {
  const memory = new WavBytes();
  const handle: WavFileHandle = {
    stat: async () => ({
      size: memory.size,
      isFIFO: () => false,
      isSocket: () => false,
      isCharacterDevice: () => false,
    }),
    write: async (bytes, offset, length, position) => {
      const at = position ?? 0;
      const fits = Math.min(length, room - at);
      if (fits <= 0) {
        const error = new Error("ENOSPC: no space left on device, write");
        throw Object.assign(error, { code: "ENOSPC", syscall: "write" });
      }
      memory.put(bytes.subarray(offset, offset + fits), at);
      return { bytesWritten: fits };
    },
    truncate: async (size) => memory.truncate(size),
    sync: async () => {},
  };
  return { handle, bytes: () => memory.toUint8Array() };
}

test("on a full disk the file keeps all whole blocks, and the writer what is not in it", async () => {
  const whole = await flacOf(SAMPLES, STEREO);
  for (const room of [4096, 4097, 9000, 30_000, whole.byteLength - 1]) {
    const { handle, bytes } = smallDisk(room);
    const writer = await FlacWriter.create(handle, STEREO);
    let failure: unknown;
    let given = 0;
    for (; given < SAMPLES.byteLength && failure === undefined; given += 4000) {
      await writer.write(SAMPLES.subarray(given, given + 4000)).catch((error: unknown) => {
        failure = error;
      });
    }
    const atEnd = failure === undefined;
    if (atEnd) {
      await assert.rejects(writer.close(), hasCode("disk-full"));
    } else {
      assert.ok(hasCode("disk-full")(failure), String(failure));
      await assert.rejects(writer.write(SAMPLES.subarray(0, 4)), (error) => error === failure);
      await assert.rejects(writer.flush(), (error) => error === failure);
      await writer.close();
    }
    const { samples, reader } = await decoded(bytes());
    assert.equal(samples.byteLength, writer.length * 4, `room for ${room} bytes`);
    assert.equal(writer.framesInFile, writer.length);
    assert.deepEqual(reader.warnings, []);
    const all = Buffer.concat([samples, writer.unwritten]);
    assert.ok(all.equals(SAMPLES.subarray(0, given)), "nothing is lost, nothing is there twice");
  }
});

test("a disk without room for the header leaves no writer behind", async () => {
  await assert.rejects(FlacWriter.create(smallDisk(20).handle, STEREO), hasCode("disk-full"));
});

test("what is there is kept unless `overwrite` is true", async (t) => {
  const file = path.join(temporaryFolder(t), "take.flac");
  writeFileSync(file, "precious");
  await assert.rejects(FlacWriter.create(file, STEREO), hasCode("file-exists"));
  assert.equal(readFileSync(file, "utf8"), "precious");
  await (await FlacWriter.create(file, { ...STEREO, overwrite: true })).close();
  assert.equal((await decoded(file)).reader.length, 0);
  const none = path.join(path.dirname(file), "none", "take.flac");
  await assert.rejects(FlacWriter.create(none, STEREO), hasCode("file-not-writable"));
});

test("coding and decoding in memory let the event loop go on", async () => {
  let turns = 0;
  let timer = setImmediate(function again() {
    turns += 1;
    timer = setImmediate(again);
  });
  try {
    const long = soundOf(600_000, 2, "int16");
    const file = await flacOf(long, { ...STEREO, level: 8 });
    assert.ok(turns >= 15, `${turns} turns while it was coded`);
    turns = 0;
    await decoded(Buffer.concat([file]));
    assert.ok(turns >= 1, `${turns} turns while it was decoded`);
  } finally {
    clearImmediate(timer);
  }
});

test("a closed writer says so, and the result of closing is told again", async () => {
  const writer = await FlacWriter.create(new WavBytes(), STEREO);
  const closing = writer.close();
  assert.equal(writer.close(), closing);
  await closing;
  await assert.rejects(writer.write(SAMPLES), hasCode("stream-closed"));
  await assert.rejects(writer.flush(), hasCode("stream-closed"));
  assert.throws(() => writer.addCue({ position: 1 }), hasCode("stream-closed"));
  assert.throws(
    () => writer.addGap({ position: 1, frames: 1, cause: "stall" }),
    hasCode("stream-closed"),
  );
  assert.throws(() => writer.setMetadata({}), hasCode("stream-closed"));
});

test("a stream's metadata cannot be changed later", async () => {
  const stream = new PassThrough();
  stream.resume();
  await using writer = await FlacWriter.create(stream, STEREO);
  assert.throws(() => writer.addCue({ position: 1 }), hasCode("format-not-supported"));
  assert.throws(() => writer.setMetadata({}), hasCode("format-not-supported"));
});

const WRONG_TYPE: Readonly<Record<keyof FlacWriterOptions, readonly unknown[]>> = {
  sampleRate: [undefined, null, "8000", true, {}],
  channels: [undefined, null, "1", true, {}],
  format: [undefined, null, 16, {}, ["int16"]],
  level: [null, "5", {}, true],
  overwrite: [null, 1, "yes", {}],
  metadata: [null, 1, "x", []],
  gaps: [null, 1, {}, [null], [{ position: "1", frames: 1, cause: "stall" }], [{ position: 1 }]],
  metadataRoom: [null, "1", {}, true],
  checkpointSeconds: [null, "1", {}, true],
};

const OUT_OF_RANGE: Readonly<Record<keyof FlacWriterOptions, readonly unknown[]>> = {
  sampleRate: [0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY],
  channels: [0, -1, 1.5, Number.NaN],
  format: ["int17", "", "INT16"],
  level: [-1, 9, 1.5, Number.NaN],
  overwrite: [],
  metadata: [{ info: { x: "y" } }, { info: { "A=BC": "y" } }, { cues: [{ position: -1 }] }],
  gaps: [[{ position: -1, frames: 1, cause: "stall" }], [{ position: 1, frames: 1, cause: "" }]],
  metadataRoom: [-1, 1.5, 16_000_001, Number.NaN],
  checkpointSeconds: [0, -1, Number.NaN, Number.POSITIVE_INFINITY],
};

const NOT_FLAC: Partial<Readonly<Record<keyof FlacWriterOptions, readonly unknown[]>>> = {
  sampleRate: [65_541, 655_360, 768_000],
  channels: [9, 100],
  format: ["int8", "uint8", "int32", "float32", "float64"],
  metadata: [{ peak: {} as never }, { id3: new Uint8Array(3) }],
};

test("wrong options are refused before anything is touched", async (t) => {
  const file = path.join(temporaryFolder(t), "take.flac");
  const create = (changes: object): Promise<FlacWriter> =>
    FlacWriter.create(file, { ...STEREO, ...changes });
  for (const [key, values] of Object.entries(WRONG_TYPE)) {
    for (const value of values) {
      const wanted = value === undefined || key !== "metadata" ? TypeError : Error;
      await assert.rejects(create({ [key]: value }), wanted, `${key}: ${String(value)}`);
    }
  }
  for (const [key, values] of Object.entries(OUT_OF_RANGE)) {
    for (const value of values) {
      await assert.rejects(create({ [key]: value }), RangeError, `${key}: ${String(value)}`);
    }
  }
  for (const [key, values] of Object.entries(NOT_FLAC)) {
    for (const value of values) {
      await assert.rejects(create({ [key]: value }), (error) => {
        const fine = hasCode("format-not-supported")(error) || key === "metadata";
        assert.ok(fine, `${key}: ${String(value)} gave ${String(error)}`);
        return true;
      });
    }
  }
  await assert.rejects(create({ sampelRate: 1 }), /unknown option `sampelRate`; did you mean/);
  for (const wrong of [undefined, null, 5, "x"]) {
    await assert.rejects(FlacWriter.create(file, wrong as never), TypeError);
    await assert.rejects(
      FlacWriter.create(wrong === "x" ? ({} as never) : (wrong as never), STEREO),
    );
  }
  await assert.rejects(FlacWriter.create("", STEREO), RangeError);
  assert.throws(() => readFileSync(file), /ENOENT/);
});

test("the way out of a format that FLAC has not is told", async () => {
  const create = (changes: object): Promise<FlacWriter> =>
    FlacWriter.create(new WavBytes(), { ...STEREO, ...changes });
  await assert.rejects(create({ format: "float32" }), /"int24", or a WAV file/);
  await assert.rejects(create({ format: "uint8" }), /"int16", or a WAV file/);
  await assert.rejects(create({ channels: 9 }), /pick some, or write a WAV file/);
  await assert.rejects(create({ sampleRate: 65_541 }), /Resample, or write a WAV file/);
  await assert.rejects(create({ metadata: { id3: new Uint8Array(1) } }), /no place for `id3`/);
});

test("what is no whole frame or of another kind is refused, and nothing is written", async () => {
  const memory = new WavBytes();
  const writer = await FlacWriter.create(memory, STEREO);
  for (const wrong of [null, undefined, "x", [1], new Float32Array(2), new Int32Array(2)]) {
    await assert.rejects(writer.write(wrong as never), TypeError);
  }
  await assert.rejects(writer.write(new Uint8Array(5)), RangeError);
  await assert.rejects(writer.write(new Int16Array(3)), RangeError);
  for (const cue of [null, { position: -1 }, { position: 1, label: 5 }, { position: "1" }]) {
    assert.throws(() => writer.addCue(cue as never), Error);
  }
  for (const gap of [null, 1, {}, { position: 1, frames: -1, cause: "stall" }]) {
    assert.throws(() => writer.addGap(gap as never), Error);
  }
  assert.throws(() => writer.setMetadata({ infos: {} } as never), TypeError);
  await writer.close();
  assert.equal((await decoded(memory.toUint8Array())).reader.length, 0);
  const packed = await FlacWriter.create(new WavBytes(), { ...STEREO, format: "int24" });
  await assert.rejects(packed.write(new Int16Array(6)), /int24 to be a Uint8Array/);
  await packed.close();
});
