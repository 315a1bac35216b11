import type { Frames, Hertz } from "../format.js";

/** What the STREAMINFO block says: the first block of each FLAC file. RFC 9639, section 8.2. */
export interface StreamInfo {
  /** Frames of a FLAC frame, but for the last. */
  readonly minBlockFrames: Frames;
  readonly maxBlockFrames: Frames;
  /** Bytes of a FLAC frame; 0 when not known. */
  readonly minFrameBytes: number;
  readonly maxFrameBytes: number;
  readonly sampleRate: Hertz;
  /** From 1 to 8. */
  readonly channels: number;
  /** Bits of a sample, from 4 to 32. */
  readonly bits: number;
  /** 0 when not known. */
  readonly frames: Frames;
  /** Of the samples as little-endian integers, interleaved; all zeros when not known. */
  readonly md5: Uint8Array;
}

/** Bytes of the block without its header. */
export const STREAM_INFO_BYTES = 34;
/** Bytes of the checksum. */
export const MD5_BYTES = 16;
/** The number of frames has 36 bits. */
const MOST_FRAMES: Frames = 2 ** 36 - 1;
/** And the size of a FLAC frame 24. */
const MOST_FRAME_BYTES = 2 ** 24 - 1;

/** The block's bytes; what is too large for its field is not known. */
export function encodeStreamInfo(info: StreamInfo): Uint8Array {
  const bytes = new Uint8Array(STREAM_INFO_BYTES);
  const view = new DataView(bytes.buffer);
  const frameBytes = (value: number): number => (value > MOST_FRAME_BYTES ? 0 : value);
  const frames = info.frames > MOST_FRAMES ? 0 : info.frames;
  view.setUint16(0, info.minBlockFrames);
  view.setUint16(2, info.maxBlockFrames);
  // Both have 24 bits: the upper byte of the second is written over.
  view.setUint32(6, frameBytes(info.maxFrameBytes));
  view.setUint16(4, frameBytes(info.minFrameBytes) >>> 8);
  view.setUint8(6, frameBytes(info.minFrameBytes) & 0xff);
  // 20 bits of rate, 3 of channels, 5 of bits, and the upper 4 of 36 for the frames.
  const upper =
    (info.channels - 1) * 2 ** 9 + (info.bits - 1) * 2 ** 4 + Math.floor(frames / 2 ** 32);
  view.setUint32(10, info.sampleRate * 2 ** 12 + upper);
  view.setUint32(14, frames % 2 ** 32);
  bytes.set(info.md5.subarray(0, MD5_BYTES), 18);
  return bytes;
}

/** Reads a block of {@link STREAM_INFO_BYTES}. */
export function parseStreamInfo(bytes: Uint8Array): StreamInfo {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const packed = view.getUint32(10);
  return {
    minBlockFrames: view.getUint16(0),
    maxBlockFrames: view.getUint16(2),
    minFrameBytes: view.getUint32(4) >>> 8,
    maxFrameBytes: view.getUint32(6) & MOST_FRAME_BYTES,
    sampleRate: packed >>> 12,
    channels: ((packed >>> 9) & 7) + 1,
    bits: ((packed >>> 4) & 31) + 1,
    frames: (packed & 15) * 2 ** 32 + view.getUint32(14),
    md5: bytes.slice(18, 18 + MD5_BYTES),
  };
}
