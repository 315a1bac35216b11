import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { AudioError, type AudioErrorCode } from "../../src/errors.js";
import { maxWavFrames } from "../../src/wav/header.js";
import { openWavSync } from "../../src/wav/sync-file.js";
import { WavWriter } from "../../src/wav/writer.js";
import type { WavWriterOptions } from "../../src/wav/writer-options.js";
import { linkToDevice, seededBytes, temporaryFolder } from "./files.js";

/** Bytes before the first frame of integers in up to two channels, room for 64-bit sizes among them. */
const HEADER = 80;
const STEREO = { sampleRate: 8000, channels: 2, format: "int16" } as const;

const hasCode = (code: AudioErrorCode) => (error: unknown) =>
  error instanceof AudioError && error.code === code;

function framesIn(file: string): number {
  const opened = openWavSync(readFileSync(file));
  return opened.frames;
}

test("the file is a valid WAV without frames as soon as it exists", async (t) => {
  const file = path.join(temporaryFolder(t), "take.wav");
  await using writer = await WavWriter.create(file, STEREO);
  assert.equal(readFileSync(file).byteLength, HEADER);
  assert.equal(framesIn(file), 0);
  assert.equal(writer.path, file);
  assert.equal(writer.sampleRate, 8000);
  assert.equal(writer.numberOfChannels, 2);
  assert.equal(writer.format, "int16");
  assert.equal(writer.length, 0);
});

test("the header is brought up to date each second of audio", async (t) => {
  t.mock.timers.enable({ apis: ["Date"] });
  const file = path.join(temporaryFolder(t), "take.wav");
  await using writer = await WavWriter.create(file, STEREO);
  const dataSize = (): number => readFileSync(file).readUInt32LE(HEADER - 4);
  await writer.write(new Int16Array(2 * 7999));
  assert.equal(dataSize(), 0, "less than a second: the header has not been touched");
  assert.equal(readFileSync(file).byteLength, HEADER + 7999 * 4, "but the frames are in the file");
  await writer.write(new Int16Array(2));
  assert.equal(dataSize(), 8000 * 4);
  await writer.write(new Int16Array(2 * 100));
  assert.equal(dataSize(), 8000 * 4);
  t.mock.timers.tick(1000);
  await writer.write(new Int16Array(2 * 16_000));
  assert.equal(dataSize(), 24_100 * 4);
  assert.equal(writer.length, 24_100);
  assert.equal(writer.duration, 24_100 / 8000);
});

test("the header is brought up to date at least each 8 MB", async (t) => {
  const file = path.join(temporaryFolder(t), "take.wav");
  const options = { sampleRate: 100_000_000, channels: 2, format: "float32" } as const;
  await using writer = await WavWriter.create(file, options);
  const dataSize = (): number => readFileSync(file).readUInt32LE(HEADER + 10);
  await writer.write(new Float32Array(2 ** 20));
  assert.equal(dataSize(), 0);
  await writer.write(new Float32Array(2 ** 20));
  assert.equal(dataSize(), 2 ** 23);
});

test("flush brings the header up to date, also for odd data", async (t) => {
  const file = path.join(temporaryFolder(t), "take.wav");
  const options = { sampleRate: 8000, channels: 1, format: "uint8" } as const;
  await using writer = await WavWriter.create(file, options);
  await writer.write(Uint8Array.of(1, 2, 3));
  await writer.flush();
  assert.equal(readFileSync(file).byteLength, HEADER + 4);
  assert.equal(framesIn(file), 3);
  await writer.write(Uint8Array.of(4));
  await writer.flush();
  const whole = readFileSync(file);
  assert.equal(whole.byteLength, HEADER + 4);
  assert.deepEqual([...whole.subarray(HEADER)], [1, 2, 3, 4], "the pad byte was written over");
});

test("writes that do not wait for each other are done in order", async (t) => {
  const file = path.join(temporaryFolder(t), "take.wav");
  const data = seededBytes(4000, 21);
  const writer = await WavWriter.create(file, STEREO);
  const writes = Array.from({ length: 100 }, (_, index) =>
    writer.write(data.subarray(index * 40, (index + 1) * 40)),
  );
  const closed = writer.close();
  await Promise.all([...writes, closed]);
  assert.deepEqual(readFileSync(file).subarray(HEADER), Buffer.from(data));
});

