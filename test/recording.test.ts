import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { bytesPerFrame, SAMPLE_FORMATS, type SampleFormat } from "../src/format.js";
import {
  type Gap,
  Recording,
  readWav,
  record,
  type SampleArray,
  type SaveOptions,
} from "../src/index.js";
import { FrameStore } from "../src/recording/frame-store.js";
import { convertFrames } from "../src/samples.js";
import { WAV_SAMPLE_FORMATS } from "../src/wav/header.js";
import { assertCounters, counterAt } from "./rig/counter.js";
import { seededRandom } from "./rig/random.js";

/** A whole number of segments of a recording's memory and some more, so that reads go over their borders. */
const LONG = 2 ** 17 + 1234;

/** A take of `virtual:ramp`, as int16 in two channels unless told otherwise. */
function ramp(frames: number, format: SampleFormat = "int16", channels = 2): Promise<Recording> {
  return record({ frames, device: "virtual:ramp?rate=8000&pace=fast", format, channels });
}

/** A recording of given int16 frames. */
function made(values: readonly number[], channels: number, gaps: readonly Gap[] = []): Recording {
  const store = new FrameStore("int16", channels);
  const bytes = new Uint8Array(Int16Array.from(values).buffer);
  store.append(bytes, values.length / channels);
  const startedAt = new Date(1_700_000_000_000);
  return new Recording(store, { sampleRate: 1000, startedAt, gaps });
}

describe("the shape of an AudioBuffer", () => {
  test("length, duration, channels and rate agree", async () => {
    const take = await ramp(12_000);
    assert.equal(take.length, 12_000);
    assert.equal(take.sampleRate, 8000);
    assert.equal(take.duration, 1.5);
    assert.equal(take.numberOfChannels, 2);
  });

  for (const format of ["int16", "int24", "int32", "float32"] satisfies SampleFormat[]) {
    test(`getChannelData gives all samples of a channel with full scale 1 (${format})`, async () => {
      const take = await ramp(LONG, format);
      const expected = Float32Array.from({ length: LONG }, (_, i) => counterAt(i) / 32_768);
      assert.deepEqual(take.getChannelData(0), expected);
      assert.deepEqual(take.getChannelData(1), expected);
    });
  }

  test("getChannelData gives the same array each time, and one of its own for each channel", () => {
    const take = made([1, 2, 3, 4], 2);
    const data = take.getChannelData(0);
    assert.equal(take.getChannelData(0), data);
    assert.notEqual(take.getChannelData(1), data);
    data.fill(9);
    assert.deepEqual([...take.toInterleaved()], [1, 2, 3, 4]);
    assert.deepEqual([...take.getChannelData(1)], [2 / 32_768, 4 / 32_768]);
  });

  test("copyFromChannel copies as many as there are and fit", () => {
    const take = made([0, 16_384, -32_768, 8192], 1);
    for (const [length, offset, expected] of [
      [4, undefined, [0, 0.5, -1, 0.25]],
      [2, 1, [0.5, -1]],
      [3, 3, [0.25, 9, 9]],
      [2, 4, [9, 9]],
      [0, 0, []],
    ] as const) {
      const target = new Float32Array(length).fill(9);
      take.copyFromChannel(target, 0, offset);
      assert.deepEqual([...target], [...expected]);
    }
  });

  test("copyFromChannel reads over the borders of its memory at any place", async () => {
    const take = await ramp(LONG, "int16", 1);
    const random = seededRandom(3);
    for (let round = 0; round < 50; round++) {
      const offset = random(LONG);
      const target = new Float32Array(random(LONG - offset + 1));
      take.copyFromChannel(target, 0, offset);
      assertCounters(
        target.map((sample) => sample * 32_768),
        offset,
      );
    }
  });

  for (const format of SAMPLE_FORMATS) {
    test(`toInterleaved gives the samples as they were recorded (${format})`, async () => {
      const take = await ramp(70_000, format);
      const samples = take.toInterleaved();
      const kinds: Readonly<Record<SampleFormat, { new (length: number): SampleArray }>> = {
        int8: Int8Array,
        uint8: Uint8Array,
        int16: Int16Array,
        int24: Uint8Array,
        int32: Int32Array,
        float32: Float32Array,
      };
      assert.ok(samples instanceof kinds[format]);
      assert.equal(samples.byteLength, 70_000 * bytesPerFrame(format, 2));
      assert.notEqual(take.toInterleaved(), samples);
      if (format !== "int8" && format !== "uint8") {
        const words = new Uint8Array(70_000 * 4);
        convertFrames(
          { bytes: new Uint8Array(samples.buffer), format, channels: 2 },
          undefined,
          70_000,
          words,
          "int16",
        );
        assertCounters(new Int16Array(words.buffer), 0, format, 2);
      }
    });
  }

  test("channels that are not there are a RangeError, and what is no channel a TypeError", () => {
    const take = made([1, 2, 3, 4], 2);
    const target = new Float32Array(2);
    for (const channel of [-1, 2, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => take.getChannelData(channel), RangeError);
      assert.throws(() => take.copyFromChannel(target, channel), RangeError);
    }
    for (const channel of ["0", null, undefined, {}]) {
      assert.throws(() => take.getChannelData(channel as unknown as number), TypeError);
      assert.throws(() => take.copyFromChannel(target, channel as unknown as number), TypeError);
    }
    for (const wrong of [new Float64Array(2), [0, 0], null, undefined]) {
      assert.throws(() => take.copyFromChannel(wrong as unknown as Float32Array, 0), TypeError);
    }
    for (const offset of [-1, 3, 0.5, Number.NaN]) {
      assert.throws(() => take.copyFromChannel(target, 0, offset), RangeError);
    }
    assert.throws(() => take.copyFromChannel(target, 0, "1" as unknown as number), TypeError);
  });
});

