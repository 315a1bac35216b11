import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import { bytesPerFrame, SAMPLE_FORMATS, type SampleFormat } from "../../src/format.js";
import {
  AudioError,
  type Gap,
  play,
  Recording,
  readFlac,
  readWav,
  record,
  type SaveOptions,
} from "../../src/index.js";
import { FrameStore } from "../../src/recording/frame-store.js";
import { convertFrames } from "../../src/samples.js";
import { requireTool } from "../rig/tools.js";
import { seededBytes, temporaryFolder } from "../wav/files.js";
import { byReference, decoded, flacOf, soundOf } from "./files.js";

function made(format: SampleFormat, bytes: Uint8Array, gaps: readonly Gap[] = []): Recording {
  const store = new FrameStore(format, 2);
  store.append(bytes, bytes.byteLength / bytesPerFrame(format, 2));
  return new Recording(store, { sampleRate: 8000, gaps });
}

describe("save", () => {
  for (const format of SAMPLE_FORMATS) {
    test(`a take of ${format} is a FLAC file of the samples, rounded where FLAC has them not`, async (t) => {
      const file = path.join(temporaryFolder(t), "take.FLAC");
      const bytes = seededBytes(20_000 * bytesPerFrame(format, 2), 3);
      const take = made(format, bytes);
      await take.save(file);
      const target =
        format === "int8" || format === "uint8" || format === "int16" ? "int16" : "int24";
      const expected = new Uint8Array(20_000 * bytesPerFrame(target, 2));
      convertFrames({ bytes, format, channels: 2 }, undefined, 20_000, expected, target);
      const { samples, reader } = await decoded(file);
      assert.deepEqual(samples, expected);
      assert.deepEqual([reader.format, reader.sampleRate, reader.warnings], [target, 8000, []]);
      const back = await readFlac(file);
      assert.deepEqual([back.length, back.format, back.sampleRate], [20_000, target, 8000]);
    });
  }

  test("a FLAC file can be asked for by name, by format and by level", async (t) => {
    const folder = temporaryFolder(t);
    const file = path.join(folder, "take.bin");
    const bytes = soundOf(10_000, 2, "int24");
    const take = made("int24", bytes);
    await take.save(file, { container: "flac", level: 0 });
    const fast = readFileSync(file).byteLength;
    assert.deepEqual((await decoded(file)).samples, bytes);
    await take.save(file, { container: "flac", level: 8 });
    assert.ok(readFileSync(file).byteLength < fast);
    await take.save(file, { container: "flac", format: "int16" });
    assert.equal((await decoded(file)).reader.format, "int16");
    await take.save(path.join(folder, "take.flac"), { container: "wav" });
    assert.equal((await readWav(path.join(folder, "take.flac"))).length, 10_000);
    assert.deepEqual(readdirSync(folder).sort(), ["take.bin", "take.flac"]);
  });

  test("gaps and metadata are in the file, and gaps come back with it", async (t) => {
    const file = path.join(temporaryFolder(t), "take.flac");
    const gaps: Gap[] = [
      { position: 100, frames: 50, cause: "overrun" },
      { position: 300, frames: 7, cause: "buffer-full" },
    ];
    const take = made("int16", soundOf(1000, 2, "int16"), gaps);
    await take.save(file, { metadata: { info: { INAM: "x" }, cues: [{ position: 5 }] } });
    const back = await readFlac(file);
    assert.deepEqual(back.gaps, gaps);
    assert.deepEqual((await decoded(file)).reader.comments, [
      { name: "TITLE", value: "x" },
      { name: "GAP", value: "100;50;overrun" },
      { name: "GAP", value: "300;7;buffer-full" },
      { name: "CUE", value: "5;0;" },
    ]);
  });

  test("an empty take, and one that was recorded, come back as they are", async (t) => {
    if (!requireTool(t, "flac")) {
      return;
    }
    const file = path.join(temporaryFolder(t), "take.flac");
    const take = await record({ frames: 12_345, device: "virtual:ramp?rate=8000&pace=fast" });
    await take.slice(0, 0).save(file);
    assert.equal((await readFlac(file)).length, 0);
    const whole = await record({
      frames: 12_345,
      device: "virtual:ramp?rate=8000&pace=fast",
      format: "int16",
    });
    await whole.save(file);
    const expected = whole.toInterleaved();
    assert.deepEqual((await readFlac(file)).toInterleaved(), expected);
    assert.deepEqual(byReference(file), new Uint8Array(expected.buffer));
  });

  test("existing files are replaced, or kept when asked, and wrong options leave no trace", async (t) => {
    const folder = temporaryFolder(t);
    const file = path.join(folder, "take.flac");
    writeFileSync(file, "precious");
    const take = made("int16", soundOf(100, 2, "int16"));
    const coded = (code: string) => (error: unknown) =>
      error instanceof AudioError && error.code === code;
    await assert.rejects(take.save(file, { overwrite: false }), coded("file-exists"));
    for (const [options, wanted] of [
      [{ format: "float32" }, coded("format-not-supported")],
      [{ format: "uint8" }, coded("format-not-supported")],
      [{ format: "int17" }, RangeError],
      [{ format: 16 }, TypeError],
      [{ level: 9 }, RangeError],
      [{ level: "5" }, TypeError],
      [{ container: "mp3" }, RangeError],
      [{ container: 1 }, TypeError],
      [{ container: null }, TypeError],
      [{ container: "wav", level: 5 }, TypeError],
      [{ metadata: { id3: new Uint8Array(1) } }, coded("format-not-supported")],
      [{ metadata: { infos: {} } }, TypeError],
      [{ levels: 5 }, /did you mean `level`/],
    ] as const) {
      await assert.rejects(
        take.save(file, options as SaveOptions),
        wanted,
        JSON.stringify(options),
      );
    }
    assert.equal(readFileSync(file, "utf8"), "precious");
    await take.save(file);
    assert.equal((await readFlac(file)).length, 100);
    assert.deepEqual(readdirSync(folder), ["take.flac"]);
  });
});

test("a FLAC file is played as often as asked, and one that is cut up to its last whole block", async (t) => {
  const file = path.join(temporaryFolder(t), "sound.flac");
  const spec = { sampleRate: 8000, channels: 1, format: "int16" } as const;
  const whole = await flacOf(soundOf(9000, 1, "int16"), spec);
  const device = "virtual:sink?rate=8000&pace=fast";
  writeFileSync(file, whole);
  const played = await play(file, { device, loop: 3 });
  assert.deepEqual([played.frames, played.completed], [27_000, true]);
  writeFileSync(file, whole.subarray(0, -1));
  const seen: number[] = [];
  const cut = await play(file, { device, onProgress: ({ totalFrames }) => seen.push(totalFrames) });
  // Blocks of 2048 frames at this rate.
  assert.equal(cut.frames, 8192);
  assert.equal(seen.at(-1), cut.frames);
});
