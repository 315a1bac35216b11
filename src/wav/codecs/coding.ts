import type { Frames } from "../../format.js";
import { bytesPerSample } from "../../format.js";
import { type AdpcmBlocks, adpcmFrames } from "../fmt-chunk.js";
import { WAVE_FORMAT_ADPCM, WAVE_FORMAT_IMA_ADPCM } from "../format-tags.js";
import type { WavFormat } from "../header.js";
import type { WavLayout } from "../parse.js";
import { ALAW, expandBytes, MULAW } from "./g711.js";
import { decodeImaBlock } from "./ima-adpcm.js";
import { decodeMsBlock } from "./ms-adpcm.js";
import { narrowFloats, pickBytes } from "./plain.js";

/** How the frames of a file become those that a reader gives. */
export interface Coding {
  /** In which format they are given: interleaved, little-endian. */
  readonly format: WavFormat;
  /** Bytes of one frame as it is given. */
  readonly frameBytes: number;
  /** The smallest part of the file that can be decoded by itself: a frame, or a block of ADPCM. */
  readonly unitBytes: number;
  readonly unitFrames: Frames;
  /** Whole frames in so many bytes of the file. */
  framesIn(bytes: number): Frames;
  /**
   * Decodes so many frames, from the start of a unit on, into a target with room for them. Gives
   * false where they were damaged. Undefined where the bytes of the file are given as they are.
   */
  readonly decode: ((raw: Uint8Array, frames: Frames, target: Uint8Array) => boolean) | undefined;
}

/** The coding of a file. `narrow` gives 64-bit floats as 32-bit ones. */
export function codingOf({ fmt, padding, container }: WavLayout, narrow: boolean): Coding {
  const { channels, bitsPerSample } = fmt;
  const { bigEndian } = container;
  if (fmt.blocks !== undefined) {
    const tag = fmt.codec === "ima-adpcm" ? WAVE_FORMAT_IMA_ADPCM : WAVE_FORMAT_ADPCM;
    return blockCoding(tag, channels, fmt.blocks);
  }
  switch (fmt.codec) {
    case "alaw":
    case "mulaw": {
      const table = fmt.codec === "alaw" ? ALAW : MULAW;
      return frameCoding("int16", channels, 1, (raw, target) => expandBytes(table, raw, target));
    }
    case "float":
      if (bitsPerSample === 64 && narrow) {
        return frameCoding("float32", channels, 8, (raw, target) =>
          narrowFloats(raw, !bigEndian, target),
        );
      }
      return plainCoding(bitsPerSample === 64 ? "float64" : "float32", channels, bigEndian);
    default:
      if (padding === "lower") {
        const picks = bigEndian ? [3, 2, 1] : [0, 1, 2];
        return frameCoding("int24", channels, 4, (raw, target) => pickBytes(raw, 4, picks, target));
      }
      return plainCoding(integerFormat(bitsPerSample / 8), channels, bigEndian);
  }
}

function integerFormat(bytes: number): WavFormat {
  return (["uint8", "int16", "int24", "int32"] as const)[bytes - 1] ?? "int32";
}

function plainCoding(format: WavFormat, channels: number, bigEndian: boolean): Coding {
  const bytes = bytesPerSample(format);
  if (!bigEndian || bytes === 1) {
    return frameCoding(format, channels, bytes, undefined);
  }
  const picks = Array.from({ length: bytes }, (_, index) => bytes - 1 - index);
  return frameCoding(format, channels, bytes, (raw, target) =>
    pickBytes(raw, bytes, picks, target),
  );
}

/** Each frame by itself, its samples of `sampleBytes` bytes in the file. */
function frameCoding(
  format: WavFormat,
  channels: number,
  sampleBytes: number,
  convert: ((raw: Uint8Array, target: Uint8Array) => void) | undefined,
): Coding {
  const unitBytes = channels * sampleBytes;
  return {
    format,
    frameBytes: channels * bytesPerSample(format),
    unitBytes,
    unitFrames: 1,
    framesIn: (bytes) => Math.floor(bytes / unitBytes),
    decode:
      convert &&
      ((raw, frames, target) => {
        convert(raw.subarray(0, frames * unitBytes), target);
        return true;
      }),
  };
}

function blockCoding(tag: number, channels: number, blocks: AdpcmBlocks): Coding {
  const samples = new Int16Array(blocks.frames * channels);
  const bytes = new Uint8Array(samples.buffer);
  return {
    format: "int16",
    frameBytes: 2 * channels,
    unitBytes: blocks.bytes,
    unitFrames: blocks.frames,
    framesIn: (length) => {
      const whole = Math.floor(length / blocks.bytes);
      // The last block may be shorter.
      const rest = Number.isFinite(length)
        ? adpcmFrames(tag, length - whole * blocks.bytes, channels)
        : 0;
      return whole * blocks.frames + Math.min(rest, blocks.frames);
    },
    decode: (raw, frames, target) => {
      const sound =
        tag === WAVE_FORMAT_IMA_ADPCM
          ? decodeImaBlock(raw, channels, frames, samples)
          : decodeMsBlock(raw, channels, frames, blocks.coefficients, samples);
      target.set(bytes.subarray(0, frames * 2 * channels));
      return sound;
    },
  };
}
