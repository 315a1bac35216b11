import { AudioError } from "../errors.js";
import { openFileSource } from "../wav/file-source.js";
import type { ByteSource } from "../wav/source.js";
import { type FlacComments, parseComments } from "./comments.js";
import {
  BLOCK_HEADER_BYTES,
  COMMENTS_BLOCK,
  FLAC_MARK,
  LAST_BLOCK,
  STREAM_INFO_BLOCK,
} from "./file-header.js";
import { parseStreamInfo, STREAM_INFO_BYTES, type StreamInfo } from "./stream-info.js";

/** What stands before the first FLAC frame. */
export interface FlacLayout extends FlacComments {
  readonly info: StreamInfo;
  /** Where the FLAC frames begin, in bytes from the start of the file. */
  readonly soundPosition: number;
}

/** More blocks than any writer makes. */
const MOST_BLOCKS = 4096;
/** Type 127 would look like the start of a FLAC frame. */
const FORBIDDEN_BLOCK = 127;
/** libFLAC 1.3 decodes no more. */
const MOST_BITS = 24;
const LEAST_BITS = 4;
const ID3_HEADER_BYTES = 10;

/**
 * Whether a file is FLAC, by what is in it; tags before it, as some programs write, are passed over.
 *
 * @throws AudioError `file-not-readable`.
 */
export async function isFlacFile(path: string): Promise<boolean> {
  const source = await openFileSource(path);
  try {
    return (await flacPosition(source)) !== undefined;
  } finally {
    await source.close();
  }
}

/**
 * Reads the metadata.
 *
 * @throws AudioError `malformed-file` when it is no FLAC file or its metadata end early; `format-not-supported` for FLAC
 *   within Ogg and for more than 24 bits.
 */
export async function parseFlac(source: ByteSource): Promise<FlacLayout> {
  const start = await flacPosition(source);
  if (start === undefined) {
    throw await refusal(source);
  }
  let at = start + FLAC_MARK.byteLength;
  let info: StreamInfo | undefined;
  let found: FlacComments | undefined;
  for (let count = 0; count < MOST_BLOCKS; count++) {
    const header = await readWhole(source, at, BLOCK_HEADER_BYTES);
    const [flags = 0, high = 0, middle = 0, low = 0] = header;
    const type = flags & ~LAST_BLOCK;
    const bytes = (high << 16) | (middle << 8) | low;
    const body = at + BLOCK_HEADER_BYTES;
    if (type === FORBIDDEN_BLOCK || (info === undefined) !== (type === STREAM_INFO_BLOCK)) {
      throw malformed(source, at, `a metadata block of type ${type} cannot stand here`);
    }
    if (type === STREAM_INFO_BLOCK) {
      if (bytes < STREAM_INFO_BYTES) {
        throw malformed(source, at, `STREAMINFO has only ${bytes} bytes`);
      }
      info = checkInfo(
        parseStreamInfo(await readWhole(source, body, STREAM_INFO_BYTES)),
        source,
        body,
      );
    } else if (type === COMMENTS_BLOCK && found === undefined) {
      found = parseComments(await readWhole(source, body, bytes));
    }
    at = body + bytes;
    if ((flags & LAST_BLOCK) !== 0 && info !== undefined) {
      return { ...(found ?? { vendor: "", comments: [] }), info, soundPosition: at };
    }
  }
  throw malformed(source, at, `it has more than ${MOST_BLOCKS} metadata blocks`);
}

/** Where "fLaC" is; undefined when it is not at the start, or behind an ID3 tag there. */
async function flacPosition(source: ByteSource): Promise<number | undefined> {
  const head = await readUpTo(source, 0, ID3_HEADER_BYTES);
  if (startsWith(head, FLAC_MARK)) {
    return 0;
  }
  const position = behindId3(head);
  if (position === undefined) {
    return undefined;
  }
  const mark = await readUpTo(source, position, FLAC_MARK.byteLength);
  return startsWith(mark, FLAC_MARK) ? position : undefined;
}

/** Where an ID3 tag of version 2 ends: its size is in four bytes of seven bits each. */
function behindId3(head: Uint8Array): number | undefined {
  const [i, d, three, , , flags = 0, ...size] = head;
  if (head.byteLength < ID3_HEADER_BYTES || i !== 0x49 || d !== 0x44 || three !== 0x33) {
    return undefined;
  }
  const bytes = size.reduce((sum, byte) => sum * 128 + (byte & 127), 0);
  const footer = (flags & 0x10) === 0 ? 0 : ID3_HEADER_BYTES;
  return ID3_HEADER_BYTES + bytes + footer;
}

async function refusal(source: ByteSource): Promise<AudioError> {
  const mark = await readUpTo(source, 0, 4);
  return startsWith(mark, new TextEncoder().encode("OggS"))
    ? new AudioError(
        "format-not-supported",
        `Cannot read ${source.name}: it is an Ogg file; FLAC is read from files of its own.`,
      )
    : malformed(source, 0, 'it does not begin with "fLaC"');
}

function checkInfo(info: StreamInfo, source: ByteSource, at: number): StreamInfo {
  if (info.sampleRate === 0) {
    throw malformed(source, at, "its sample rate is 0");
  }
  if (info.bits < LEAST_BITS) {
    throw malformed(source, at, `its samples have ${info.bits} bits`);
  }
  if (info.bits > MOST_BITS) {
    throw new AudioError(
      "format-not-supported",
      `Cannot read ${source.name}: its samples have ${info.bits} bits, and ${MOST_BITS} are the most that are decoded.`,
    );
  }
  return info;
}

function malformed(source: ByteSource, at: number, reason: string): AudioError {
  return new AudioError("malformed-file", `Cannot read ${source.name}: ${reason} (at byte ${at}).`);
}

async function readWhole(source: ByteSource, at: number, count: number): Promise<Uint8Array> {
  if (at + count > source.size) {
    throw malformed(source, at, "the file ends within its metadata");
  }
  const bytes = await readUpTo(source, at, count);
  if (bytes.byteLength < count) {
    throw malformed(source, at, "the file ends within its metadata");
  }
  return bytes;
}

async function readUpTo(source: ByteSource, at: number, count: number): Promise<Uint8Array> {
  const target = new Uint8Array(count);
  return target.subarray(0, await source.read(target, at));
}

function startsWith(bytes: Uint8Array, mark: Uint8Array): boolean {
  return mark.every((byte, index) => bytes[index] === byte);
}
