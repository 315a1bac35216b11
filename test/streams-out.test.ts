import assert from "node:assert/strict";
import { PassThrough, type Readable, Writable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { describe, test } from "node:test";
import {
  InputStream,
  type PackOptions,
  type Recording,
  type RecordingReadableOptions,
  readWav,
  record,
  type SampleFormat,
} from "../src/index.js";
import { WavReader } from "../src/wav/reader.js";
import { assertCounters } from "./rig/counter.js";
import { int16s } from "./rig/loopback.js";

const FAST = "virtual:ramp?rate=16000&pace=fast";

function take(frames: number, format: SampleFormat = "int16", channels = 1): Promise<Recording> {
  return record({ device: FAST, frames, format, channels, progress: false });
}

function bytesOf(recording: Recording): Buffer {
  const { buffer: memory, byteOffset, byteLength } = recording.toInterleaved();
  return Buffer.from(memory, byteOffset, byteLength);
}

async function chunksOf(source: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) {
    chunks.push(chunk);
  }
  return chunks;
}

function samplesIn(chunks: readonly Uint8Array[]): number[] {
  return int16s(new Uint8Array(Buffer.concat(chunks)));
}

/** Both kinds of streams of a recording. */
const RECORDING_READS: readonly [
  string,
  (
    recording: Recording,
    options?: RecordingReadableOptions,
  ) => Readable | ReadableStream<Uint8Array>,
][] = [
  ["toReadable", (recording, options) => recording.toReadable(options)],
  ["toWebReadable", (recording, options) => recording.toWebReadable(options)],
];

for (const [name, read] of RECORDING_READS) {
  describe(`${name} of a recording`, { concurrency: 2, timeout: 60_000 }, () => {
    test("gives the recorded bytes, again and again", async () => {
      const recording = await take(200_001, "int16", 2);
      for (let round = 0; round < 2; round++) {
        assert.deepEqual(Buffer.concat(await chunksOf(read(recording))), bytesOf(recording));
      }
    });

    test("gives a part for a part", async () => {
      const part = (await take(5000)).slice(1000, 3000);
      assertCounters(samplesIn(await chunksOf(read(part))), 1000);
    });

    test("what is done to a chunk does not touch the recording", async () => {
      const recording = await take(1000);
      for (const chunk of await chunksOf(read(recording))) {
        chunk.fill(0x55);
      }
      assertCounters(samplesIn([bytesOf(recording)]), 0);
    });

    for (const format of ["uint8", "int16", "int24", "int32", "float32"] as const) {
      test(`gives a WAV file with its true length, as ${format}`, async () => {
        const recording = await take(3001, "float32");
        const file = Buffer.concat(await chunksOf(read(recording, { container: "wav", format })));
        const again = await readWav(file);
        assert.equal(again.format, format);
        assert.equal(again.sampleRate, 16_000);
        assert.equal(again.length, 3001);
        const reader = await WavReader.open(file);
        assert.deepEqual(reader.warnings, []);
        assert.equal(file.readUInt32LE(4) + 8, file.byteLength);
        const raw = Buffer.concat(await chunksOf(read(recording, { format })));
        assert.deepEqual(bytesOf(again), raw);
        assert.equal(file.byteLength % 2, 0);
      });
    }

    test("gives int8 as it is, and uint8 in a WAV, which has no int8", async () => {
      const recording = await take(300, "int8");
      assert.deepEqual(Buffer.concat(await chunksOf(read(recording))), bytesOf(recording));
      const file = Buffer.concat(await chunksOf(read(recording, { container: "wav" })));
      assert.equal((await readWav(file)).format, "uint8");
      assert.throws(() => read(recording, { container: "wav", format: "int8" }), {
        name: "RangeError",
        message: /int8/,
      });
    });

    test("gives chunks of exactly the asked length, the last one shorter", async () => {
      const recording = await take(16_000 + 7);
      const chunks = await chunksOf(read(recording, { chunkSeconds: 0.1 }));
      assert.deepEqual(
        chunks.map(({ byteLength }) => byteLength),
        [...Array.from({ length: 10 }, () => 3200), 14],
      );
      assertCounters(samplesIn(chunks), 0);
      const header = await chunksOf(read(recording, { chunkSeconds: 0.5, container: "wav" }));
      assert.deepEqual(
        header.map(({ byteLength }) => byteLength),
        [44, 16_000, 16_000, 14],
      );
    });

    test("of nothing gives nothing, or a WAV file without frames", async () => {
      const nothing = (await take(10)).slice(0, 0);
      assert.equal(Buffer.concat(await chunksOf(read(nothing))).byteLength, 0);
      const file = Buffer.concat(await chunksOf(read(nothing, { container: "wav" })));
      assert.equal((await readWav(file)).length, 0);
    });

    test("refuses wrong options", async () => {
      const recording = await take(10);
      for (const [options, error] of WRONG) {
        assert.throws(() => read(recording, options as RecordingReadableOptions), { name: error });
      }
      for (const [format, error] of [
        [1, "TypeError"],
        [null, "TypeError"],
        ["float64", "RangeError"],
      ]) {
        assert.throws(() => read(recording, { format } as RecordingReadableOptions), {
          name: error as string,
        });
      }
      assert.throws(() => read(recording, { chunkSecond: 1 } as RecordingReadableOptions), {
        message: /did you mean `chunkSeconds`/,
      });
    });
  });
}