test("typed arrays of the file's format and bytes are taken, others are refused", async (t) => {
  const folder = temporaryFolder(t);
  const arrays = {
    uint8: Uint8Array.of(1, 2, 3, 4),
    int16: Int16Array.of(1, -2),
    int24: Uint8Array.of(1, 2, 3),
    int32: Int32Array.of(-3),
    float32: Float32Array.of(0.5),
  } as const;
  for (const format of ["uint8", "int16", "int24", "int32", "float32"] as const) {
    const file = path.join(folder, `${format}.wav`);
    const writer = await WavWriter.create(file, { sampleRate: 8000, channels: 1, format });
    const own = arrays[format];
    await writer.write(own);
    const bytes = new Uint8Array(own.buffer, own.byteOffset, own.byteLength);
    await writer.write(Buffer.from(bytes));
    for (const other of [...Object.values(arrays), Int8Array.of(1), Float64Array.of(1)]) {
      const taken = other instanceof Uint8Array || other.constructor === own.constructor;
      if (!taken) {
        await assert.rejects(writer.write(other as never), TypeError);
      }
    }
    for (const wrong of [undefined, null, "aa", 4, [1, 2], new ArrayBuffer(4), {}]) {
      await assert.rejects(writer.write(wrong as never), TypeError);
    }
    await writer.close();
    const read = new Uint8Array(own.byteLength * 2);
    const opened = openWavSync(file);
    assert.equal(opened.read(read, 0, 100), opened.frames);
    opened.close();
    assert.deepEqual(Buffer.from(read), Buffer.concat([bytes, bytes]));
  }
});

test("a part of a typed array and memory shared between threads are taken as they are", async (t) => {
  const file = path.join(temporaryFolder(t), "take.wav");
  const writer = await WavWriter.create(file, STEREO);
  await writer.write(Int16Array.of(9, 1, 2, 9).subarray(1, 3));
  const shared = new Int16Array(new SharedArrayBuffer(8));
  shared.set([3, 4, 5, 6]);
  await writer.write(shared);
  await writer.write(new Uint8Array(0));
  await writer.close();
  const data = readFileSync(file).subarray(HEADER);
  assert.deepEqual(data, Buffer.from(Int16Array.of(1, 2, 3, 4, 5, 6).buffer));
});

test("a part of a frame is refused and nothing of it is written", async (t) => {
  const file = path.join(temporaryFolder(t), "take.wav");
  const writer = await WavWriter.create(file, STEREO);
  await writer.write(new Uint8Array(4));
  await assert.rejects(writer.write(new Uint8Array(5)), {
    name: "RangeError",
    message: "Expected whole frames of 4 bytes (2 channels, int16), got 5 bytes",
  });
  await assert.rejects(writer.write(new Int16Array(3)), RangeError);
  await writer.close();
  assert.equal(readFileSync(file).byteLength, HEADER + 4);
});

test("an existing file is kept unless `overwrite` is true", async (t) => {
  const file = path.join(temporaryFolder(t), "take.wav");
  writeFileSync(file, "precious");
  await assert.rejects(WavWriter.create(file, STEREO), hasCode("file-exists"));
  await assert.rejects(WavWriter.create(file, { ...STEREO, overwrite: false }), /overwrite: true/);
  assert.equal(readFileSync(file, "utf8"), "precious");
  const writer = await WavWriter.create(file, { ...STEREO, overwrite: true });
  await writer.close();
  assert.equal(readFileSync(file).byteLength, HEADER);
});

test("a place that cannot be written is told before anything is", async (t) => {
  const folder = temporaryFolder(t);
  const refused = hasCode("file-not-writable");
  for (const overwrite of [false, true]) {
    const options = { ...STEREO, overwrite };
    await assert.rejects(WavWriter.create(path.join(folder, "no/take.wav"), options), refused);
    await assert.rejects(WavWriter.create(folder, options), refused);
    writeFileSync(path.join(folder, "file"), "");
    await assert.rejects(WavWriter.create(path.join(folder, "file/take.wav"), options), refused);
  }
  assert.deepEqual(readdirSync(folder), ["file"]);
});

test("a directory without permission is told before anything is written", async (t) => {
  const folder = path.join(temporaryFolder(t), "locked");
  mkdirSync(folder, { mode: 0o500 });
  const root = process.getuid?.() === 0;
  if (root) {
    // Root may write everywhere, so it becomes nobody for a moment.
    process.seteuid?.(65534);
  }
  try {
    const file = path.join(folder, "take.wav");
    await assert.rejects(WavWriter.create(file, STEREO), hasCode("file-not-writable"));
  } finally {
    if (root) {
      process.seteuid?.(0);
    }
  }
});

test("a named pipe is refused at once, not waited for", async (t) => {
  const pipe = path.join(temporaryFolder(t), "pipe.wav");
  if (spawnSync("mkfifo", [pipe]).status !== 0) {
    t.skip("needs mkfifo");
    return;
  }
  const options = { ...STEREO, overwrite: true };
  await assert.rejects(WavWriter.create(pipe, options), hasCode("file-not-writable"));
  // Also when someone listens: the header could never be brought up to date.
  const listener = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
  t.after(() => closeSync(listener));
  await assert.rejects(WavWriter.create(pipe, options), /it is a pipe/);
});

