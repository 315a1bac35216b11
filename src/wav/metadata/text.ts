/**
 * Text in WAV files. Almost no field says how its text is encoded, so: what is valid UTF-8 is read
 * as UTF-8, everything else as Latin-1 (each byte the character of that number), which no bytes
 * fail. Text is written as UTF-8. ASCII is the same in all of them.
 */

/** The text before the first zero byte. */
export function decodeText(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  const used = end < 0 ? bytes : bytes.subarray(0, end);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(used);
  } catch {
    return latin1(used);
  }
}

/**
 * The bytes of a text, without a zero byte behind it.
 *
 * @throws TypeError when it is not a string, RangeError when it has a zero character, which would
 *   end it for every reader, or is longer than `most` bytes.
 */
export function encodeText(text: unknown, name: string, most: number = 0xffff_ffff): Uint8Array {
  if (typeof text !== "string") {
    throw new TypeError(`Expected \`${name}\` to be a string, got ${typeof text}`);
  }
  if (text.includes("\0")) {
    throw new RangeError(`Expected \`${name}\` to have no zero character`);
  }
  const bytes = new TextEncoder().encode(text);
  if (bytes.byteLength > most) {
    throw new RangeError(
      `Expected \`${name}\` to have at most ${most} bytes in UTF-8, got ${bytes.byteLength}`,
    );
  }
  return bytes;
}

/** The same with a zero byte at the end, as most entries want it. */
export function encodeTerminated(text: unknown, name: string): Uint8Array {
  const bytes = encodeText(text, name);
  const terminated = new Uint8Array(bytes.byteLength + 1);
  terminated.set(bytes);
  return terminated;
}

/** Piece by piece: an argument for each byte of a long text would be too many. */
function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.byteLength; at += 4096) {
    text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  }
  return text;
}
