/**
 * How a WAV file names its codec: the wFormatTag words of the `fmt ` chunk and the SubFormat GUIDs
 * of WAVE_FORMAT_EXTENSIBLE. Source: RFC 2361 and Microsoft's mmreg.h.
 */

/** Uncompressed integers. */
export const WAVE_FORMAT_PCM = 0x0001;
/** Uncompressed IEEE 754 floats. */
export const WAVE_FORMAT_IEEE_FLOAT = 0x0003;
/** Microsoft's ADPCM. */
export const WAVE_FORMAT_ADPCM = 0x0002;
/** G.711 A-law. */
export const WAVE_FORMAT_ALAW = 0x0006;
/** G.711 mu-law. */
export const WAVE_FORMAT_MULAW = 0x0007;
/** The ADPCM of the Interactive Multimedia Association, also called DVI. */
export const WAVE_FORMAT_IMA_ADPCM = 0x0011;
/** The codec is in the SubFormat GUID of a longer `fmt ` chunk. */
export const WAVE_FORMAT_EXTENSIBLE = 0xfffe;

/**
 * Bytes 2 to 15 of every SubFormat GUID whose first two bytes are a wFormatTag (RFC 2361, section
 * 4).
 */
export const SUBFORMAT_TAIL: readonly number[] = [
  0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71,
];

const CODEC_NAMES: ReadonlyMap<number, string> = new Map([
  [0x0000, "unknown codec"],
  [WAVE_FORMAT_PCM, "PCM"],
  [WAVE_FORMAT_ADPCM, "Microsoft ADPCM"],
  [WAVE_FORMAT_IEEE_FLOAT, "IEEE float"],
  [WAVE_FORMAT_ALAW, "A-law"],
  [WAVE_FORMAT_MULAW, "mu-law"],
  [WAVE_FORMAT_IMA_ADPCM, "IMA ADPCM"],
  [0x0014, "G.723 ADPCM"],
  [0x0016, "G.721/G.722.1 ADPCM"],
  [0x0031, "GSM 6.10"],
  [0x0038, "NMS ADPCM"],
  [0x0040, "G.721 ADPCM"],
  [0x0045, "G.726 ADPCM"],
  [0x0050, "MPEG layer 1 or 2"],
  [0x0055, "MP3"],
  [0x0064, "G.726 ADPCM"],
  [0x0065, "G.722 ADPCM"],
  [0x0092, "AC-3 over S/PDIF"],
  [0x00ff, "AAC"],
  [0x0161, "Windows Media Audio"],
  [0x0162, "Windows Media Audio Professional"],
  [0x1610, "AAC (ADTS)"],
  [0x2000, "AC-3"],
  [0x566f, "Vorbis"],
  [0xf1ac, "FLAC"],
  [WAVE_FORMAT_EXTENSIBLE, "extensible without a codec"],
]);

/** A codec as a message names it, for instance `MP3 (format tag 0x0055)`. */
export function codecName(tag: number): string {
  const hex = `0x${tag.toString(16).padStart(4, "0")}`;
  return `${CODEC_NAMES.get(tag) ?? "unknown codec"} (format tag ${hex})`;
}
