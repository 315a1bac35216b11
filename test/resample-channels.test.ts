import assert from "node:assert/strict";
import { test } from "node:test";
import { resampleChannels } from "../src/resample/resample-channels.js";
import { resampledFrames } from "../src/resample/stages.js";
import { StreamResampler } from "../src/resample/stream-resampler.js";
import { sine } from "./rig/tone.js";

test("a whole take is converted to the bits that a stream gives, channel by channel", async () => {
  const channels = [sine(30_000, 44_100, 440, 0.5), sine(30_000, 44_100, 1234, 0.9)];
  for (const [from, to] of [
    [44_100, 48_000],
    [44_100, 8_000],
    [192_000, 8_000],
    [8_000, 96_000],
  ] as const) {
    const results = await resampleChannels(channels, from, to);
    assert.equal(results.length, 2);
    for (const [index, channel] of channels.entries()) {
      const resampler = new StreamResampler(from, to, 1);
      const parts = [...resampler.process(channel, channel.length)];
      parts.push(...resampler.flush());
      resampler.close();
      assert.equal(parts.length, resampledFrames(30_000, from, to));
      assert.deepEqual(results[index], Float32Array.from(parts));
    }
  }
});

test("equal rates give copies", async () => {
  const channel = sine(100, 8_000, 440, 0.5);
  const [copy] = await resampleChannels([channel], 8_000, 8_000);
  assert.deepEqual(copy, channel);
  assert.notEqual(copy, channel);
  assert.notEqual(copy?.buffer, channel.buffer);
});

test("no channels and no frames are no fault", async () => {
  assert.deepEqual(await resampleChannels([], 8_000, 48_000), []);
  assert.deepEqual(await resampleChannels([new Float32Array(0)], 8_000, 48_000, "fast"), [
    new Float32Array(0),
  ]);
});

test("other work goes on meanwhile", async () => {
  let done = false;
  const converting = resampleChannels([sine(48_000 * 20, 48_000, 440, 0.5)], 48_000, 44_100).then(
    () => {
      done = true;
    },
  );
  let turns = 0;
  while (!done) {
    await new Promise((resolve) => setImmediate(resolve));
    turns += 1;
  }
  await converting;
  // Twenty seconds of sound take hundreds of milliseconds, ten each turn.
  assert.ok(turns > 5, `${turns} turns`);
});

test("wrong arguments are refused", async () => {
  const convert = async (...args: readonly unknown[]): Promise<void> => {
    await Reflect.apply(resampleChannels, undefined, args);
  };
  const channel = new Float32Array(10);
  await assert.rejects(convert(channel, 8_000, 16_000), TypeError);
  await assert.rejects(convert([channel, [1, 2]], 8_000, 16_000), TypeError);
  await assert.rejects(convert([channel, new Float32Array(9)], 8_000, 16_000), RangeError);
  await assert.rejects(convert([channel], 0, 16_000), RangeError);
  await assert.rejects(convert([channel], 8_000, "16000"), TypeError);
  await assert.rejects(convert([channel], 8_000, 16_000, "good"), RangeError);
});
