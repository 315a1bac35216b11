import type { SampleArray, SampleFormat } from "../format.js";

/** Every `step`-th sample from `first` on: a channel among interleaved ones, or all of them. */
export interface Stride {
  readonly first: number;
  readonly step: number;
}

/** All samples in a row. */
export const EACH: Stride = { first: 0, step: 1 };

/**
 * Writes `count` samples to `values`, multiplied by `scale`. `samples` is what `samplesOf` shows of bytes in `format`.
 * With a power of two as scale the results are exact in float64.
 */
export function decode(
  samples: SampleArray,
  format: SampleFormat,
  from: Stride,
  scale: number,
  values: Float64Array | Float32Array,
  to: Stride,
  count: number,
): void {
  // A loop for each layout and none for each format: one that sees four types of array is hardly slower.
  if (format === "int24") {
    decodePacked(samples, from, scale, values, to, count);
  } else if (format === "uint8") {
    decodeUnsigned(samples, from, scale, values, to, count);
  } else {
    decodeSigned(samples, from, scale, values, to, count);
  }
}

function decodeSigned(
  samples: SampleArray,
  from: Stride,
  scale: number,
  values: Float64Array | Float32Array,
  to: Stride,
  count: number,
): void {
  const { step } = from;
  const toStep = to.step;
  for (let left = count, index = from.first, at = to.first; left > 0; left--) {
    values[at] = (samples[index] ?? 0) * scale;
    index += step;
    at += toStep;
  }
}

function decodeUnsigned(
  samples: SampleArray,
  from: Stride,
  scale: number,
  values: Float64Array | Float32Array,
  to: Stride,
  count: number,
): void {
  const { step } = from;
  const toStep = to.step;
  for (let left = count, index = from.first, at = to.first; left > 0; left--) {
    values[at] = ((samples[index] ?? 128) - 128) * scale;
    index += step;
    at += toStep;
  }
}

/** Three bytes a sample, the lowest first; the sign is in the third. */
function decodePacked(
  bytes: SampleArray,
  from: Stride,
  scale: number,
  values: Float64Array | Float32Array,
  to: Stride,
  count: number,
): void {
  const step = from.step * 3;
  const toStep = to.step;
  for (let left = count, index = from.first * 3, at = to.first; left > 0; left--) {
    const low = (bytes[index] ?? 0) | ((bytes[index + 1] ?? 0) << 8);
    values[at] = (low | (((bytes[index + 2] ?? 0) << 24) >> 8)) * scale;
    index += step;
    at += toStep;
  }
}