describe("slice", () => {
  const values = Array.from({ length: 20 }, (_, index) => index);

  test("gives what Array.prototype.slice gives, for every start and end", () => {
    const take = made(values, 1);
    const ends = [undefined, -25, -20, -7, -1, 0, 1, 7, 19, 20, 25, -0, 3.7, -3.7, 1e9];
    for (const start of ends) {
      for (const end of ends) {
        const part = take.slice(start, end);
        assert.deepEqual([...part.toInterleaved()], values.slice(start, end), `${start} ${end}`);
        assert.equal(part.length, values.slice(start, end).length);
      }
    }
    assert.equal(take.slice(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY).length, 20);
  });

  test("of a slice counts from the slice", () => {
    const part = made(values, 1).slice(5, 15).slice(2, -2);
    assert.deepEqual([...part.toInterleaved()], [7, 8, 9, 10, 11, 12]);
    assert.deepEqual(
      [...part.getChannelData(0)],
      [7, 8, 9, 10, 11, 12].map((value) => value / 32_768),
    );
  });

  test("moves and cuts the gaps", () => {
    const take = made(values, 1, [
      { position: 2, frames: 4, cause: "overrun" },
      { position: 10, frames: 3, cause: "stall" },
      { position: 18, frames: 2, cause: "buffer-full" },
    ]);
    assert.deepEqual(take.slice(4, 11).gaps, [
      { position: 0, frames: 2, cause: "overrun" },
      { position: 6, frames: 1, cause: "stall" },
    ]);
    assert.deepEqual(take.slice(6, 10).gaps, []);
    assert.deepEqual(take.slice(-1).gaps, [{ position: 0, frames: 1, cause: "buffer-full" }]);
    assert.deepEqual(take.slice(4, 15).slice(7).gaps, [{ position: 0, frames: 2, cause: "stall" }]);
    assert.deepEqual(take.slice().gaps, take.gaps);
  });

  test("begins as much later as it leaves away", () => {
    const take = made(values, 1);
    assert.equal(take.slice(5).startedAt?.getTime(), 1_700_000_000_005);
    assert.equal(take.slice(5).slice(5).startedAt?.getTime(), 1_700_000_000_010);
    assert.equal(take.startedAt?.getTime(), 1_700_000_000_000);
  });

  test("keeps device, rate, channels and format", async () => {
    const take = await ramp(100, "int24");
    const part = take.slice(10, 20);
    assert.equal(part.device, take.device);
    assert.deepEqual(
      [part.sampleRate, part.numberOfChannels, part.format, part.duration],
      [8000, 2, "int24", 10 / 8000],
    );
  });

  test("refuses what is no number of frames", () => {
    const take = made(values, 1);
    for (const wrong of ["1", null, {}, Number.NaN, 1n]) {
      assert.throws(() => take.slice(wrong as unknown as number), TypeError);
      assert.throws(() => take.slice(0, wrong as unknown as number), TypeError);
    }
  });
});

