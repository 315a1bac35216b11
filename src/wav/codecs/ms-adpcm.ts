/**
 * Microsoft's ADPCM: "New Multimedia Data Types and Data Techniques", revision 3.0 (1994), "Microsoft
 * ADPCM". Each sample is predicted from the two before it.
 */

const ADAPTATION = Int16Array.of(
  230,
  230,
  230,
  230,
  307,
  409,
  512,
  614,
  768,
  614,
  512,
  409,
  307,
  230,
  230,
  230,
);
const LEAST_DELTA = 16;
/** Beyond this only broken files get, and then the sums below stay whole numbers. */
const MOST_DELTA = 2 ** 27;

/**
 * Decodes the first `frames` frames of a block, of which there must be two, into interleaved
 * samples. The block begins with, each for all channels, the index of the predictor, the first
 * delta, the second and the first sample; then come the samples of the channels in turn, the upper
 * half of a byte first.
 *
 * @returns whether the block is sound: one whose predictor the file has not cannot be decoded and
 * becomes silence.
 */
export function decodeMsBlock(
  block: Uint8Array,
  channels: number,
  frames: number,
  coefficients: readonly (readonly [number, number])[],
  target: Int16Array,
): boolean {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const last = frames * channels;
  for (let channel = 0; channel < channels; channel++) {
    const pair = coefficients[view.getUint8(channel)];
    if (pair === undefined) {
      target.fill(0, 0, last);
      return false;
    }
    const [first, second] = pair;
    let delta = view.getInt16(channels + 2 * channel, true);
    let before = view.getInt16(3 * channels + 2 * channel, true);
    let twoBefore = view.getInt16(5 * channels + 2 * channel, true);
    target[channel] = twoBefore;
    target[channels + channel] = before;
    for (let index = 2 * channels + channel; index < last; index += channels) {
      const nibble = index - 2 * channels;
      const byte = block[7 * channels + (nibble >> 1)] ?? 0;
      const code = (nibble & 1) === 0 ? byte >> 4 : byte & 15;
      const error = code < 8 ? code : code - 16;
      const predicted = (before * first + twoBefore * second) >> 8;
      const sample = Math.max(-0x8000, Math.min(0x7fff, predicted + error * delta));
      const adapted = Math.floor(((ADAPTATION[code] ?? 0) * delta) / 256);
      delta = Math.max(LEAST_DELTA, Math.min(MOST_DELTA, adapted));
      twoBefore = before;
      before = sample;
      target[index] = sample;
    }
  }
  return true;
}
