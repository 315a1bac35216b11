import {
  bytesPerFrame,
  bytesPerSample,
  type Frames,
  type Hertz,
  type SampleFormat,
} from "../format.js";
import {
  SUBFORMAT_TAIL,
  WAVE_FORMAT_EXTENSIBLE,
  WAVE_FORMAT_IEEE_FLOAT,
  WAVE_FORMAT_PCM,
} from "./format-tags.js";

/** The sample formats that a WAV file can hold: WAV has no signed 8-bit integers. */
export type WavSampleFormat = Exclude<SampleFormat, "int8">;
/** What a WAV file can hold: the sample formats, and 64-bit floats, which only files have. */
export type WavFormat = WavSampleFormat | "float64";

/** The sample formats that a WAV file can hold, narrowest first. */
export const WAV_SAMPLE_FORMATS: readonly WavSampleFormat[] = [
  "uint8",
  "int16",
  "int24",
  "int32",
  "float32",
];
/** Every format that a WAV file can hold, narrowest first. */
export const WAV_FORMATS: readonly WavFormat[] = [...WAV_SAMPLE_FORMATS, "float64"];

/** What a WAV header says about the samples behind it. */
export interface WavSpec {
  /** A whole number of frames a second, up to {@link MAX_SAMPLE_RATE}. */
  readonly sampleRate: Hertz;
  /** Such that a frame has no more than {@link MAX_FRAME_BYTES}. */
  readonly channels: number;
  readonly format: WavFormat;
  /** Loudspeakers of the channels, dwChannelMask. Default 0: none. */
  readonly channelMask?: number;
  /** Bits of a sample that carry sound, the upper ones. Default: all. */
  readonly validBits?: number;
}

/**
 * How a file grows:
 * - `auto`: a RIFF file with room for 64-bit sizes, which becomes an RF64 file when it passes 4 GiB;
 * - `riff`: a RIFF file, which ends at 4 GiB;
 * - `rf64`: an RF64 file from the start.
 */
export type WavGrowth = "auto" | "riff" | "rf64";

/** How a header is laid out beyond what its spec says. */
export interface WavHeaderOptions {
  /**
   * Write WAVE_FORMAT_EXTENSIBLE, or do not: Python's `wave` never does. Default: where
   * {@link wavHeader} says. `false` only for integers or with two channels at most.
   */
  readonly extensible?: boolean;
  /** Default `riff`. */
  readonly container?: WavGrowth;
  /** Whole chunks that stand between the format and the data. Default: none. */
  readonly metadata?: Uint8Array;
  /** Bytes of the chunks behind the data and their pad byte: an even number. Default 0. */
  readonly tailBytes?: number;
  /** The length will not be known before the end, and then it is too late. Default `false`. */
  readonly streaming?: boolean;
}

/** The sample rate stands in a 32-bit field, nSamplesPerSec. */
export const MAX_SAMPLE_RATE: Hertz = 0xffffffff;
/** A frame's size stands in a 16-bit field, nBlockAlign. */
export const MAX_FRAME_BYTES = 0xffff;
/** The sizes of RIFF chunks are 32-bit fields. */
const MAX_CHUNK_BYTES = 0xffffffff;
/** In a 32-bit field: the number is in the `ds64` chunk, or it is not known. */
const ELSEWHERE = 0xffffffff;
/** Chunk id and chunk size. */
const CHUNK_HEADER_BYTES = 8;
/** `RIFF`, its size, `WAVE`. */
const CONTAINER_BYTES = 12;
/** Sizes of file and data, number of frames, and an empty table (EBU Tech 3306, section 3). */
const DS64_BYTES = 28;

