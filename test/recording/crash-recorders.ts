import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { readFlac, readWav } from "../../src/index.js";
import { counterAt } from "../rig/counter.js";
import { assertSurvived, CRASH_CHANNELS, CRASH_RATE, crash } from "../wav/crash-run.js";
import { temporaryFolder } from "../wav/files.js";

const CHILD = fileURLToPath(new URL("crash.child.js", import.meta.url));
const SPLIT_SECONDS = 0.5;

/**
 * Kills so many recorders to WAV, to FLAC and to split files, and fails unless each of them left all that it had
 * recorded but for the last second.
 */
export async function killRecorders(
  t: TestContext,
  count: number,
  together: number,
  seconds: number,
  seed: number,
): Promise<void> {
  const wav = { script: CHILD, ending: ".wav" };
  assertSurvived(await crash(temporaryFolder(t), count, together, seconds, seed, wav));

  const flac = { script: CHILD, ending: ".flac" };
  const coded = await crash(temporaryFolder(t), count, together, seconds, seed + 1, flac);
  for (const { file, frames } of coded) {
    assertRamp([(await readFlac(file)).toInterleaved()], frames, file);
  }

  const split = { script: CHILD, ending: "-{index}.wav", args: [`${SPLIT_SECONDS}`] };
  const series = await crash(temporaryFolder(t), count, together, seconds, seed + 2, split);
  for (const { file, frames } of series) {
    const parts: ArrayLike<number>[] = [];
    for (let index = 1; ; index++) {
      const part = file.replace("{index}", `${index}`.padStart(4, "0"));
      if (!existsSync(part)) {
        break;
      }
      const { length } = parts;
      parts.push((await readWav(part)).toInterleaved());
      const before = parts[length - 1];
      assert.equal(
        before?.length ?? SPLIT_SECONDS * CRASH_RATE * CRASH_CHANNELS,
        SPLIT_SECONDS * CRASH_RATE * CRASH_CHANNELS,
        "a file is full before the next is begun",
      );
    }
    assertRamp(parts, frames, file);
  }
}

/** Fails unless the parts are an unbroken ramp, of at least so many frames but for a second. */
function assertRamp(parts: readonly ArrayLike<number>[], frames: number, what: string): void {
  let read = 0;
  for (const samples of parts) {
    for (let at = 0; at < samples.length; at++) {
      if (samples[at] !== counterAt(read + Math.floor(at / CRASH_CHANNELS))) {
        assert.fail(`${what}: the ramp breaks at frame ${read + Math.floor(at / CRASH_CHANNELS)}`);
      }
    }
    read += samples.length / CRASH_CHANNELS;
  }
  assert.ok(
    frames - read <= CRASH_RATE,
    `${what}: ${frames} frames were recorded, ${read} are read`,
  );
}
