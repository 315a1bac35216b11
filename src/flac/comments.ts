import { decodeText } from "../wav/metadata/text.js";

/** One comment: `TITLE=Rain`. Names are the same in upper and lower case, and may come more than once. */
export interface FlacComment {
  readonly name: string;
  readonly value: string;
}

/** What a VORBIS_COMMENT block says. RFC 9639, section 8.6. */
export interface FlacComments {
  /** Who wrote the stream. */
  readonly vendor: string;
  readonly comments: readonly FlacComment[];
}

/** The block's bytes without its header. Names must be such as {@link isCommentName} takes. */
export function encodeComments({ vendor, comments }: FlacComments): Uint8Array {
  const texts = [vendor, ...comments.map(({ name, value }) => `${name}=${value}`)].map((text) =>
    new TextEncoder().encode(text),
  );
  const total = texts.reduce((sum, text) => sum + 4 + text.byteLength, 4);
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [index, text] of texts.entries()) {
    // These numbers alone are little-endian, as in Vorbis.
    view.setUint32(at, text.byteLength, true);
    bytes.set(text, at + 4);
    at += 4 + text.byteLength;
    if (index === 0) {
      view.setUint32(at, comments.length, true);
      at += 4;
    }
  }
  return bytes;
}

/** Reads a block as far as it goes; never throws. A comment without a name is left out. */
export function parseComments(bytes: Uint8Array): FlacComments {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const next = (): string | undefined => {
    if (at + 4 > bytes.byteLength) {
      return undefined;
    }
    const length = view.getUint32(at, true);
    const end = at + 4 + length;
    if (end > bytes.byteLength) {
      return undefined;
    }
    const text = decodeText(bytes.subarray(at + 4, end));
    at = end;
    return text;
  };
  const vendor = next() ?? "";
  const told = at + 4 <= bytes.byteLength ? view.getUint32(at, true) : 0;
  at += 4;
  const comments: FlacComment[] = [];
  for (let index = 0; index < told; index++) {
    const text = next();
    if (text === undefined) {
      break;
    }
    const equals = text.indexOf("=");
    if (equals > 0) {
      comments.push({ name: text.slice(0, equals).toUpperCase(), value: text.slice(equals + 1) });
    }
  }
  return { vendor, comments };
}

/** Whether a comment can have this name: printable ASCII without `=` and `~`. */
export function isCommentName(name: string): boolean {
  return /^[ -<>-}]+$/.test(name);
}
