import { WavFault } from "./fault.js";
import {
  codecName,
  SUBFORMAT_TAIL,
  WAVE_FORMAT_EXTENSIBLE,
  WAVE_FORMAT_IEEE_FLOAT,
  WAVE_FORMAT_PCM,
} from "./format-tags.js";
import type { WavFormat, WavSpec } from "./header.js";

/**
 * As much of a `fmt ` chunk as is ever looked at; what lies behind is codec data of codecs that are
 * not read.
 */
export const FMT_BYTES_USED = 40;

/** The shortest `fmt ` chunk that tells the width of a sample. */
const FMT_BYTES_LEAST = 16;
const CHUNK = "fmt ";

/**
 * Reads the body of a `fmt ` chunk: `bytes` holds its first {@link FMT_BYTES_USED} bytes, or fewer
 * where the chunk or the file ends before. `position` is where in the file they are.
 */
export function parseFmtChunk(bytes: Uint8Array, position: number): WavSpec {
  if (bytes.byteLength < FMT_BYTES_LEAST) {
    const message = `its format has ${bytes.byteLength} bytes, ${FMT_BYTES_LEAST} are the least`;
    throw new WavFault("fmt-too-short", message, position, CHUNK);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const channels = view.getUint16(2, true);
  const sampleRate = view.getUint32(4, true);
  const bits = view.getUint16(14, true);
  const codec = readCodec(bytes, view, position);
  if (channels === 0) {
    throw new WavFault("no-channels", "the file says that it has no channels", position + 2, CHUNK);
  }
  if (sampleRate === 0) {
    throw new WavFault(
      "no-sample-rate",
      "the file says that its sample rate is 0",
      position + 4,
      CHUNK,
    );
  }
  if (codec !== WAVE_FORMAT_PCM && codec !== WAVE_FORMAT_IEEE_FLOAT) {
    throw unsupported(codec, "", position);
  }
  if (bits === 0) {
    const message = "the file says that its samples have 0 bits";
    throw new WavFault("bad-sample-width", message, position + 14, CHUNK);
  }
  // Samples whose bits do not fill whole bytes stand at the upper end of their bytes, the rest is
  // zero (Microsoft's "Multimedia Programming Interface and Data Specifications 1.0"): they are
  // those of the wider format.
  const width = Math.ceil(bits / 8);
  const format = formatOf(codec, width);
  if (format === undefined) {
    throw unsupported(codec, ` of ${bits} bits`, position);
  }
  // Bits are the better witness than nBlockAlign, which is wrong in many files. One contradiction
  // cannot be resolved here: samples in more bytes than their bits need, in the plain form, stand
  // at either end of them.
  const container = view.getUint16(12, true) / channels;
  if (Number.isInteger(container) && container > width) {
    throw unsupported(codec, ` of ${bits} bits in ${container} bytes`, position);
  }
  return { sampleRate, channels, format };
}

function unsupported(codec: number, detail: string, position: number): WavFault {
  const message = `${codecName(codec)}${detail} is not supported`;
  return new WavFault("unknown-codec", message, position, CHUNK, codec);
}

/** The format tag, taken from the SubFormat GUID where the plain one says that it is there. */
function readCodec(bytes: Uint8Array, view: DataView, position: number): number {
  const tag = view.getUint16(0, true);
  if (tag !== WAVE_FORMAT_EXTENSIBLE) {
    return tag;
  }
  if (bytes.byteLength < 40 || view.getUint16(16, true) < 22) {
    const message =
      "the format chunk says that it is extensible, but is too short to name its codec";
    throw new WavFault("fmt-too-short", message, position, CHUNK);
  }
  if (!SUBFORMAT_TAIL.every((byte, index) => byte === bytes[26 + index])) {
    const message = `the codec ${guidText(view, 24)} is not supported`;
    throw new WavFault("unknown-codec", message, position + 24, CHUNK, WAVE_FORMAT_EXTENSIBLE);
  }
  return view.getUint16(24, true);
}

function formatOf(codec: number, width: number): WavFormat | undefined {
  if (codec === WAVE_FORMAT_PCM) {
    return ([undefined, "uint8", "int16", "int24", "int32"] as const)[width];
  }
  return codec === WAVE_FORMAT_IEEE_FLOAT && width === 4 ? "float32" : undefined;
}

/**
 * A GUID in its usual spelling: the first three groups are little-endian numbers, the others bytes.
 */
function guidText(view: DataView, offset: number): string {
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");
  const tail = Array.from({ length: 8 }, (_, index) =>
    hex(view.getUint8(offset + 8 + index), 2),
  ).join("");
  const groups = [hex(view.getUint32(offset, true), 8), hex(view.getUint16(offset + 4, true), 4)];
  groups.push(hex(view.getUint16(offset + 6, true), 4), tail.slice(0, 4), tail.slice(4));
  return groups.join("-");
}
