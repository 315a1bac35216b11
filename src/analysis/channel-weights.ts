import { checkNumber, checkWord, describe } from "../options.js";

/** How much each channel counts: one number for each, or the name of a layout of loudspeakers. */
export type LoudnessWeights = readonly number[] | "5.0" | "5.1" | "7.1";

/** ITU-R BS.1770-5, annex 1: loudspeakers beside the listener count 1.5 dB more, low-frequency effects not at all. */
const SURROUND = 1.41;
const EFFECTS = 0;

/** The order of channels is that of WAV files: left, right, centre, (effects,) (back left, back right,) surrounds. */
const LAYOUTS = {
  "5.0": [1, 1, 1, SURROUND, SURROUND],
  "5.1": [1, 1, 1, EFFECTS, SURROUND, SURROUND],
  "7.1": [1, 1, 1, EFFECTS, 1, 1, SURROUND, SURROUND],
} as const;
const NAMES = ["5.0", "5.1", "7.1"] as const;

/** Bits of `dwChannelMask`. */
const LOW_FREQUENCY = 0x8;
const BACK_SIDES = 0x10 | 0x20;
const SIDES = 0x200 | 0x400;
const LOUDSPEAKERS = 18;

/** Throws TypeError or RangeError for what is no weights, whatever the number of channels. */
export function checkWeights(weights: unknown): asserts weights is LoudnessWeights | undefined {
  if (weights === undefined) {
    return;
  }
  if (typeof weights === "string") {
    checkWord(weights, "weights", NAMES);
    return;
  }
  if (!Array.isArray(weights)) {
    throw new TypeError(
      `Expected \`weights\` to be an array of numbers or one of "5.0", "5.1", "7.1", got ${describe(weights)}`,
    );
  }
  for (const [index, weight] of weights.entries()) {
    checkNumber(weight, `weights[${index}]`, { min: 0, max: 1000 });
  }
}

/**
 * One weight for each channel: the checked `weights`, or else what the mask says, or else 1.
 *
 * @throws RangeError when there is another number of channels.
 */
export function weightsFor(
  weights: LoudnessWeights | undefined,
  channelMask: number,
  channels: number,
): readonly number[] {
  if (weights === undefined) {
    const masked = weightsOfMask(channelMask);
    return Array.from({ length: channels }, (_, channel) => masked[channel] ?? 1);
  }
  const chosen = typeof weights === "string" ? LAYOUTS[weights] : weights;
  if (chosen.length !== channels) {
    throw new RangeError(
      `Expected \`weights\` for ${channels} channels, got them for ${chosen.length}`,
    );
  }
  return [...chosen];
}

/**
 * The channels of a file stand in the order of the bits. The back pair of 5.1 is the surround pair; that of 7.1 is
 * behind the listener, where the recommendation has no extra weight.
 */
function weightsOfMask(mask: number): readonly number[] {
  const surround = (mask & SIDES) === 0 ? BACK_SIDES : SIDES;
  const bits = Array.from({ length: LOUDSPEAKERS }, (_, index) => 1 << index);
  return bits
    .filter((bit) => (mask & bit) !== 0)
    .map((bit) => {
      if (bit === LOW_FREQUENCY) {
        return EFFECTS;
      }
      return (bit & surround) === 0 ? 1 : SURROUND;
    });
}
