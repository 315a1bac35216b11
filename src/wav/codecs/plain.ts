/**
 * Samples that stand in the file as numbers, but not as they are given: with their bytes the other
 * way round, with padding, or as 64-bit floats where 32-bit ones are wanted.
 */

/**
 * Copies the bytes `picks` of each sample of `sampleBytes` bytes, in that order: `[2, 1, 0]` turns
 * big-endian into little-endian, `[0, 1, 2]` of four takes padding away.
 */
export function pickBytes(
  raw: Uint8Array,
  sampleBytes: number,
  picks: readonly number[],
  target: Uint8Array,
): void {
  const width = picks.length;
  const samples = Math.floor(raw.length / sampleBytes);
  for (const [place, pick] of picks.entries()) {
    let from = pick;
    let to = place;
    for (let sample = 0; sample < samples; sample++) {
      target[to] = raw[from] ?? 0;
      from += sampleBytes;
      to += width;
    }
  }
}

/** Rounds 64-bit floats to the nearest 32-bit ones, little-endian. */
export function narrowFloats(raw: Uint8Array, littleEndian: boolean, target: Uint8Array): void {
  const from = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const to = new DataView(target.buffer, target.byteOffset, target.byteLength);
  for (let at = 0; at + 8 <= raw.byteLength; at += 8) {
    to.setFloat32(at / 2, from.getFloat64(at, littleEndian), true);
  }
}
