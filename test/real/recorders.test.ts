import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { Recorder, readWav } from "../../src/index.js";
import { assertCounters } from "../rig/counter.js";
import { temporaryFolder } from "../wav/files.js";

const SECONDS = process.env.ROOMTONE_LONG === "1" ? 60 : 15;

test(`eight recorders to files at once lose nothing in ${SECONDS} s`, {
  timeout: 180_000,
}, async (t) => {
  const folder = temporaryFolder(t);
  const recorders = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      Recorder.open({
        device: "virtual:ramp?rate=48000",
        format: "int16",
        channels: 2,
        file: path.join(folder, `${index}.wav`),
        seconds: SECONDS,
      }),
    ),
  );
  await Promise.all(recorders.map((recorder) => recorder.start()));
  const results = await Promise.all(recorders.map(({ finished }) => finished));
  for (const { files, gaps, frames } of results) {
    assert.deepEqual(gaps, []);
    assert.equal(frames, SECONDS * 48_000);
    const samples = (await readWav(files[0]?.path ?? "")).toInterleaved();
    assert.equal(samples.length, frames * 2);
    assertCounters(samples, 0, files[0]?.path, 2);
  }
});
