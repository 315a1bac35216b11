// Runs in a process of its own, where no other format has been seen: conversion.js FROM TO FRAMES WAY ROUNDS
// Converts stereo blocks of FRAMES frames. Prints a JSON list of nanoseconds for each sample of the target, by turns of
// roomtone, of the plain way and of copying as many bytes.
import { bytesPerSample, SAMPLE_FORMATS, type SampleFormat } from "../../src/format.js";
import { checkWord } from "../../src/options.js";
import { createDither } from "../../src/samples/dither.js";
import { convertFrames, readChannel } from "../../src/samples.js";
import { plainConvertFrames, plainReadChannel } from "../plain-conversion.js";

/** Samples of one measurement. */
const SAMPLES = 8_000_000;
const CHANNELS = 2;

const [fromWord, toWord, framesWord, way, rounds] = process.argv.slice(2);
const from = checkWord(fromWord, "from", SAMPLE_FORMATS);
const to = checkWord(toWord, "to", SAMPLE_FORMATS);
const frames = Number(framesWord);
const picked = way === "pick" || way === "channel" ? [1] : undefined;
const width = picked?.length ?? CHANNELS;

const source = { bytes: sound(from), format: from, channels: CHANNELS };
// The second byte of its memory is no place for a typed array of wider elements.
const place = way === "unaligned" ? 1 : 0;
const target = new Uint8Array(frames * width * bytesPerSample(to) + place).subarray(place);
const floats = new Float32Array(frames);
const copied = new Uint8Array(target.byteLength);
const dither = way === "dither" ? createDither() : undefined;

const ways: readonly (() => void)[] =
  way === "channel"
    ? [
        () => readChannel(source, 1, frames, floats),
        () => plainReadChannel(source, 1, frames, floats),
        () => copied.set(target),
      ]
    : [
        () => void convertFrames(source, picked, frames, target, to, { dither }),
        () => plainConvertFrames(source, picked, frames, target, to),
        () => copied.set(target),
      ];

const times: number[] = [];
// The first round is for the compiler and does not count.
for (let round = 0; round <= Number(rounds); round++) {
  for (const run of ways) {
    const repeats = Math.ceil(SAMPLES / (frames * width));
    const began = performance.now();
    for (let left = repeats; left > 0; left--) {
      run();
    }
    if (round > 0) {
      times.push(((performance.now() - began) * 1e6) / (repeats * frames * width));
    }
  }
}
console.log(JSON.stringify(times));

/** Two sines at half of full scale. */
function sound(format: SampleFormat): Uint8Array {
  const sines = Float32Array.from(
    { length: frames * CHANNELS },
    (_, index) => 0.5 * Math.sin(index * 0.05),
  );
  const bytes = new Uint8Array(sines.length * bytesPerSample(format));
  const interleaved = {
    bytes: new Uint8Array(sines.buffer),
    format: "float32",
    channels: CHANNELS,
  } as const;
  plainConvertFrames(interleaved, undefined, frames, bytes, format);
  return bytes;
}
