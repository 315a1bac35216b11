/**
 * IMA ADPCM as it is in WAV files: "Recommended Practices for Enhancing Digital Audio
 * Compatibility in Multimedia Systems", revision 3.00 (1992), and Microsoft's "New Multimedia Data
 * Types" for the form of the blocks.
 */

const STEPS: Int16Array = Int16Array.from([
  7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73,
  80, 88, 97, 107, 118, 130, 143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494,
  544, 598, 658, 724, 796, 876, 963, 1060, 1166, 1282, 1411, 1552, 1707, 1878, 2066, 2272, 2499,
  2749, 3024, 3327, 3660, 4026, 4428, 4871, 5358, 5894, 6484, 7132, 7845, 8630, 9493, 10442, 11487,
  12635, 13899, 15289, 16818, 18500, 20350, 22385, 24623, 27086, 29794, 32767,
]);
const INDEX_CHANGES = Int8Array.of(-1, -1, -1, -1, 2, 4, 6, 8);
const LAST_STEP = 88;

/**
 * Decodes the first `frames` frames of a block into interleaved samples. The block begins, for each
 * channel, with its first sample and the index of its step; then, in turn, come four bytes of each
 * channel with eight samples, the lower half of a byte first.
 *
 * @returns whether the block is sound: an index that no step has is taken as the last.
 */
export function decodeImaBlock(
  block: Uint8Array,
  channels: number,
  frames: number,
  target: Int16Array,
): boolean {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  let sound = true;
  for (let channel = 0; channel < channels; channel++) {
    let predicted = view.getInt16(channel * 4, true);
    let index = view.getUint8(channel * 4 + 2);
    if (index > LAST_STEP) {
      sound = false;
      index = LAST_STEP;
    }
    target[channel] = predicted;
    for (let frame = 1; frame < frames; frame++) {
      const group = (frame - 1) >> 3;
      const place = (frame - 1) & 7;
      const at = ((group + 1) * channels + channel) * 4 + (place >> 1);
      const code = ((block[at] ?? 0) >> ((place & 1) * 4)) & 15;
      const step = STEPS[index] ?? 0;
      let difference = step >> 3;
      if ((code & 1) !== 0) {
        difference += step >> 2;
      }
      if ((code & 2) !== 0) {
        difference += step >> 1;
      }
      if ((code & 4) !== 0) {
        difference += step;
      }
      const next = (code & 8) === 0 ? predicted + difference : predicted - difference;
      predicted = Math.max(-0x8000, Math.min(0x7fff, next));
      index = Math.max(0, Math.min(LAST_STEP, index + (INDEX_CHANGES[code & 7] ?? 0)));
      target[frame * channels + channel] = predicted;
    }
  }
  return sound;
}