/**
 * The bytes of a WAV file before its first frame, for `dataBytes` bytes of frames. Their number
 * depends on spec and options, not on the data, so a header can be written over an older one of the
 * same file.
 *
 * Which `fmt ` chunk is written:
 * - integers in one or two channels: WAVE_FORMAT_PCM, 16 bytes. Microsoft's "Multiple Channel Audio
 *   Data and WAVE Files" asks for WAVE_FORMAT_EXTENSIBLE above 16 bits too, but readers that know
 *   only the plain tag are many (Python's `wave` before 3.12 is one), and none is known that reads
 *   only the extensible form of 24 bits;
 * - integers in more than two channels: WAVE_FORMAT_EXTENSIBLE, 40 bytes, as that document asks,
 *   because only there can the file say that its channels belong to no loudspeakers;
 * - floats: WAVE_FORMAT_IEEE_FLOAT, 18 bytes with cbSize 0, and a `fact` chunk: RFC 2361 and the
 *   RIFF standard's update (Microsoft's "New Multimedia Data Types") ask for both in every format
 *   that is not PCM. Above two channels the extensible form, with the same `fact` chunk;
 * - loudspeakers, or fewer valid bits than the sample has: the extensible form, which alone can say
 *   so.
 *
 * A file that may become RF64 has a JUNK chunk of the size of a `ds64` chunk in its place, which is
 * the way of EBU Tech 3306 to keep room for it.
 */
export function wavHeader(
  spec: WavSpec,
  dataBytes: number,
  options: WavHeaderOptions = {},
): Uint8Array {
  const { metadata = new Uint8Array(0), streaming = false } = options;
  const layout = layoutOf(spec, options);
  const frames = dataBytes / bytesPerFrame(spec.format, spec.channels);
  const bytes = new Uint8Array(layout.bytes);
  const view = new DataView(bytes.buffer);
  const riffBytes =
    bytes.byteLength -
    CHUNK_HEADER_BYTES +
    dataBytes +
    padBytes(dataBytes) +
    (options.tailBytes ?? 0);
  const rf64 = layout.hasRoom && (options.container === "rf64" || riffBytes > MAX_CHUNK_BYTES);
  const elsewhere = rf64 || streaming;

  writeChunkHeader(view, 0, rf64 ? "RF64" : "RIFF", elsewhere ? ELSEWHERE : riffBytes);
  writeId(view, 8, "WAVE");
  let position = CONTAINER_BYTES;
  if (layout.hasRoom) {
    writeChunkHeader(view, position, rf64 ? "ds64" : "JUNK", DS64_BYTES);
    if (rf64) {
      writeLong(view, position + 8, riffBytes); // riffSize
      writeLong(view, position + 16, dataBytes); // dataSize
      writeLong(view, position + 24, frames); // sampleCount: frames, in our words
    }
    position += CHUNK_HEADER_BYTES + DS64_BYTES;
  }
  writeFmt(bytes, position, spec, layout);
  position += CHUNK_HEADER_BYTES + layout.fmtBytes;
  if (layout.float) {
    writeChunkHeader(view, position, "fact", 4);
    // dwSampleLength: frames, in our words. FFmpeg writes 0 where they are not known.
    const sampleLength = rf64 ? Math.min(frames, ELSEWHERE) : frames;
    view.setUint32(position + CHUNK_HEADER_BYTES, streaming ? 0 : sampleLength, true);
    position += CHUNK_HEADER_BYTES + 4;
  }
  bytes.set(metadata, position);
  writeChunkHeader(view, position + metadata.byteLength, "data", elsewhere ? ELSEWHERE : dataBytes);
  return bytes;
}

/** How many bytes {@link wavHeader} gives: the position of the first frame. */
export function wavHeaderBytes(spec: WavSpec, options: WavHeaderOptions = {}): number {
  return layoutOf(spec, options).bytes;
}

/**
 * 1 for an odd number of data bytes: a RIFF chunk starts at an even position, so a zero byte
 * follows an odd one.
 */
export function padBytes(dataBytes: number): number {
  return dataBytes % 2;
}

/**
 * The most frames that a RIFF file of this spec can hold, because the RIFF chunk around them ends
 * at 4 GiB.
 */
export function maxWavFrames(spec: WavSpec, options: WavHeaderOptions = {}): Frames {
  // One byte less, and there is always room for the pad byte.
  const others = wavHeaderBytes(spec, options) - CHUNK_HEADER_BYTES + (options.tailBytes ?? 0) + 1;
  const room = MAX_CHUNK_BYTES - others;
  return Math.max(0, Math.floor(room / bytesPerFrame(spec.format, spec.channels)));
}

