import assert from "node:assert/strict";

/** What `virtual:ramp` holds at a frame, as int16: the low 16 bits of the frame's number. */
export function counterAt(position: number): number {
  return ((position % 65_536) << 16) >> 16;
}

/** Fails unless interleaved int16 samples are the frames of `virtual:ramp` from `position` on. */
export function assertCounters(
  samples: ArrayLike<number>,
  position: number,
  what = "the samples",
  channels = 1,
): void {
  for (let index = 0; index < samples.length; index++) {
    const frame = Math.floor(index / channels);
    if (samples[index] !== counterAt(position + frame)) {
      assert.fail(
        `${what}: frame ${frame} of ${samples.length / channels} is ${samples[index]}, ` +
          `frame ${position + frame} of the ramp is ${counterAt(position + frame)}`,
      );
    }
  }
}

/** Fails unless all samples are 0. */
export function assertSilence(samples: ArrayLike<number>, what = "the samples"): void {
  for (let index = 0; index < samples.length; index++) {
    if (samples[index] !== 0) {
      assert.fail(`${what}: sample ${index} of ${samples.length} is ${samples[index]}, not 0`);
    }
  }
}
