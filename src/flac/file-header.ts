import { AudioError } from "../errors.js";
import { encodeComments, type FlacComment } from "./comments.js";
import { encodeStreamInfo, STREAM_INFO_BYTES, type StreamInfo } from "./stream-info.js";

/** "fLaC": each file begins with it. */
export const FLAC_MARK: Uint8Array = Uint8Array.of(0x66, 0x4c, 0x61, 0x43);
/** A block's type and size. */
export const BLOCK_HEADER_BYTES = 4;
/** Where the body of STREAMINFO begins. */
export const STREAM_INFO_POSITION: number = FLAC_MARK.byteLength + BLOCK_HEADER_BYTES;
/** The first byte behind it. */
const COMMENTS_POSITION = STREAM_INFO_POSITION + STREAM_INFO_BYTES;
/** A block's size has 24 bits. */
const MOST_BLOCK_BYTES = 2 ** 24 - 1;

/** Types of blocks, and the bit that says that no other comes behind it. */
export const STREAM_INFO_BLOCK = 0;
const PADDING_BLOCK = 1;
export const COMMENTS_BLOCK = 4;
export const LAST_BLOCK = 0x80;

/** What is said beside the samples, and how it may grow. */
export interface FlacTags {
  readonly vendor: string;
  /** Kept in any case. */
  readonly texts: readonly FlacComment[];
  /** Places in the sound, in their order; those that come last are left out where there is no room for all. */
  readonly marks: readonly (readonly FlacComment[])[];
}

/**
 * The bytes of a file before its first FLAC frame: STREAMINFO, comments, and padding up to `totalBytes`, so that they can
 * be written anew in its place. Without `totalBytes`, as many as are needed and `room` more.
 *
 * Marks that find no room are left out, and a comment `MARKS_LEFT_OUT` says how many.
 *
 * @throws AudioError `format-not-supported` when the texts alone find no room.
 */
export function flacHeader(
  info: StreamInfo,
  tags: FlacTags,
  size: { readonly room: number } | { readonly totalBytes: number },
): Uint8Array {
  const all = commentsBlock(tags, tags.marks.length);
  const most = "totalBytes" in size ? size.totalBytes - COMMENTS_POSITION : undefined;
  const comments = most === undefined ? all : fitting(tags, all, most);
  if (comments === undefined || comments.byteLength > MOST_BLOCK_BYTES) {
    throw new AudioError(
      "format-not-supported",
      `The comments of the FLAC file have ${all.byteLength} bytes and no room: give \`metadataRoom\` more, or say less.`,
    );
  }
  // With the padding block's own header.
  let paddingBytes = (most ?? 0) - BLOCK_HEADER_BYTES - comments.byteLength;
  if ("room" in size) {
    paddingBytes = size.room === 0 ? 0 : BLOCK_HEADER_BYTES + size.room;
  }
  const commentsBytes = BLOCK_HEADER_BYTES + comments.byteLength;
  const bytes = new Uint8Array(COMMENTS_POSITION + commentsBytes + paddingBytes);
  bytes.set(FLAC_MARK);
  putBlockHeader(bytes, FLAC_MARK.byteLength, STREAM_INFO_BLOCK, STREAM_INFO_BYTES);
  bytes.set(encodeStreamInfo(info), STREAM_INFO_POSITION);
  const last = paddingBytes === 0 ? LAST_BLOCK : 0;
  putBlockHeader(bytes, COMMENTS_POSITION, COMMENTS_BLOCK | last, comments.byteLength);
  bytes.set(comments, COMMENTS_POSITION + BLOCK_HEADER_BYTES);
  if (paddingBytes > 0) {
    const type = PADDING_BLOCK | LAST_BLOCK;
    const at = COMMENTS_POSITION + commentsBytes;
    putBlockHeader(bytes, at, type, paddingBytes - BLOCK_HEADER_BYTES);
  }
  return bytes;
}

/** "fLaC" and STREAMINFO alone. */
export function bareHeader(info: StreamInfo): Uint8Array {
  const bytes = new Uint8Array(COMMENTS_POSITION);
  bytes.set(FLAC_MARK);
  const type = STREAM_INFO_BLOCK | LAST_BLOCK;
  putBlockHeader(bytes, FLAC_MARK.byteLength, type, STREAM_INFO_BYTES);
  bytes.set(encodeStreamInfo(info), STREAM_INFO_POSITION);
  return bytes;
}

/** The comments with as many marks as fit; undefined when not even the texts do. */
function fitting(tags: FlacTags, all: Uint8Array, most: number): Uint8Array | undefined {
  const fits = (comments: Uint8Array): boolean => {
    const left = most - BLOCK_HEADER_BYTES - comments.byteLength;
    // What is left must hold a block of padding.
    return left === 0 || left >= BLOCK_HEADER_BYTES;
  };
  if (fits(all)) {
    return all;
  }
  // Bisection: the more marks, the more bytes.
  let fewest = 0;
  let tooMany = tags.marks.length;
  let best: Uint8Array | undefined;
  while (fewest < tooMany) {
    const count = Math.floor((fewest + tooMany) / 2);
    const comments = commentsBlock(tags, count);
    if (fits(comments)) {
      best = comments;
      fewest = count + 1;
    } else {
      tooMany = count;
    }
  }
  return best;
}

function commentsBlock({ vendor, texts, marks }: FlacTags, count: number): Uint8Array {
  const left = marks.length - count;
  const note = left === 0 ? [] : [{ name: "MARKS_LEFT_OUT", value: `${left}` }];
  return encodeComments({ vendor, comments: [...texts, ...marks.slice(0, count).flat(), ...note] });
}

function putBlockHeader(bytes: Uint8Array, at: number, type: number, size: number): void {
  new DataView(bytes.buffer).setUint32(at, type * 2 ** 24 + size);
}
