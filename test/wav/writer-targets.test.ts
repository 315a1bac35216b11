import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import path from "node:path";
import { PassThrough, Writable } from "node:stream";
import { WritableStream } from "node:stream/web";
import { test } from "node:test";
import { AudioError, type AudioErrorCode } from "../../src/errors.js";
import { WavBytes } from "../../src/wav/sinks/memory.js";
import type { WavTarget } from "../../src/wav/sinks/open-sink.js";
import { openWavSync } from "../../src/wav/sync-file.js";
import { WavWriter } from "../../src/wav/writer.js";
import { PYTHON, requireTool } from "../rig/tools.js";
import { seededBytes, temporaryFolder } from "./files.js";

const STEREO = { sampleRate: 8000, channels: 2, format: "int16" } as const;
const MONO = { sampleRate: 8000, channels: 1, format: "uint8" } as const;
const DATA = seededBytes(4 * 1001, 11);

const hasCode = (code: AudioErrorCode) => (error: unknown) =>
  error instanceof AudioError && error.code === code;

/** A stream that keeps what it is given. */
function keeping(): { stream: Writable; bytes: () => Buffer } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, bytes: () => Buffer.concat(chunks) };
}

async function writeTo(target: WavTarget): Promise<WavWriter> {
  const writer = await WavWriter.create(target, STEREO);
  await writer.write(DATA.subarray(0, 400));
  await writer.write(DATA.subarray(400));
  await writer.close();
  return writer;
}

test("a path, a file handle and memory get the same bytes", async (t) => {
  const folder = temporaryFolder(t);
  const byPath = path.join(folder, "path.wav");
  const byHandle = path.join(folder, "handle.wav");
  const memory = new WavBytes();
  assert.equal((await writeTo(byPath)).path, byPath);
  await using handle = await open(byHandle, "w");
  assert.equal((await writeTo(handle)).path, undefined);
  await writeTo(memory);
  assert.deepEqual(readFileSync(byHandle), readFileSync(byPath));
  assert.deepEqual(Buffer.from(memory.toUint8Array()), readFileSync(byPath));
  assert.equal(memory.size, 80 + DATA.byteLength);
  await handle.stat(); // whoever opened it closes it
});

test("what a handle or memory holds is kept unless `overwrite` is true, and then it is gone", async (t) => {
  const file = path.join(temporaryFolder(t), "take.wav");
  writeFileSync(file, "precious".repeat(100));
  await using handle = await open(file, "r+");
  await assert.rejects(WavWriter.create(handle, STEREO), hasCode("file-exists"));
  assert.equal(readFileSync(file, "utf8"), "precious".repeat(100));
  await (await WavWriter.create(handle, { ...STEREO, overwrite: true })).close();
  assert.equal(readFileSync(file).byteLength, 80);

  const memory = new WavBytes();
  await writeTo(memory);
  await assert.rejects(WavWriter.create(memory, STEREO), hasCode("file-exists"));
  assert.equal(memory.size, 80 + DATA.byteLength);
  await (await WavWriter.create(memory, { ...STEREO, overwrite: true })).close();
  assert.equal(memory.size, 80);
});

test("a handle that cannot be written at any place is refused, and its file left alone", async (t) => {
  const file = path.join(temporaryFolder(t), "take.wav");
  await using appending = await open(file, "a");
  await assert.rejects(WavWriter.create(appending, STEREO), /opened for appending/);
  assert.equal(readFileSync(file).byteLength, 0);
  await using reading = await open(file, "r");
  await assert.rejects(WavWriter.create(reading, STEREO), hasCode("file-not-writable"));
});

test("a handle of a pipe is written as a stream", async (t) => {
  const folder = temporaryFolder(t);
  const script = `import { open } from "node:fs/promises";
    import { WavWriter } from "${new URL("../../src/wav/writer.js", import.meta.url).href}";
    const writer = await WavWriter.create(await open("/dev/stdout", "w"), ${JSON.stringify(MONO)});
    await writer.write(Uint8Array.of(1, 2, 3));
    await writer.flush();
    await writer.close();`;
  const file = path.join(folder, "pipe.mjs");
  writeFileSync(file, script);
  const run = spawnSync("sh", ["-c", `"$0" "$1" | cat`, process.execPath, file]);
  assert.equal(run.stderr.toString(), "");
  assert.deepEqual([...run.stdout.subarray(-4)], [255, 1, 2, 3]);
});

