import type { Frames, Hertz } from "../format.js";
import { guidText } from "./containers/guid.js";
import type { WavCodec } from "./encoding.js";
import { WavFault } from "./fault.js";
import {
  codecName,
  SUBFORMAT_TAIL,
  WAVE_FORMAT_ADPCM,
  WAVE_FORMAT_ALAW,
  WAVE_FORMAT_EXTENSIBLE,
  WAVE_FORMAT_IEEE_FLOAT,
  WAVE_FORMAT_IMA_ADPCM,
  WAVE_FORMAT_MULAW,
  WAVE_FORMAT_PCM,
} from "./format-tags.js";
import type { WavWarningCode } from "./warning.js";

/**
 * As much of a `fmt ` chunk as is ever looked at: the longest is that of Microsoft's ADPCM with its
 * coefficients, of which 7 pairs are usual and 32 are read.
 */
export const FMT_BYTES_USED: number = 22 + 4 * 32;

/** The shortest `fmt ` chunk that tells the width of a sample. */
const FMT_BYTES_LEAST = 16;
const CHUNK = "fmt ";
/** The widest integers that are read. */
const MOST_PCM_BYTES = 4;

/** What a `fmt ` chunk says. */
export interface WavFmt {
  readonly sampleRate: Hertz;
  readonly channels: number;
  readonly formatTag: number;
  readonly channelMask: number;
  readonly codec: WavCodec;
  readonly bitsPerSample: number;
  readonly validBits: number;
  /**
   * Where samples of 24 bits stand in four bytes: `upper` by the standard of the extensible form,
   * `lower` by the habit of the plain one, but either may be otherwise. `none` for all others.
   */
  readonly padding: "none" | "upper" | "lower";
  /** The blocks of ADPCM; undefined for codecs in which each frame stands for itself. */
  readonly blocks: AdpcmBlocks | undefined;
}

/** How the data of ADPCM are cut into blocks that are decoded each for itself. */
export interface AdpcmBlocks {
  readonly bytes: number;
  readonly frames: Frames;
  /** Pairs of Microsoft's predictors; empty for IMA. */
  readonly coefficients: readonly (readonly [number, number])[];
}

/** Where the parser is told of what is wrong but can be read: `offset` counts in the chunk. */
export type WarnOfFmt = (code: WavWarningCode, message: string, offset: number) => void;

/** The fields of a `fmt ` chunk under Microsoft's names. */
interface Fields {
  readonly view: DataView;
  readonly position: number;
  readonly channels: number;
  readonly sampleRate: Hertz;
  readonly byteRate: number;
  readonly blockAlign: number;
  readonly bits: number;
  readonly validBits: number | undefined;
  readonly littleEndian: boolean;
  readonly warn: WarnOfFmt;
}

/** What depends on the codec. */
type Samples = Pick<WavFmt, "codec" | "bitsPerSample" | "validBits" | "padding" | "blocks">;

/**
 * Reads the body of a `fmt ` chunk: `bytes` holds its first {@link FMT_BYTES_USED} bytes, or fewer
 * where the chunk or the file ends before. `position` is where in the file they are.
 *
 * @throws WavFault
 */
export function parseFmtChunk(
  bytes: Uint8Array,
  position: number,
  bigEndian: boolean,
  warn: WarnOfFmt,
): WavFmt {
  if (bytes.byteLength < FMT_BYTES_LEAST) {
    const message = `its format has ${bytes.byteLength} bytes, ${FMT_BYTES_LEAST} are the least`;
    throw new WavFault("fmt-too-short", message, position, CHUNK);
  }
  const littleEndian = !bigEndian;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const formatTag = view.getUint16(0, littleEndian);
  const channels = view.getUint16(2, littleEndian);
  const sampleRate = view.getUint32(4, littleEndian);
  const extensible = formatTag === WAVE_FORMAT_EXTENSIBLE;
  const codec = extensible ? subFormat(view, position, littleEndian) : formatTag;
  if (channels === 0) {
    throw new WavFault("no-channels", "the file says that it has no channels", position + 2, CHUNK);
  }
  if (sampleRate === 0) {
    const message = "the file says that its sample rate is 0";
    throw new WavFault("no-sample-rate", message, position + 4, CHUNK);
  }
  const samples = samplesOf(codec, {
    view,
    position,
    channels,
    sampleRate,
    byteRate: view.getUint32(8, littleEndian),
    blockAlign: view.getUint16(12, littleEndian),
    bits: view.getUint16(14, littleEndian),
    validBits: extensible ? view.getUint16(18, littleEndian) : undefined,
    littleEndian,
    warn,
  });
  const channelMask = extensible ? view.getUint32(20, littleEndian) : 0;
  return { sampleRate, channels, formatTag, channelMask, ...samples };
}

