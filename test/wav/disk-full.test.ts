import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { AudioError } from "../../src/errors.js";
import { openWavSync } from "../../src/wav/sync-file.js";
import { WavWriter } from "../../src/wav/writer.js";
import * as wave from "../../src/wave.js";
import { PYTHON, requireTool } from "../rig/tools.js";
import { chunksOf } from "./chunks.js";
import { linkToDevice, temporaryFolder } from "./files.js";
import { fillPattern } from "./fill-pattern.js";

const FILL = fileURLToPath(new URL("fill.js", import.meta.url));
/** What `ulimit -f` counts, in the shell of Debian and in others. */
const BLOCK_BYTES = 512;

for (const mode of ["async", "raw", "sync"]) {
  const writer = mode === "async" ? "WavWriter" : `wave's writer (${mode})`;
  // 203 blocks end within a frame, so that a part of one reaches the file.
  for (const blocks of [200, 203]) {
    test(`when no room is left after ${blocks} blocks, ${writer} keeps all before readable`, (t) => {
      if (process.platform === "win32") {
        t.skip("needs ulimit");
        return;
      }
      const file = path.join(temporaryFolder(t), "take.wav");
      const told = fillUp(mode, file, blocks);
      assert.deepEqual(told.codes, ["disk-full", "disk-full"]);

      // WavWriter keeps room for 64-bit sizes.
      const header = mode === "async" ? 80 : 44;
      const room = Math.floor((blocks * BLOCK_BYTES - header) / 6);
      assert.equal(told.frames, room, "every frame that there was room for is in the file");
      const whole = readFileSync(file);
      assert.equal(whole.byteLength, header + room * 6);
      assert.equal(whole.readUInt32LE(4), whole.byteLength - 8);
      assert.equal(whole.readUInt32LE(header - 4), room * 6);
      const opened = openWavSync(file);
      const data = new Uint8Array(room * 6);
      assert.equal(opened.read(data, 0, room), room);
      opened.close();
      assert.deepEqual(data, fillPattern(0, room));
    });
  }
}

/** Runs fill.js in a mode, with a limit on the size of its files. */
function fillUp(
  mode: string,
  file: string,
  blocks: number,
): { readonly codes: string[]; readonly frames: number } {
  const args = ["-c", `ulimit -f ${blocks}; exec "$@"`, "sh", process.execPath, FILL, mode, file];
  const child = spawnSync("sh", args, { encoding: "utf8", timeout: 60_000 });
  assert.equal(child.status, 0, child.stderr);
  const told: { readonly codes: string[]; readonly frames: number } = JSON.parse(child.stdout);
  return told;
}

test("when no room is left for an RF64 file, it keeps all before readable", (t) => {
  if (process.platform === "win32") {
    t.skip("needs ulimit");
    return;
  }
  const file = path.join(temporaryFolder(t), "take.wav");
  const { codes, frames } = fillUp("rf64", file, 203);
  assert.deepEqual(codes, ["disk-full", "disk-full"]);
  const room = Math.floor((203 * BLOCK_BYTES - 80) / 6);
  assert.equal(frames, room);
  const data = chunksOf(readFileSync(file)).at(-1);
  assert.equal(data?.id, "data");
  assert.deepEqual(new Uint8Array(data?.bytes ?? []), fillPattern(0, room));
  if (requireTool(t, "python3-soundfile")) {
    const script = "import soundfile, sys; print(len(soundfile.read(sys.argv[1])[0]))";
    const run = spawnSync(PYTHON, ["-c", script, file], { encoding: "utf8" });
    assert.equal(run.stdout.trim(), `${room}`, run.stderr);
  }
});

test("when no room is left for what comes behind the samples, the samples stay readable", (t) => {
  if (process.platform === "win32") {
    t.skip("needs ulimit");
    return;
  }
  const file = path.join(temporaryFolder(t), "take.wav");
  const { codes, frames } = fillUp("tail", file, 203);
  assert.deepEqual(codes, ["disk-full"]);
  assert.equal(frames, 16_001);
  const chunks = chunksOf(readFileSync(file));
  assert.deepEqual(
    chunks.map(({ id }) => id),
    ["JUNK", "fmt ", "data"],
  );
  assert.deepEqual(new Uint8Array(chunks[2]?.bytes ?? []), fillPattern(0, 16_001));
});

test("a disk that is full from the start is told by `create` and by the first frames", async (t) => {
  const device = linkToDevice(t, "full");
  if (device === undefined) {
    return;
  }
  const full = (error: unknown): boolean =>
    error instanceof AudioError && error.code === "disk-full";
  const options = { sampleRate: 48_000, channels: 1, format: "int16", overwrite: true } as const;
  await assert.rejects(WavWriter.create(device, options), full);
  assert.ok(existsSync(device), "what was there before is never removed");

  const writer = wave.open(device, "wb");
  writer.setparams([1, 2, 48_000, 0, "NONE", "not compressed"]);
  assert.throws(() => writer.writeframes(new Uint8Array(20)), full);
  assert.throws(() => writer.close(), full);
  writer.close();
});
