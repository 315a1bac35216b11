import { describe } from "../../options.js";
import { innerChunks, listChunk, type RawChunk } from "./chunk.js";
import { decodeText, encodeTerminated } from "./text.js";

/**
 * The entries of a LIST INFO chunk under their ids, for instance `INAM` (title), `IART` (artist),
 * `ICRD` (date), `ICMT` (comment), `ISFT` (software), `ICOP` (copyright), `IGNR` (genre), `IPRD`
 * (product or album), `ITRK` (track), `IENG` (engineer), `IKEY` (keywords). Source: Microsoft's
 * "Multimedia Programming Interface and Data Specifications 1.0", 1991.
 */
export type WavInfo = Readonly<Record<string, string>>;

/** Adds the entries of a LIST INFO body to `info`. The first of several of one id is kept. */
export function parseInfo(
  list: Uint8Array,
  littleEndian: boolean,
  info: Record<string, string>,
  warn: (message: string) => void,
): void {
  for (const { id, bytes } of innerChunks(list, littleEndian, warn)) {
    if (!isInfoId(id)) {
      warn("an entry of LIST INFO has an id that is not four letters");
    } else if (id in info) {
      warn(`LIST INFO has "${id}" more than once; the first is kept`);
    } else {
      info[id] = decodeText(bytes);
    }
  }
}

/**
 * The LIST INFO chunk; none where there is no text.
 *
 * @throws TypeError, RangeError for ids that are not four printable ASCII characters, and for text
 *   that is no string or has a zero character.
 */
export function encodeInfo(info: WavInfo): RawChunk[] {
  if (typeof info !== "object" || info === null) {
    throw new TypeError(`Expected \`info\` to be an object of texts, got ${describe(info)}`);
  }
  const entries = Object.entries(info).map(([id, text]): RawChunk => {
    if (!isInfoId(id)) {
      throw new RangeError(
        `Expected the keys of \`info\` to be four ASCII characters, such as INAM for the title, ` +
          `got ${describe(id)}`,
      );
    }
    return { id, bytes: encodeTerminated(text, `info.${id}`) };
  });
  return entries.length === 0 ? [] : [listChunk("INFO", entries)];
}

function isInfoId(id: string): boolean {
  return /^[ -~]{4}$/.test(id);
}
