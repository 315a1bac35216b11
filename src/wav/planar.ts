import { bytesPerFrame, bytesPerSample, type Frames } from "../format.js";
import { describe } from "../options.js";
import { interleaveFrames } from "../samples.js";
import { isFloat, type WavSpec } from "./header.js";

/** One array of samples for each channel, with full scale 1. */
export type PlanarSamples = readonly (Float32Array | Float64Array)[];

/** Throws TypeError or RangeError unless it is what a file of the spec can take. */
export function checkPlanar(channels: PlanarSamples, spec: WavSpec): Frames {
  const wide = spec.format === "float64";
  const kind = wide ? "Float32Arrays or Float64Arrays" : "Float32Arrays";
  const given: unknown = channels;
  if (!Array.isArray(given)) {
    throw new TypeError(`Expected \`channels\` to be an array of ${kind}, got ${describe(given)}`);
  }
  if (given.length !== spec.channels) {
    throw new RangeError(
      `Expected \`channels\` to be ${spec.channels} ${kind}, got ${given.length}`,
    );
  }
  given.forEach((one: unknown, index) => {
    if (!(one instanceof Float32Array || (wide && one instanceof Float64Array))) {
      throw new TypeError(
        `Expected \`channels\` to be ${kind}, got ${describe(one)} at place ${index}`,
      );
    }
  });
  const frames = channels[0]?.length ?? 0;
  const odd = channels.findIndex((one) => one.length !== frames);
  if (odd >= 0) {
    throw new RangeError(
      `Expected \`channels\` to have one length, got ${frames} and ${channels[odd]?.length} (channel ${odd})`,
    );
  }
  return frames;
}

/** Frames as they stand in a file, and how many samples had to be clipped. */
export interface EncodedFrames {
  readonly bytes: Uint8Array;
  readonly clipped: number;
}

/** Makes the file's frames of `frames` frames from frame `at` on. */
export function encodePlanar(
  channels: PlanarSamples,
  at: Frames,
  frames: Frames,
  spec: WavSpec,
): EncodedFrames {
  const bytes = new Uint8Array(frames * bytesPerFrame(spec.format, spec.channels));
  if (spec.format === "float64") {
    return { bytes: interleaveDoubles(channels, at, frames, bytes), clipped: 0 };
  }
  const bits = bytesPerSample(spec.format) * 8;
  if (!isFloat(spec.format) && spec.validBits !== undefined && spec.validBits < bits) {
    return { bytes, clipped: interleaveShort(channels, at, frames, bytes, bits, spec.validBits) };
  }
  const floats = channels.filter((one) => one instanceof Float32Array);
  return { bytes, clipped: interleaveFrames(floats, at, frames, bytes, spec.format) };
}

function interleaveDoubles(
  channels: PlanarSamples,
  at: Frames,
  frames: Frames,
  bytes: Uint8Array,
): Uint8Array {
  const doubles = new Float64Array(bytes.buffer);
  channels.forEach((samples, channel) => {
    for (let frame = 0; frame < frames; frame++) {
      doubles[frame * channels.length + channel] = samples[at + frame] ?? 0;
    }
  });
  return bytes;
}

/**
 * Integers of which only the upper `valid` bits carry sound. They are rounded to those bits, not to
 * all and then again: to the nearest, ties to even, as everywhere.
 */
function interleaveShort(
  channels: PlanarSamples,
  at: Frames,
  frames: Frames,
  bytes: Uint8Array,
  bits: number,
  valid: number,
): number {
  const full = 2 ** (valid - 1);
  const shift = 2 ** (bits - valid);
  // 8-bit samples are unsigned, with their zero in the middle.
  const zero = bits === 8 ? 0x80 : 0;
  let clipped = 0;
  channels.forEach((samples, channel) => {
    for (let frame = 0; frame < frames; frame++) {
      const scaled = (samples[at + frame] ?? 0) * full;
      const inside = scaled >= -full && scaled <= full - 1;
      if (!inside) {
        clipped++;
      }
      const limited = Number.isNaN(scaled) ? 0 : Math.max(-full, Math.min(full - 1, scaled));
      const stored = roundHalfToEven(limited) * shift + zero;
      let place = (frame * channels.length + channel) * (bits / 8);
      for (let part = 0; part < bits; part += 8) {
        bytes[place++] = stored >> part;
      }
    }
  });
  return clipped;
}

function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
