import assert from "node:assert/strict";
import { type Recording, readFlac, readWav } from "../../src/index.js";
import { type RampReport, verifyRamp } from "./ramp.js";

/** The samples of recorded files of one channel of int16, one file behind the other. */
export async function samplesOf(...files: readonly string[]): Promise<Int16Array> {
  const parts: number[][] = [];
  for (const file of files) {
    const recording = await readRecorded(file);
    const samples = recording.toInterleaved();
    assert.ok(samples instanceof Int16Array && recording.numberOfChannels === 1, file);
    parts.push(Array.from(samples));
  }
  return Int16Array.from(parts.flat());
}

function readRecorded(file: string): Promise<Recording> {
  return file.endsWith(".flac") ? readFlac(file) : readWav(file);
}

/** Fails unless a ramp of so many frames is there, each of them once. */
export function assertWholeRamp(samples: Int16Array, frames: number, what: string): void {
  assert.deepEqual(
    rampSeen(samples),
    { frames, lost: 0, repeated: 0, silent: 0, breaks: [] },
    what,
  );
}

/** What there is of a ramp, wherever it stands; the first breaks only, since thousands would help nobody. */
export function rampSeen(samples: Int16Array): Omit<RampReport, "start"> {
  const { start: _, breaks, ...counts } = verifyRamp(samples);
  return { ...counts, breaks: breaks.slice(0, 5) };
}

/** Without the digital silence at both ends. */
export function withoutSilence(samples: Int16Array): Int16Array {
  const start = samples.findIndex((sample) => sample !== 0);
  return samples.slice(Math.max(start, 0), samples.findLastIndex((sample) => sample !== 0) + 1);
}

/** Fails unless both are the same to the bit; tells where not, and not the thousands that differ. */
export function assertSameSamples(heard: Int16Array, played: Int16Array, what: string): void {
  const at = heard.findIndex((sample, index) => sample !== played[index]);
  assert.deepEqual(
    { frames: heard.length, differsFrom: at },
    { frames: played.length, differsFrom: -1 },
    what,
  );
}
