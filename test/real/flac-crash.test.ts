import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { decoded, flacProgram } from "../flac/files.js";
import { PYTHON, requireTool } from "../rig/tools.js";
import { CRASH_CHANNELS, CRASH_RATE, crash, FLAC_WRITER } from "../wav/crash-run.js";
import { temporaryFolder } from "../wav/files.js";

/** At this rate. */
const BLOCK = 2048;

test("of thirty recorders of FLAC killed at random moments each leaves a file that decodes up to its last block", async (t) => {
  if (!requireTool(t, "flac", "python3-soundfile", "python3-numpy")) {
    return;
  }
  const crashed = await crash(temporaryFolder(t), 30, 10, 3.5, 43, FLAC_WRITER);
  assert.equal(crashed.length, 30);
  for (const { file, frames } of crashed) {
    const { samples, reader } = await decoded(file);
    const read = samples.byteLength / (2 * CRASH_CHANNELS);
    assert.equal(reader.length, read);
    assert.deepEqual(reader.comments, [{ name: "TITLE", value: "until the end" }]);
    assertRamp(samples, "here");
    // The block that was not complete, and what the encoder looks ahead.
    assert.ok(frames - read <= BLOCK + 1, `${frames} frames were written, ${read} are read`);

    const raw = ["--force-raw-format", "--endian=little", "--sign=signed"];
    const reference = flacProgram(["-d", "-s", "-c", ...raw, file]);
    assert.equal(reference.status, 0, reference.said);
    assertRamp(reference.out, "by the reference decoder");

    // Both believe the header.
    const script = `
import sys, soundfile
sys.stdout.buffer.write(soundfile.read(sys.argv[1], dtype="int16", always_2d=True)[0].tobytes())`;
    const python = spawnSync(PYTHON, ["-c", script, file], { maxBuffer: 2 ** 26 });
    if (read >= BLOCK * 3) {
      assert.equal(python.status, 0, python.stderr.toString());
      for (const heard of [reference.out, python.stdout]) {
        const missing = frames - heard.byteLength / (2 * CRASH_CHANNELS);
        assert.ok(missing <= CRASH_RATE, `${missing} of ${frames} frames are missing`);
      }
      assertRamp(python.stdout, "by libsndfile");
    }
  }
});

/** Both channels count the frames from 0 on. */
function assertRamp(bytes: Uint8Array, by: string): void {
  const samples = new Int16Array(Uint8Array.from(bytes).buffer);
  const broken = samples.findIndex(
    (sample, at) => sample !== (Math.floor(at / CRASH_CHANNELS) << 16) >> 16,
  );
  assert.equal(broken, -1, `the ramp breaks at sample ${broken} of ${samples.length} ${by}`);
}