/** Wrong options of both kinds of sources, and what they throw. */
const WRONG: readonly [unknown, string][] = [
  [null, "TypeError"],
  [5, "TypeError"],
  [[], "TypeError"],
  [{ container: 1 }, "TypeError"],
  [{ container: null }, "TypeError"],
  [{ container: "mp3" }, "RangeError"],
  [{ chunkSeconds: "0.1" }, "TypeError"],
  [{ chunkSeconds: null }, "TypeError"],
  [{ chunkSeconds: 0 }, "RangeError"],
  [{ chunkSeconds: -1 }, "RangeError"],
  [{ chunkSeconds: 61 }, "RangeError"],
  [{ chunkSeconds: Number.NaN }, "RangeError"],
];

const STREAM_READS: readonly [
  string,
  (stream: InputStream, options?: PackOptions) => Readable | ReadableStream<Uint8Array>,
][] = [
  ["toReadable", (stream, options) => stream.toReadable(options)],
  ["toWebReadable", (stream, options) => stream.toWebReadable(options)],
];

for (const [name, read] of STREAM_READS) {
  describe(`${name} of a stream`, { concurrency: 2, timeout: 60_000 }, () => {
    test("gives chunks of exactly 100 ms, across blocks and gaps", async () => {
      const stream = await InputStream.open({
        device: "virtual:ramp?rate=16000&pace=fast&overrun=0.33:801",
        format: "int16",
        blockFrames: 777,
      });
      const chunks: Uint8Array[] = [];
      for await (const chunk of read(stream, { chunkSeconds: 0.1 })) {
        chunks.push(chunk);
        if (chunks.length === 25) {
          break;
        }
      }
      assert.equal(stream.state, "closed");
      assert.ok(chunks.every(({ byteLength }) => byteLength === 3200));
      const samples = samplesIn(chunks);
      assertCounters(samples.slice(0, 5280), 0);
      assert.ok(samples.slice(5280, 6081).every((sample) => sample === 0));
      assertCounters(samples.slice(6081), 6081);
    });

    test("gives a WAV file whose length nobody knows, and which is read to its end", async () => {
      const controller = new AbortController();
      const stream = await InputStream.open({
        device: "virtual:ramp?rate=16000",
        format: "int16",
        signal: controller.signal,
      });
      const file: Uint8Array[] = [];
      for await (const chunk of read(stream, { container: "wav" })) {
        file.push(chunk);
        if (file.length === 5) {
          controller.abort();
        }
      }
      const bytes = Buffer.concat(file);
      assert.equal(bytes.readUInt32LE(4), 0xffff_ffff);
      const recording = await readWav(bytes);
      assert.equal(recording.sampleRate, 16_000);
      assert.ok(recording.length >= 4 * 800, `${recording.length}`);
      assertCounters(samplesIn([bytesOf(recording)]), 0);
    });

    test("refuses wrong options, and int8 in a WAV", async () => {
      await using stream = await InputStream.open({ device: FAST, format: "int8" });
      for (const [options, error] of WRONG) {
        assert.throws(() => read(stream, options as PackOptions), { name: error });
      }
      assert.throws(() => read(stream, { container: "wav" }), { name: "RangeError" });
    });
  });
}

describe("a chunk stays a chunk", { timeout: 60_000 }, () => {
  test("through a pipeline into a writable that is slow", async () => {
    const recording = await take(16_000);
    const sizes: number[] = [];
    const slow = new Writable({
      write(chunk: Buffer, _encoding, done) {
        sizes.push(chunk.byteLength);
        setTimeout(done, 2);
      },
    });
    await pipeline(recording.toReadable({ chunkSeconds: 0.025 }), slow);
    assert.deepEqual(
      sizes,
      Array.from({ length: 40 }, () => 800),
    );
  });

  test("and is a Buffer, which streams of bytes take", async () => {
    const recording = await take(16_000);
    const [first] = await chunksOf(recording.toReadable({ chunkSeconds: 0.1 }));
    assert.ok(Buffer.isBuffer(first));
    const through = recording.toReadable({ chunkSeconds: 0.1 }).pipe(new PassThrough());
    assert.deepEqual(await buffer(through), bytesOf(recording));
  });
});