interface Layout {
  readonly float: boolean;
  readonly extensible: boolean;
  /** Whether there is a chunk for 64-bit sizes, or the room for one. */
  readonly hasRoom: boolean;
  readonly fmtBytes: number;
  /** Of the whole header. */
  readonly bytes: number;
}

function layoutOf(spec: WavSpec, options: WavHeaderOptions): Layout {
  const float = isFloat(spec.format);
  const extensible = options.extensible ?? needsExtensible(spec);
  const hasRoom = options.container !== undefined && options.container !== "riff";
  let fmtBytes = float ? 18 : 16;
  if (extensible) {
    fmtBytes = 40;
  }
  const bytes =
    CONTAINER_BYTES +
    (hasRoom ? CHUNK_HEADER_BYTES + DS64_BYTES : 0) +
    CHUNK_HEADER_BYTES +
    fmtBytes +
    (float ? CHUNK_HEADER_BYTES + 4 : 0) +
    (options.metadata?.byteLength ?? 0) +
    CHUNK_HEADER_BYTES;
  return { float, extensible, hasRoom, fmtBytes, bytes };
}

/** Whether the samples are floats. */
export function isFloat(format: WavFormat): boolean {
  return format === "float32" || format === "float64";
}

/** Whether the plain form cannot say what the spec says, or must not. */
export function needsExtensible({
  channels,
  format,
  channelMask = 0,
  validBits,
}: WavSpec): boolean {
  const bits = bytesPerSample(format) * 8;
  return channels > 2 || channelMask !== 0 || (validBits ?? bits) !== bits;
}

function writeFmt(bytes: Uint8Array, at: number, spec: WavSpec, layout: Layout): void {
  const { sampleRate, channels, format } = spec;
  const { float, extensible, fmtBytes } = layout;
  const view = new DataView(bytes.buffer);
  const codec = float ? WAVE_FORMAT_IEEE_FLOAT : WAVE_FORMAT_PCM;
  const bits = bytesPerSample(format) * 8;
  const frameBytes = bytesPerFrame(format, channels);
  writeChunkHeader(view, at, "fmt ", fmtBytes);
  view.setUint16(at + 8, extensible ? WAVE_FORMAT_EXTENSIBLE : codec, true); // wFormatTag
  view.setUint16(at + 10, channels, true); // nChannels
  view.setUint32(at + 12, sampleRate, true); // nSamplesPerSec: frames, in our words
  const byteRate = Math.min(MAX_CHUNK_BYTES, sampleRate * frameBytes);
  view.setUint32(at + 16, byteRate, true); // nAvgBytesPerSec
  view.setUint16(at + 20, frameBytes, true); // nBlockAlign
  view.setUint16(at + 22, bits, true); // wBitsPerSample
  if (fmtBytes > 16) {
    view.setUint16(at + 24, fmtBytes - 18, true); // cbSize: bytes behind this field
  }
  if (extensible) {
    view.setUint16(at + 26, spec.validBits ?? bits, true); // wValidBitsPerSample
    // dwChannelMask. By itself 0: the channels are those of a device, not of loudspeakers. A mask
    // would make players send channel 4 of a microphone array to the subwoofer.
    view.setUint32(at + 28, spec.channelMask ?? 0, true);
    view.setUint16(at + 32, codec, true); // SubFormat
    bytes.set(SUBFORMAT_TAIL, at + 34);
  }
}

function writeChunkHeader(view: DataView, position: number, id: string, size: number): void {
  writeId(view, position, id);
  view.setUint32(position + 4, size, true);
}

function writeId(view: DataView, position: number, id: string): void {
  for (let index = 0; index < 4; index++) {
    view.setUint8(position + index, id.charCodeAt(index));
  }
}

/** A 64-bit field. */
function writeLong(view: DataView, position: number, value: number): void {
  view.setBigUint64(position, BigInt(value), true);
}
