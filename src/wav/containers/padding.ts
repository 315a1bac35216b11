import { type Requests, readBytes } from "../requests.js";

/** How much is looked at in one place. */
export const PLACE_BYTES = 4096;
/** In how many places of data that are longer. */
const PLACES = 8;

/**
 * Where the 24 bits of samples of four bytes stand. By the standard of the extensible form they are
 * the upper three bytes and the lowest is 0. ALSA's S24_LE, which arecord writes, has them in the
 * lower three, and the uppermost is 0, the sign, or anything. So the bytes themselves are looked
 * at, and `usual` counts where they do not tell.
 */
export function* findPadding(
  usual: "upper" | "lower",
  bigEndian: boolean,
  dataPosition: number,
  dataBytes: number,
): Requests<"upper" | "lower"> {
  const places = dataBytes > PLACE_BYTES ? PLACES : 1;
  let lowestUsed = false;
  let uppermostUsed = false;
  for (let place = 0; place < places; place++) {
    const offset = places === 1 ? 0 : Math.floor((dataBytes * place) / places / 4) * 4;
    const length = Math.min(PLACE_BYTES, dataBytes - offset);
    const bytes = yield* readBytes(dataPosition + offset, length);
    for (let at = 0; at + 4 <= bytes.byteLength; at += 4) {
      const lowest = bytes[bigEndian ? at + 3 : at] ?? 0;
      const uppermost = bytes[bigEndian ? at : at + 3] ?? 0;
      lowestUsed ||= lowest !== 0;
      uppermostUsed ||= uppermost !== 0 && uppermost !== 0xff;
    }
  }
  if (lowestUsed === uppermostUsed) {
    return usual;
  }
  return uppermostUsed ? "upper" : "lower";
}