/** The format tag in the SubFormat GUID of the extensible form. */
function subFormat(view: DataView, position: number, littleEndian: boolean): number {
  if (view.byteLength < 40 || view.getUint16(16, littleEndian) < 22) {
    const message =
      "the format chunk says that it is extensible, but is too short to name its codec";
    throw new WavFault("fmt-too-short", message, position, CHUNK);
  }
  const isTag = SUBFORMAT_TAIL.every((byte, index) => byte === view.getUint8(26 + index));
  if (isTag) {
    // In RIFX some writers turn round only the tag of the GUID, and some nothing. No tag that is
    // read here is above 255.
    const tag = view.getUint16(24, true);
    return littleEndian ? tag : Math.min(tag, view.getUint16(24, false));
  }
  const guid = guidText(view, 24, littleEndian);
  const tag = /^0000(?<tag>[0-9a-f]{4})-0000-0010-8000-00aa00389b71$/.exec(guid)?.groups?.tag;
  if (tag === undefined) {
    const message = `the codec ${guid} is not supported`;
    throw new WavFault("unknown-codec", message, position + 24, CHUNK, WAVE_FORMAT_EXTENSIBLE);
  }
  return Number.parseInt(tag, 16);
}

function samplesOf(codec: number, fields: Fields): Samples {
  switch (codec) {
    case WAVE_FORMAT_PCM:
      return pcmSamples(fields);
    case WAVE_FORMAT_IEEE_FLOAT:
      return floatSamples(fields);
    case WAVE_FORMAT_ALAW:
    case WAVE_FORMAT_MULAW:
      return compandedSamples(codec === WAVE_FORMAT_ALAW ? "alaw" : "mulaw", fields);
    case WAVE_FORMAT_IMA_ADPCM:
    case WAVE_FORMAT_ADPCM:
      return adpcmSamples(codec, fields);
    default:
      throw unsupported(codec, "", fields.position);
  }
}

/**
 * Samples whose bits do not fill whole bytes stand at the upper end of their bytes, the rest is
 * zero (Microsoft's "Multimedia Programming Interface and Data Specifications 1.0"): they are those
 * of the wider format.
 *
 * Bits are the better witness than nBlockAlign, which is wrong in many files, and libsndfile and
 * FFmpeg go by them too. One case is different: 24 bits with four bytes for each sample is how
 * `arecord -f S24_LE` says that each sample has a byte of padding. Where the rate of bytes is that
 * of packed samples, nBlockAlign is the one that is wrong.
 */
function pcmSamples(fields: Fields): Samples {
  const { channels, sampleRate, byteRate, blockAlign, warn } = fields;
  const bits = statedBits(fields);
  const width = Math.ceil(bits / 8);
  if (width > MOST_PCM_BYTES) {
    throw unsupported(WAVE_FORMAT_PCM, ` of ${bits} bits`, fields.position);
  }
  const validBits = fields.validBits === undefined ? bits : checkedValidBits(fields, width * 8);
  const packedRate = sampleRate * channels * 3;
  if (width === 3 && blockAlign === channels * 4 && byteRate !== packedRate) {
    const padding = fields.validBits === undefined ? "lower" : "upper";
    return { codec: "pcm", bitsPerSample: 32, validBits, padding, blocks: undefined };
  }
  checkBlockAlign(blockAlign, channels * width, warn);
  const mayBePadded = width === 4 && fields.validBits !== undefined && validBits <= 24;
  const padding = mayBePadded && validBits > 16 ? "upper" : "none";
  return { codec: "pcm", bitsPerSample: width * 8, validBits, padding, blocks: undefined };
}

function floatSamples(fields: Fields): Samples {
  const bits = statedBits(fields);
  if (bits !== 32 && bits !== 64) {
    throw unsupported(WAVE_FORMAT_IEEE_FLOAT, ` of ${bits} bits`, fields.position);
  }
  checkBlockAlign(fields.blockAlign, (fields.channels * bits) / 8, fields.warn);
  return {
    codec: "float",
    bitsPerSample: bits,
    validBits: bits,
    padding: "none",
    blocks: undefined,
  };
}

function compandedSamples(codec: "alaw" | "mulaw", fields: Fields): Samples {
  const { bits, channels, blockAlign, warn } = fields;
  if (bits !== 8) {
    const message = `the file says that its samples have ${bits} bits; A-law and mu-law have 8`;
    warn("bits-wrong", message, 14);
  }
  checkBlockAlign(blockAlign, channels, warn);
  return { codec, bitsPerSample: 8, validBits: 8, padding: "none", blocks: undefined };
}

