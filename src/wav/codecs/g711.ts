/**
 * ITU-T G.711: a sample of 13 (A-law) or 14 bits (mu-law) in one byte, logarithmically. Decoded to
 * 16 bits, with what is known at the upper end.
 */

/** The 256 values of A-law. */
export const ALAW: Int16Array = Int16Array.from({ length: 256 }, (_, byte) => alaw(byte));
/** The 256 values of mu-law. */
export const MULAW: Int16Array = Int16Array.from({ length: 256 }, (_, byte) => mulaw(byte));

function alaw(byte: number): number {
  // Every other bit is inverted on the line.
  const code = byte ^ 0x55;
  const exponent = (code >> 4) & 7;
  const mantissa = ((code & 15) << 4) + 8;
  const magnitude = exponent === 0 ? mantissa : (mantissa + 0x100) << (exponent - 1);
  return (code & 0x80) === 0 ? -magnitude : magnitude;
}

function mulaw(byte: number): number {
  // All bits are inverted on the line; 0x84 is the bias that makes the segments join.
  const code = ~byte & 0xff;
  const exponent = (code >> 4) & 7;
  const magnitude = ((((code & 15) << 3) + 0x84) << exponent) - 0x84;
  return (code & 0x80) === 0 ? magnitude : -magnitude;
}

/** Decodes one byte after the other into little-endian 16-bit integers. */
export function expandBytes(table: Int16Array, raw: Uint8Array, target: Uint8Array): void {
  for (let index = 0; index < raw.length; index++) {
    const sample = table[raw[index] ?? 0] ?? 0;
    target[2 * index] = sample;
    target[2 * index + 1] = sample >> 8;
  }
}
