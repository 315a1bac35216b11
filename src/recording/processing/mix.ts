import type { Frames } from "../../format.js";
import { checkNumber, describe } from "../../options.js";

/** How channels are mixed: to their mean, or by a matrix with one row for each new channel and a factor in it for each old one. */
export type MixDown = "mono" | readonly (readonly number[])[];

/** Channels that a stream can have. */
const MOST_CHANNELS = 4096;

/** Throws TypeError or RangeError unless `value` is a mix by itself; how many channels there are is not known yet. */
export function checkMix(value: unknown, name = "mixDown"): MixDown {
  if (value === "mono") {
    return value;
  }
  if (!Array.isArray(value)) {
    const Kind = typeof value === "string" ? RangeError : TypeError;
    throw new Kind(
      `Expected \`${name}\` to be "mono" or a list of rows of factors, got ${describe(value)}`,
    );
  }
  checkNumber(value.length, `${name}.length`, { min: 1, max: MOST_CHANNELS });
  return Array.from(value, (row: unknown, index) => checkRow(row, `${name}[${index}]`));
}

function checkRow(row: unknown, name: string): readonly number[] {
  if (!Array.isArray(row)) {
    throw new TypeError(
      `Expected \`${name}\` to be a list of factors, one for each channel, got ${describe(row)}`,
    );
  }
  return Array.from(row, (factor: unknown, channel) => checkNumber(factor, `${name}[${channel}]`));
}

/** The factors of a mix, row by row. Throws RangeError when it is not for so many channels. */
export function mixMatrix(mix: MixDown, channels: number): readonly (readonly number[])[] {
  if (mix === "mono") {
    return [Array.from({ length: channels }, () => 1 / channels)];
  }
  for (const [index, row] of mix.entries()) {
    if (row.length !== channels) {
      throw new RangeError(
        `Expected \`mixDown[${index}]\` to have one factor for each of ${channels} channels, got ${describe(row)}`,
      );
    }
  }
  return mix;
}

/** Mixes interleaved frames of `channels` channels into `target`, which has one sample for each row and frame. */
export function mixFrames(
  source: Float32Array,
  channels: number,
  frames: Frames,
  matrix: readonly (readonly number[])[],
  target: Float32Array,
): void {
  const width = matrix.length;
  for (const [to, row] of matrix.entries()) {
    for (let frame = 0; frame < frames; frame++) {
      let sum = 0;
      for (let from = 0; from < channels; from++) {
        sum += (source[frame * channels + from] ?? 0) * (row[from] ?? 0);
      }
      target[frame * width + to] = sum;
    }
  }
}
