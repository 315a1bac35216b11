import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Recorder, virtualDevice } from "../../src/index.js";
import { readIndex } from "../../src/recording/files/index-file.js";
import { WavWriter } from "../../src/wav/writer.js";
import { makeRamp, rampBytes, verifyRamp } from "../rig/ramp.js";
import { temporaryFolder } from "../wav/files.js";

const RATE = 8000;
const SPLITS = 1000;
/** Not a whole number of blocks, windows or anything else. */
const FRAMES = 397;
const LIMIT = { timeout: 120_000 };

test("a thousand splits lose and repeat no frame", LIMIT, async (t) => {
  const folder = temporaryFolder(t);
  const source = join(folder, "source.wav");
  const total = SPLITS * FRAMES + 123;
  await using writer = await WavWriter.create(source, {
    sampleRate: RATE,
    channels: 1,
    format: "int16",
  });
  await writer.write(rampBytes(makeRamp({ frames: total })));
  await writer.close();

  const index = join(folder, "index.jsonl");
  await using recorder = await Recorder.open({
    device: virtualDevice("file", { path: source, pace: "fast" }),
    format: "int16",
    file: join(folder, "part-{index:5}.wav"),
    split: { frames: FRAMES },
    index,
  });
  await recorder.start();
  const { files, frames, reason } = await recorder.finished;
  assert.equal(reason, "source-ended");
  assert.equal(frames, total);
  assert.equal(files.length, SPLITS + 1);

  const joined = new Int16Array(total);
  let at = 0;
  for (const [number, { path, position, frames: length }] of files.entries()) {
    assert.equal(path, join(folder, `part-${String(number + 1).padStart(5, "0")}.wav`));
    assert.equal(position, at);
    assert.equal(length, number < SPLITS ? FRAMES : 123);
    joined.set(framesOf(await readFile(path)), at);
    at += length;
  }
  const report = verifyRamp(joined);
  assert.deepEqual(
    { ...report, breaks: report.breaks.length },
    { start: 0, frames: total, lost: 0, repeated: 0, silent: 0, breaks: 0 },
  );
  const entries = await readIndex(index);
  assert.deepEqual(
    entries.map((entry) => [entry.file, entry.position, entry.frames]),
    files.map((file) => [file.path.slice(folder.length + 1), file.position, file.frames]),
  );
  assert.equal(readdirSync(folder).length, files.length + 2);
});

/** The samples behind the header: read here, not by roomtone's own reader. */
function framesOf(file: Buffer): Int16Array {
  const data = file.indexOf("data", 12, "latin1");
  const bytes = file.readUInt32LE(data + 4);
  return new Int16Array(new Uint8Array(file.subarray(data + 8, data + 8 + bytes)).buffer);
}