describe("save", () => {
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "roomtone-"));
  });
  after(async () => {
    await rm(folder, { recursive: true });
  });

  for (const recorded of SAMPLE_FORMATS) {
    for (const format of WAV_SAMPLE_FORMATS) {
      test(`a take of ${recorded} saved as ${format} reads back as its conversion`, async () => {
        const take = await record({
          frames: 70_001,
          device: "virtual:noise?rate=44100&seed=5&pace=fast",
          format: recorded,
          channels: 2,
        });
        const path = join(folder, `${recorded} as ${format}.wav`);
        await take.save(path, { format });
        const back = await readWav(path);
        assert.deepEqual(
          [back.format, back.length, back.sampleRate, back.numberOfChannels],
          [format, 70_001, 44_100, 2],
        );
        const expected = new Uint8Array(70_001 * bytesPerFrame(format, 2));
        convertFrames(
          { bytes: new Uint8Array(take.toInterleaved().buffer), format: recorded, channels: 2 },
          undefined,
          70_001,
          expected,
          format,
        );
        const samples = back.toInterleaved();
        const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
        assert.equal(Buffer.compare(bytes, expected), 0);
      });
    }
  }

  test("is in the recorded format by default, and int8, which WAV has not, as uint8", async () => {
    for (const format of SAMPLE_FORMATS) {
      const path = join(folder, `default ${format}.wav`);
      const take = await ramp(300, format);
      await take.save(path);
      const back = await readWav(path);
      assert.equal(back.format, format === "int8" ? "uint8" : format);
      assert.deepEqual(back.getChannelData(0), take.getChannelData(0));
    }
  });

  test("saves a slice, a take of many channels, and a take of nothing", async () => {
    const path = join(folder, "part.wav");
    await (await ramp(LONG)).slice(65_000, 66_000).save(path);
    const part = await readWav(path);
    assert.equal(part.length, 1000);
    assertCounters(part.toInterleaved(), 65_000, "the slice", 2);

    const device = "virtual:ramp?rate=8000&channels=8&pace=fast";
    await (await record({ frames: 50, device, channels: 8, format: "int16" })).save(path);
    const wide = await readWav(path);
    assert.equal(wide.numberOfChannels, 8);
    assertCounters(wide.toInterleaved(), 0, "eight channels", 8);

    await made([], 1).save(path);
    assert.equal((await readWav(path)).length, 0);
  });

  test("replaces an existing file, unless overwrite is false", async () => {
    const path = join(folder, "exists.wav");
    await writeFile(path, "precious");
    const take = made([1, 2, 3], 1);
    await assert.rejects(take.save(path, { overwrite: false }), {
      name: "AudioError",
      code: "file-exists",
    });
    assert.equal(await readFile(path, "utf8"), "precious");
    await take.save(path);
    assert.equal((await readWav(path)).length, 3);
    await take.slice(1).save(path, { overwrite: true });
    assert.equal((await readWav(path)).length, 2);
    await take.save(join(folder, "new.wav"), { overwrite: false });
  });

  test("a directory that does not exist and a directory as path are told by name", async () => {
    const take = made([1, 2, 3], 1);
    const nowhere = join(folder, "nowhere", "take.wav");
    await assert.rejects(take.save(nowhere), { code: "file-not-writable", message: /nowhere/ });
    const inFile = join(folder, "file", "take.wav");
    await writeFile(join(folder, "file"), "");
    await assert.rejects(take.save(inFile), { code: "file-not-writable" });
    const place = join(folder, "place");
    await mkdir(place);
    await assert.rejects(take.save(place), { code: "file-not-writable", message: /directory/ });
    assert.deepEqual(await readdir(place), []);
  });

  test("a failure in the middle leaves nothing new, and the old file as it was", async () => {
    const place = join(folder, "failures");
    await mkdir(place);
    const path = join(place, "take.wav");
    await writeFile(path, "precious");
    const fault = new Error("the memory is gone");
    class BrokenStore extends FrameStore {
      override *runs(): Generator<Uint8Array, void, undefined> {
        yield new Uint8Array(2000);
        throw fault;
      }
    }
    const store = new BrokenStore("int16", 1);
    store.appendSilence(100_000);
    const take = new Recording(store, { sampleRate: 8000 });
    await assert.rejects(take.save(path), (error) => error === fault);
    assert.deepEqual(await readdir(place), ["take.wav"]);
    assert.equal(await readFile(path, "utf8"), "precious");
  });

  test("two saves to one path at once leave one whole file", async () => {
    const place = join(folder, "twice");
    await mkdir(place);
    const path = join(place, "take.wav");
    const short = await ramp(10);
    const long = await ramp(LONG);
    await Promise.all([long.save(path), short.save(path), long.save(path)]);
    assert.deepEqual(await readdir(place), ["take.wav"]);
    assert.ok([10, LONG].includes((await readWav(path)).length));
  });

  test("a name as long as the file system takes is saved", async () => {
    const path = join(folder, `${"x".repeat(251)}.wav`);
    await made([1, 2, 3], 1).save(path);
    assert.equal((await readWav(path)).length, 3);
  });

  test("wrong arguments are refused before anything is touched", async () => {
    const place = join(folder, "arguments");
    await mkdir(place);
    const take = made([1, 2, 3], 1);
    const path = join(place, "take.wav");
    for (const wrong of [null, undefined, 5, {}, Buffer.from(path)]) {
      await assert.rejects(take.save(wrong as unknown as string), TypeError);
    }
    await assert.rejects(take.save(""), RangeError);
    for (const options of [
      null,
      5,
      "int16",
      { fromat: "int16" },
      { format: 16 },
      { format: null },
      { overwrite: 1 },
      { overwrite: null },
    ]) {
      await assert.rejects(
        take.save(path, options as unknown as SaveOptions),
        TypeError,
        JSON.stringify(options),
      );
    }
    for (const format of ["int8", "mp3", "", "INT16"]) {
      const options: unknown = { format };
      await assert.rejects(take.save(path, options as SaveOptions), RangeError, format);
    }
    assert.deepEqual(await readdir(place), []);
  });
});
