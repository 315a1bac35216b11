import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { bytesPerFrame } from "../../src/format.js";
import { WAV_SAMPLE_FORMATS } from "../../src/wav/header.js";
import { WavReader } from "../../src/wav/reader.js";
import { openWavSync } from "../../src/wav/sync-file.js";
import { WavWriter } from "../../src/wav/writer.js";
import { seededBytes, temporaryFolder } from "./files.js";

for (const format of WAV_SAMPLE_FORMATS) {
  for (const channels of [1, 2, 6]) {
    test(`${format} in ${channels} channels comes back bit for bit, at any length`, async (t) => {
      const file = path.join(temporaryFolder(t), "take.wav");
      for (const frames of [0, 1, 2, 3, 1001]) {
        const data = seededBytes(frames * bytesPerFrame(format, channels), frames + channels);
        const options = { sampleRate: 44100, channels, format, overwrite: true };
        const writer = await WavWriter.create(file, options);
        await writer.write(data);
        assert.equal(writer.length, frames);
        await writer.close();

        const whole = readFileSync(file);
        assert.equal(whole.readUInt32LE(4), whole.byteLength - 8, "the RIFF chunk is the file");
        assert.equal(whole.byteLength % 2, 0, "odd data are padded");
        for (const source of [file, whole]) {
          await using reader = await WavReader.open(source);
          assert.equal(reader.sampleRate, 44100);
          assert.equal(reader.numberOfChannels, channels);
          assert.equal(reader.format, format);
          assert.equal(reader.length, frames);
          assert.equal(reader.duration, frames / 44100);
          assert.deepEqual(await reader.read(frames + 10), data);

          const opened = openWavSync(source);
          assert.equal(opened.sampleRate, 44100);
          assert.equal(opened.channels, channels);
          assert.equal(opened.format, format);
          assert.equal(opened.frames, frames);
          const target = new Uint8Array(data.byteLength);
          assert.equal(opened.read(target, 0, frames + 10), frames);
          assert.deepEqual(target, data);
          opened.close();
        }
      }
    });
  }
}

test("what is written in pieces is what is written at once", async (t) => {
  const folder = temporaryFolder(t);
  const data = seededBytes(3 * 2 * 1000, 9);
  const options = { sampleRate: 100, channels: 2, format: "int24" } as const;
  const once = await WavWriter.create(path.join(folder, "once.wav"), options);
  await once.write(data);
  await once.close();
  const pieces = await WavWriter.create(path.join(folder, "pieces.wav"), options);
  for (let at = 0, frames = 0; at < data.byteLength; at += frames * 6, frames = (frames + 1) % 40) {
    await pieces.write(data.subarray(at, at + frames * 6));
  }
  await pieces.close();
  assert.deepEqual(
    readFileSync(path.join(folder, "pieces.wav")),
    readFileSync(path.join(folder, "once.wav")),
  );
});
