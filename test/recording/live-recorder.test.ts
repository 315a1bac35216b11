import assert from "node:assert/strict";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type PackOptions, Recorder, readWav } from "../../src/index.js";
import { assertCounters } from "../rig/counter.js";
import { int16s } from "../rig/loopback.js";
import { temporaryFolder } from "../wav/files.js";

const FAST = "virtual:ramp?rate=8000&pace=fast";

const READS: readonly [
  string,
  (recorder: Recorder, options?: PackOptions) => AsyncIterable<Uint8Array>,
][] = [
  ["toReadable", (recorder, options) => recorder.toReadable(options)],
  ["toWebReadable", (recorder, options) => recorder.toWebReadable(options)],
];

function samplesIn(chunks: readonly Uint8Array[]): number[] {
  return int16s(new Uint8Array(Buffer.concat(chunks)));
}

for (const [name, read] of READS) {
  describe(`${name} of a recorder`, { concurrency: 2, timeout: 60_000 }, () => {
    test("starts it, gives what is recorded, and ends with it", async () => {
      await using recorder = await Recorder.open({ device: FAST, seconds: 5, format: "int16" });
      const heard = await buffer(read(recorder));
      const { recording } = await recorder.finished;
      assertCounters(samplesIn([heard]), 0);
      assert.equal(heard.byteLength, 80_000);
      assert.equal(recording?.length, 40_000);
    });

    test("gives a WAV file in chunks, while the file is written too", async (t) => {
      const file = join(temporaryFolder(t), "take.wav");
      await using recorder = await Recorder.open({
        device: FAST,
        frames: 12_345,
        format: "int16",
        file,
      });
      const chunks: Uint8Array[] = [];
      for await (const chunk of read(recorder, { container: "wav", chunkSeconds: 0.1 })) {
        chunks.push(chunk);
      }
      const { recording } = await recorder.finished;
      assert.equal(recording, undefined);
      const sizes = chunks.map(({ byteLength }) => byteLength);
      assert.deepEqual(sizes.slice(1), [...Array.from({ length: 15 }, () => 1600), 690]);
      const live = await readWav(Buffer.concat(chunks));
      assertCounters(live.toInterleaved() as Int16Array, 0);
      assert.deepEqual(live.toInterleaved(), (await readWav(file)).toInterleaved());
    });

    test("gives what is left of the processing: the channels and levels of the recording", async () => {
      await using recorder = await Recorder.open({
        device: FAST,
        channels: 2,
        frames: 8000,
        mixDown: "mono",
        gain: -6,
      });
      const heard = await buffer(read(recorder));
      const { recording } = await recorder.finished;
      assert.deepEqual(
        new Float32Array(new Uint8Array(heard).buffer),
        recording?.getChannelData(0),
      );
    });

    test("gives the same to each of two readers", async () => {
      await using recorder = await Recorder.open({ device: FAST, frames: 50_000, format: "int16" });
      const both = await Promise.all([buffer(read(recorder)), buffer(read(recorder))]);
      for (const heard of both) {
        assert.equal(heard.byteLength, 100_000);
        assertCounters(samplesIn([heard]), 0);
      }
    });

    test("a reader that leaves does not end the recording", async () => {
      await using recorder = await Recorder.open({
        device: FAST,
        frames: 2_000_000,
        format: "int16",
      });
      let read1 = 0;
      for await (const chunk of read(recorder)) {
        read1 += chunk.byteLength;
        if (read1 > 10_000) {
          break;
        }
      }
      const { frames, reason } = await recorder.finished;
      assert.deepEqual([frames, reason], [2_000_000, "frames"]);
    });

    test("a device without a clock waits for a reader that is late", async () => {
      await using recorder = await Recorder.open({
        device: FAST,
        frames: 20_000_000,
        format: "int16",
        file: "/dev/null",
        overwrite: true,
      });
      const chunks = read(recorder)[Symbol.asyncIterator]();
      await chunks.next();
      await sleep(300);
      assert.ok(recorder.stats.frames < 10_000_000, `${recorder.stats.frames} frames`);
      await chunks.return?.();
      await recorder.stop();
    });

    test("fails with the fault that ends the recording, behind all that was recorded", async () => {
      await using recorder = await Recorder.open({
        device: `${FAST}&unplug=1`,
        seconds: 3,
        format: "int16",
      });
      const chunks: Uint8Array[] = [];
      await assert.rejects(
        async () => {
          for await (const chunk of read(recorder)) {
            chunks.push(chunk);
          }
        },
        { name: "AudioError", code: "device-lost" },
      );
      assert.equal(samplesIn(chunks).length, 8000);
      await assert.rejects(recorder.finished, { code: "device-lost" });
    });

    test("of a recording that is over gives nothing", async () => {
      await using recorder = await Recorder.open({ device: FAST, frames: 100 });
      await recorder.start();
      await recorder.finished;
      assert.equal((await buffer(read(recorder))).byteLength, 0);
    });

    test("refuses wrong options", async () => {
      await using recorder = await Recorder.open({ device: FAST, frames: 100 });
      for (const [options, error] of [
        [null, "TypeError"],
        [5, "TypeError"],
        [{ container: "mp3" }, "RangeError"],
        [{ chunkSeconds: 0 }, "RangeError"],
        [{ chunks: 1 }, "TypeError"],
      ] as const) {
        assert.throws(() => read(recorder, options as PackOptions), { name: error });
      }
    });
  });
}