test("streams get one header, whose sizes are 0xFFFFFFFF, and then the frames alone", async () => {
  const kept = keeping();
  await writeTo(kept.stream);
  assert.ok(kept.stream.writableFinished, "a stream is ended");
  const web: Uint8Array[] = [];
  let closed = false;
  await writeTo(
    new WritableStream<Uint8Array>({
      write: (chunk) => {
        web.push(chunk);
      },
      close: () => {
        closed = true;
      },
    }),
  );
  assert.ok(closed);
  const bytes = kept.bytes();
  assert.deepEqual(Buffer.concat(web), bytes);
  assert.equal(bytes.byteLength, 44 + DATA.byteLength);
  assert.equal(bytes.readUInt32LE(4), 0xffffffff);
  assert.equal(bytes.readUInt32LE(40), 0xffffffff);
  assert.deepEqual(bytes.subarray(44), Buffer.from(DATA));
  const opened = openWavSync(bytes);
  assert.equal(opened.frames, 1001);
});

test("what came through a pipe is read by libsndfile, SoX, FFmpeg and Python with equal samples", async (t) => {
  if (!requireTool(t, "sox", "ffmpeg", "python3-soundfile", "python3-numpy")) {
    return;
  }
  const folder = temporaryFolder(t);
  for (const options of [STEREO, MONO, { ...MONO, format: "float64" }] as const) {
    const kept = keeping();
    const writer = await WavWriter.create(kept.stream, options);
    const data = seededBytes(options.format === "uint8" ? 1001 : 8008, 12);
    await writer.write(data);
    await writer.close();
    const file = path.join(folder, `${options.format}.wav`);
    writeFileSync(file, kept.bytes());
    const code = { uint8: "u8", int16: "s16le", float64: "f64le" }[options.format];
    const raw = ["-c:a", `pcm_${code}`, "-f", code, "-"];
    const ffmpeg = spawnSync("ffmpeg", ["-v", "error", "-i", "-", ...raw], { input: kept.bytes() });
    assert.deepEqual(ffmpeg.stdout, Buffer.from(data), "FFmpeg");
    const dtype = { uint8: "int16", int16: "int16", float64: "float64" }[options.format];
    const script = `
import sys, soundfile
data, rate = soundfile.read(sys.argv[1], dtype="${dtype}")
data = ${options.format === "uint8" ? '((data >> 8) + 128).astype("u1")' : "data"}
sys.stdout.buffer.write(data.tobytes())`;
    assert.deepEqual(
      spawnSync(PYTHON, ["-c", script, file]).stdout,
      Buffer.from(data),
      "libsndfile",
    );
    if (options.format !== "float64") {
      const sox = spawnSync("sox", ["-D", "-t", "wav", "-", "-t", "raw", "-"], {
        input: kept.bytes(),
      });
      assert.deepEqual(sox.stdout, Buffer.from(data), "SoX");
      const read = `
import sys, wave
sys.stdout.buffer.write(wave.open(sys.argv[1]).readframes(10000))`;
      assert.deepEqual(spawnSync(PYTHON, ["-c", read, file]).stdout, Buffer.from(data), "wave");
    }
  }
});

test("a stream has its metadata before the samples, and none can be added", async () => {
  const kept = keeping();
  const metadata = { info: { INAM: "through the pipe" }, cues: [{ position: 3, label: "x" }] };
  const writer = await WavWriter.create(kept.stream, { ...STEREO, metadata });
  assert.throws(() => writer.addCue({ position: 1 }), hasCode("format-not-supported"));
  assert.throws(() => writer.setMetadata({}), hasCode("format-not-supported"));
  assert.deepEqual(writer.metadata, metadata);
  await writer.write(DATA);
  await writer.close();
  const bytes = kept.bytes();
  const data = bytes.byteLength - DATA.byteLength;
  assert.equal(bytes.toString("latin1", data - 8, data - 4), "data");
  assert.ok(bytes.subarray(0, data).includes("through the pipe"));
  assert.ok(bytes.subarray(0, data).includes("labl"));
});

