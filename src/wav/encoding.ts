/**
 * The outer form of a file: `RIFX` is RIFF with its numbers big-endian; `RF64`, `BW64` (its
 * successor) and `Wave64` have 64-bit sizes.
 */
export type WavContainer = "RIFF" | "RIFX" | "RF64" | "BW64" | "Wave64";

/** How the samples stand in a file: integers, floats, or one of four compressed forms. */
export type WavCodec = "pcm" | "float" | "alaw" | "mulaw" | "ima-adpcm" | "ms-adpcm";

/** How a file stores its frames, which a reader may give otherwise: see `WavReader.format`. */
export interface WavEncoding {
  readonly container: WavContainer;
  readonly codec: WavCodec;
  /** Bits that one sample takes in the file: 8 to 64, or 4 for ADPCM. */
  readonly bitsPerSample: number;
  /**
   * How many of them carry sound, for instance 20 of 24. As many as `bitsPerSample` for all but
   * PCM.
   */
  readonly validBits: number;
  readonly bigEndian: boolean;
  /**
   * Which loudspeakers the channels belong to, one bit for each (Microsoft's `dwChannelMask`: 1 is
   * front left, 2 front right, 4 front centre, 8 the subwoofer and so on). 0 where the file does
   * not say.
   */
  readonly channelMask: number;
  /** The file's `wFormatTag`, for instance 1 for PCM and 0xFFFE for the extensible form. */
  readonly formatTag: number;
}
