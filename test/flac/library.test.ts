import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { FlacDecoder } from "../../src/flac/decoder.js";
import { FlacEncoder } from "../../src/flac/encoder.js";
import { LibFlac } from "../../src/flac/library.js";
import { runScript } from "../rig/child.js";
import { flacOf, soundOf } from "./files.js";

const SPEC = { sampleRate: 8192, channels: 2, format: "int16", level: 5 } as const;
const CHILD = fileURLToPath(new URL("library.child.js", import.meta.url));

test("the library is loaded when the first file is written, without a trace in the global object", async () => {
  const { code, stdout, stderr } = await runScript(CHILD);
  assert.equal(code, 0, stderr);
  assert.equal(stderr, "");
  assert.deepEqual(JSON.parse(stdout), {
    compiledByImport: 0,
    compiledByWriting: 1,
    newGlobals: [],
    sameFetch: true,
    newListeners: 0,
  });
});

test("it works in workers, in several at once", async () => {
  const expected = await flacOf(soundOf(30_000, 2, "int16", 4), SPEC);
  const files = await Promise.all(
    [0, 1, 2].map(
      () =>
        new Promise<Uint8Array>((resolve, reject) => {
          const worker = new Worker(CHILD, { workerData: "write" });
          worker.once("message", resolve);
          worker.once("error", reject);
        }),
    ),
  );
  for (const file of files) {
    assert.deepEqual(file, expected);
  }
});

test("an encoder that is ended or closed says so", async () => {
  const encoder = await FlacEncoder.create(SPEC);
  encoder.encode(soundOf(10, 2, "int16"));
  assert.equal(encoder.finish().length, 1);
  assert.throws(() => encoder.encode(new Uint8Array(4)), /was ended/);
  assert.throws(() => encoder.finish(), /was ended/);
  encoder.close();
  encoder.close();
});

test("two hundred encoders at once, and thousands one after the other, find their memory", async () => {
  const encoders = await Promise.all(Array.from({ length: 200 }, () => FlacEncoder.create(SPEC)));
  const sound = soundOf(5000, 2, "int16");
  const frames = encoders.map((encoder) => encoder.encode(sound).length);
  assert.deepEqual(new Set(frames), new Set([1]));
  for (const encoder of encoders) {
    encoder.close();
  }
  for (let turn = 0; turn < 3000; turn++) {
    const encoder = await FlacEncoder.create(SPEC);
    encoder.encode(sound.subarray(0, 400));
    encoder.close();
  }
});

test("an instance that broke is not used again", async () => {
  const library = await LibFlac.take();
  assert.throws(
    () =>
      library.run(() => {
        library.functions.FLAC__stream_decoder_process_single(0x7fff_0000);
      }),
    /memory access out of bounds/,
  );
  library.release(() => {});
  for (let turn = 0; turn < 10; turn++) {
    const other = await LibFlac.take();
    assert.notEqual(other, library);
  }
});

test("a decoder whose library breaks tells that the file cannot be decoded", async () => {
  const encoder = await FlacEncoder.create(SPEC);
  const decoder = await FlacDecoder.create(encoder.streamInfo);
  const broken = new Proxy(new Uint8Array(100), {
    get: () => {
      throw new WebAssemblyTrap();
    },
  });
  assert.throws(() => decoder.step(broken), { code: "malformed-file" });
  decoder.close();
  encoder.close();
});

class WebAssemblyTrap extends Error {
  override readonly name = "WebAssemblyTrap";
}
