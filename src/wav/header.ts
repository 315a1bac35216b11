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
export type WavFormat = Exclude<SampleFormat, "int8">;

/** Every format that a WAV file can hold, narrowest first. */
export const WAV_FORMATS: readonly WavFormat[] = ["uint8", "int16", "int24", "int32", "float32"];

/** What a WAV header says about the samples behind it. */
export interface WavSpec {
  /** A whole number of frames a second, up to {@link MAX_SAMPLE_RATE}. */
  readonly sampleRate: Hertz;
  /** Such that a frame has no more than {@link MAX_FRAME_BYTES}. */
  readonly channels: number;
  readonly format: WavFormat;
}

/** How a header is laid out beyond what its spec says. */
export interface WavHeaderOptions {
  /**
   * Write WAVE_FORMAT_PCM whatever the number of channels, as Python's `wave` does. Default
   * `false`. Only for integers: floats have a format tag of their own.
   */
  readonly plain?: boolean;
}

/** The sample rate stands in a 32-bit field, nSamplesPerSec. */
export const MAX_SAMPLE_RATE: Hertz = 0xffffffff;
/** A frame's size stands in a 16-bit field, nBlockAlign. */
export const MAX_FRAME_BYTES = 0xffff;
/** The sizes of RIFF chunks are 32-bit fields. */
const MAX_CHUNK_BYTES = 0xffffffff;
/** Chunk id and chunk size. */
const CHUNK_HEADER_BYTES = 8;

/**
 * The bytes of a WAV file before its first frame, for `dataBytes` bytes of frames. Their number
 * depends on the spec alone, so a header can be written over an older one of the same file.
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
 *   that is not PCM. Above two channels the extensible form, with the same `fact` chunk.
 */
export function wavHeader(
  spec: WavSpec,
  dataBytes: number,
  options: WavHeaderOptions = {},
): Uint8Array {
  const { sampleRate, channels, format } = spec;
  const float = format === "float32";
  const extensible = channels > 2 && options.plain !== true;
  const frameBytes = bytesPerFrame(format, channels);
  const bytes = new Uint8Array(wavHeaderBytes(spec, options));
  const view = new DataView(bytes.buffer);
  const codec = float ? WAVE_FORMAT_IEEE_FLOAT : WAVE_FORMAT_PCM;

  writeChunkHeader(
    view,
    0,
    "RIFF",
    bytes.byteLength - CHUNK_HEADER_BYTES + dataBytes + padBytes(dataBytes),
  );
  writeId(view, 8, "WAVE");
  const fmtBytes = fmtChunkBytes(float, extensible);
  writeChunkHeader(view, 12, "fmt ", fmtBytes);
  view.setUint16(20, extensible ? WAVE_FORMAT_EXTENSIBLE : codec, true); // wFormatTag
  view.setUint16(22, channels, true); // nChannels
  view.setUint32(24, sampleRate, true); // nSamplesPerSec: frames, in our words
  view.setUint32(28, Math.min(MAX_CHUNK_BYTES, sampleRate * frameBytes), true); // nAvgBytesPerSec
  view.setUint16(32, frameBytes, true); // nBlockAlign
  view.setUint16(34, bytesPerSample(format) * 8, true); // wBitsPerSample
  if (fmtBytes > 16) {
    view.setUint16(36, fmtBytes - 18, true); // cbSize: bytes behind this field
  }
  if (extensible) {
    view.setUint16(38, bytesPerSample(format) * 8, true); // wValidBitsPerSample
    // dwChannelMask 0: the channels are those of a device, not of loudspeakers. A mask would make
    // players send channel 4 of a microphone array to the subwoofer.
    view.setUint32(40, 0, true);
    view.setUint16(44, codec, true); // SubFormat
    bytes.set(SUBFORMAT_TAIL, 46);
  }
  let position = 20 + fmtBytes;
  if (float) {
    writeChunkHeader(view, position, "fact", 4);
    // dwSampleLength: frames, in our words
    view.setUint32(position + CHUNK_HEADER_BYTES, dataBytes / frameBytes, true);
    position += CHUNK_HEADER_BYTES + 4;
  }
  writeChunkHeader(view, position, "data", dataBytes);
  return bytes;
}

/** How many bytes {@link wavHeader} gives: the position of the first frame. */
export function wavHeaderBytes(spec: WavSpec, options: WavHeaderOptions = {}): number {
  const float = spec.format === "float32";
  const extensible = spec.channels > 2 && options.plain !== true;
  const factBytes = float ? CHUNK_HEADER_BYTES + 4 : 0;
  return (
    12 + CHUNK_HEADER_BYTES + fmtChunkBytes(float, extensible) + factBytes + CHUNK_HEADER_BYTES
  );
}

/**
 * 1 for an odd number of data bytes: a RIFF chunk starts at an even position, so a zero byte
 * follows an odd one.
 */
export function padBytes(dataBytes: number): number {
  return dataBytes % 2;
}

/**
 * The most frames that a file of this spec can hold, because the RIFF chunk around them ends at 4
 * GiB.
 */
export function maxWavFrames(spec: WavSpec, options: WavHeaderOptions = {}): Frames {
  // One byte less, and there is always room for the pad byte.
  const room = MAX_CHUNK_BYTES - (wavHeaderBytes(spec, options) - CHUNK_HEADER_BYTES) - 1;
  return Math.floor(room / bytesPerFrame(spec.format, spec.channels));
}

function fmtChunkBytes(float: boolean, extensible: boolean): number {
  if (extensible) {
    return 40;
  }
  return float ? 18 : 16;
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