test("a stream cannot be RF64, and a locked one is refused", async () => {
  const kept = keeping();
  const options = { ...STEREO, container: "rf64" } as const;
  await assert.rejects(WavWriter.create(kept.stream, options), RangeError);
  assert.equal(kept.bytes().byteLength, 0);
  const web = new WritableStream<Uint8Array>();
  await assert.rejects(WavWriter.create(web, options), RangeError);
  const lock = web.getWriter(); // it was given back
  await assert.rejects(WavWriter.create(web, STEREO), TypeError);
  lock.releaseLock();
});

test("a write waits until the stream has taken it", async () => {
  let release = (): void => {};
  const slow = new Writable({
    highWaterMark: 1,
    write: (_chunk, _encoding, done) => {
      release = done;
    },
  });
  const created = WavWriter.create(slow, STEREO);
  await new Promise(setImmediate);
  release();
  const writer = await created;
  let written = false;
  const write = writer.write(DATA).then(() => {
    written = true;
  });
  await new Promise(setImmediate);
  assert.equal(written, false);
  release();
  await write;
});

test("the caller's memory is free again when a write to a stream is done", async () => {
  const through = new PassThrough({ highWaterMark: 2 ** 20 });
  const writer = await WavWriter.create(through, STEREO);
  const block = Int16Array.of(1, 2, 3, 4);
  await writer.write(block);
  block.fill(9);
  await writer.close();
  const bytes = Buffer.concat(await through.toArray());
  assert.deepEqual([...bytes.subarray(44)], [1, 0, 2, 0, 3, 0, 4, 0]);
});

test("a stream that fails makes writes fail, and nothing else", async () => {
  const failing = (): Writable => {
    let writes = 0;
    return new Writable({
      write: (_chunk, _encoding, done) => done(writes++ === 0 ? null : new Error("wire cut")),
    });
  };
  const refused = hasCode("file-not-writable");
  const node = await WavWriter.create(failing(), STEREO);
  await assert.rejects(node.write(DATA), /the stream: wire cut/);
  await assert.rejects(node.write(DATA), refused);
  await assert.rejects(node.close(), refused);
  assert.equal(node.length, 0);

  const stuck = new Writable({ write: () => {} });
  const creating = WavWriter.create(stuck, STEREO);
  setImmediate(() => stuck.destroy());
  await assert.rejects(creating, refused);

  const broken = keeping().stream;
  broken.destroy();
  await assert.rejects(WavWriter.create(broken, STEREO), refused);

  const quitting = keeping().stream;
  const quit = await WavWriter.create(quitting, STEREO);
  quitting.destroy(new Error("the user's own"));
  await new Promise(setImmediate);
  await assert.rejects(quit.write(DATA), /the user's own/);
  await assert.rejects(quit.close(), refused);

  let chunks = 0;
  const web = await WavWriter.create(
    new WritableStream<Uint8Array>({
      write: () => {
        if (chunks++ > 0) {
          throw new Error("web cut");
        }
      },
    }),
    STEREO,
  );
  await assert.rejects(web.write(DATA), /the stream: web cut/);
  await assert.rejects(web.close(), refused);
});

test("what is no target is refused", async () => {
  for (const wrong of [undefined, null, 5, {}, [], new Uint8Array(4), () => {}, new Map()]) {
    await assert.rejects(WavWriter.create(wrong as never, STEREO), TypeError);
  }
});

test("a file in memory is given as a copy", async () => {
  const memory = new WavBytes();
  const writer = await WavWriter.create(memory, STEREO);
  const before = memory.toUint8Array();
  await writer.write(DATA);
  await writer.close();
  assert.equal(before.byteLength, 80);
  memory.toUint8Array().fill(0);
  assert.deepEqual(Buffer.from(memory.toUint8Array().subarray(80)), Buffer.from(DATA));
});