/** The bits of a sample; files of some writers have them only where the valid ones stand. */
function statedBits(fields: Fields): number {
  if (fields.bits !== 0) {
    return fields.bits;
  }
  if (fields.validBits === undefined || fields.validBits === 0) {
    const message = "the file says that its samples have 0 bits";
    throw new WavFault("bad-sample-width", message, fields.position + 14, CHUNK);
  }
  const message = `the file says that its samples have 0 bits; read as ${fields.validBits}, which it calls valid`;
  fields.warn("bits-wrong", message, 14);
  return fields.validBits;
}

function checkedValidBits({ validBits = 0, warn }: Fields, most: number): number {
  if (validBits > 0 && validBits <= most) {
    return validBits;
  }
  const message = `the file says that ${validBits} of ${most} bits are valid; all are taken as such`;
  warn("bits-wrong", message, 18);
  return most;
}

function checkBlockAlign(found: number, expected: number, warn: WarnOfFmt): void {
  if (found !== expected) {
    const message = `the file says that a frame has ${found} bytes; by its channels and bits it has ${expected}`;
    warn("block-align-wrong", message, 12);
  }
}

/** Frames that the header of a block holds. */
const LEAST_FRAMES = { [WAVE_FORMAT_IMA_ADPCM]: 1, [WAVE_FORMAT_ADPCM]: 2 } as const;

function adpcmSamples(
  tag: typeof WAVE_FORMAT_IMA_ADPCM | typeof WAVE_FORMAT_ADPCM,
  fields: Fields,
): Samples {
  const { view, position, channels, bits, blockAlign, littleEndian, warn } = fields;
  if (fields.validBits !== undefined || !littleEndian || bits !== 4) {
    const detail = bits === 4 ? " in this form (extensible or big-endian)" : ` of ${bits} bits`;
    throw unsupported(tag, detail, position);
  }
  const frames = adpcmFrames(tag, blockAlign, channels);
  if (frames < 1) {
    const message = `blocks of ${blockAlign} bytes are too small for ${codecName(tag)} in ${channels} channels`;
    throw new WavFault("bad-block-align", message, position + 12, CHUNK);
  }
  const stated = view.byteLength >= 20 ? view.getUint16(18, true) : 0;
  if (stated !== frames && stated !== 0) {
    const message = `the file says that a block of ${blockAlign} bytes has ${stated} frames; it has room for ${frames}`;
    warn("block-align-wrong", message, 18);
  }
  const used = stated >= LEAST_FRAMES[tag] && stated < frames ? stated : frames;
  const ima = tag === WAVE_FORMAT_IMA_ADPCM;
  const coefficients = ima ? [] : coefficientPairs(view);
  return {
    codec: ima ? "ima-adpcm" : "ms-adpcm",
    bitsPerSample: 4,
    validBits: 4,
    padding: "none",
    blocks: { bytes: blockAlign, frames: used, coefficients },
  };
}

/** Frames that a block of so many bytes holds; below 1 when it has no room for its own header. */
export function adpcmFrames(tag: number, bytes: number, channels: number): Frames {
  if (tag === WAVE_FORMAT_IMA_ADPCM) {
    // Four bytes of header for each channel hold its first sample; then eight samples in turn.
    const groups = Math.floor(bytes / (4 * channels)) - 1;
    return groups < 0 ? 0 : groups * 8 + 1;
  }
  // Seven bytes of header for each channel hold its first two samples.
  const rest = bytes - 7 * channels;
  return rest < 0 ? 0 : 2 + Math.floor((rest * 2) / channels);
}

/** Microsoft's own seven pairs, which every file must begin with. */
const USUAL_PAIRS: readonly (readonly [number, number])[] = [
  [256, 0],
  [512, -256],
  [0, 0],
  [192, 64],
  [240, 0],
  [460, -208],
  [392, -232],
];

function coefficientPairs(view: DataView): readonly (readonly [number, number])[] {
  const count = view.byteLength >= 22 ? view.getUint16(20, true) : 0;
  const pairs: [number, number][] = [];
  for (let at = 22; pairs.length < count && at + 4 <= view.byteLength; at += 4) {
    pairs.push([view.getInt16(at, true), view.getInt16(at + 2, true)]);
  }
  return pairs.length < USUAL_PAIRS.length ? USUAL_PAIRS : pairs;
}

function unsupported(codec: number, detail: string, position: number): WavFault {
  const message = `${codecName(codec)}${detail} is not supported`;
  return new WavFault("unknown-codec", message, position, CHUNK, codec);
}