test("every option wrong in type, out of range or unknown is refused before a file exists", async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, "take.wav");
  const refuses = (options: unknown, kind: typeof TypeError | typeof RangeError): Promise<void> =>
    assert.rejects(WavWriter.create(file, options as WavWriterOptions), kind);

  for (const options of [undefined, null, 5, "int16", []]) {
    await refuses(options, TypeError);
  }
  for (const key of ["sampleRate", "channels", "format"]) {
    await refuses({ ...STEREO, [key]: undefined }, TypeError);
    for (const wrong of [null, true, {}, [44100], 1n]) {
      await refuses({ ...STEREO, [key]: wrong }, TypeError);
    }
  }
  for (const sampleRate of [0, -1, 44100.5, 2 ** 32, Number.NaN, Number.POSITIVE_INFINITY]) {
    await refuses({ ...STEREO, sampleRate }, RangeError);
  }
  for (const channels of [0, -1, 1.5, 32_768, Number.NaN]) {
    await refuses({ ...STEREO, channels }, RangeError);
  }
  await refuses({ ...STEREO, sampleRate: "44100" }, TypeError);
  await refuses({ ...STEREO, format: "int8" }, RangeError);
  await refuses({ ...STEREO, overwrite: "yes" }, TypeError);
  await refuses({ ...STEREO, overwrite: null }, TypeError);
  await assert.rejects(
    WavWriter.create(file, { ...STEREO, samplerate: 8000 } as WavWriterOptions),
    /unknown option `samplerate`; did you mean `sampleRate`\?/,
  );
  for (const wrong of [undefined, null, 5, {}, Buffer.from("take.wav")]) {
    await assert.rejects(WavWriter.create(wrong as never, STEREO), TypeError);
  }
  await assert.rejects(WavWriter.create("", STEREO), RangeError);
  await assert.rejects(WavWriter.create("a\0b", STEREO), RangeError);
  assert.deepEqual(readdirSync(folder), []);
});

test("wrong options leave an existing file alone, even with `overwrite`", async (t) => {
  const file = path.join(temporaryFolder(t), "take.wav");
  writeFileSync(file, "precious");
  const options = { ...STEREO, channels: 0, overwrite: true };
  await assert.rejects(WavWriter.create(file, options), RangeError);
  assert.equal(readFileSync(file, "utf8"), "precious");
});

test("the most channels that a frame can have are written", async (t) => {
  const file = path.join(temporaryFolder(t), "take.wav");
  const options = { sampleRate: 0xffffffff, channels: 32_767, format: "int16" } as const;
  const writer = await WavWriter.create(file, options);
  await writer.write(new Int16Array(32_767));
  await writer.close();
  const opened = openWavSync(readFileSync(file));
  assert.deepEqual([opened.channels, opened.sampleRate, opened.frames], [32_767, 0xffffffff, 1]);
});

test("close twice is fine; after it writing is refused", async (t) => {
  const file = path.join(temporaryFolder(t), "take.wav");
  const writer = await WavWriter.create(file, STEREO);
  await writer.write(new Int16Array(20));
  const closed = writer.close();
  assert.equal(writer.close(), closed, "a second call gives the result of the first");
  await closed;
  await assert.rejects(writer.write(new Int16Array(2)), hasCode("stream-closed"));
  await assert.rejects(writer.flush(), hasCode("stream-closed"));
  assert.equal(framesIn(file), 10);
});

test("`await using` closes the file when the block is left by an exception", async (t) => {
  const file = path.join(temporaryFolder(t), "take.wav");
  const faulty = async (): Promise<void> => {
    await using writer = await WavWriter.create(file, STEREO);
    await writer.write(new Int16Array(20));
    throw new Error("of the user's own");
  };
  await assert.rejects(faulty(), /of the user's own/);
  assert.equal(framesIn(file), 10);
});

test("a file that shall stay RIFF may grow to the last frame below 4 GiB and not beyond", async (t) => {
  const device = linkToDevice(t, "null");
  if (device === undefined) {
    return;
  }
  const spec = { sampleRate: 48_000, channels: 2, format: "float32" } as const;
  const options = { ...spec, container: "riff", overwrite: true } as const;
  await using writer = await WavWriter.create(device, options);
  const most = maxWavFrames(spec);
  const block = new Float32Array(2 ** 23);
  while (writer.length + 2 ** 22 <= most) {
    await writer.write(block);
  }
  const rest = most - writer.length;
  await assert.rejects(writer.write(new Float32Array((rest + 1) * 2)), (error: unknown) => {
    assert.ok(error instanceof AudioError);
    assert.equal(error.code, "format-not-supported");
    assert.match(error.message, /ends at 4 GiB/);
    return true;
  });
  assert.equal(writer.length, most - rest, "nothing of it was written");
  await writer.write(new Float32Array(rest * 2));
  assert.equal(writer.length, most);
  await assert.rejects(writer.write(new Float32Array(2)), hasCode("format-not-supported"));
  await writer.flush();
});
