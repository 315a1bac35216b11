import type { Frames, Seconds } from "../../format.js";
import { checkNumber, describe } from "../../options.js";
import type { RawChunk } from "./chunk.js";
import { FieldReader, FieldWriter } from "./fields.js";

/** The loudest sample of each channel: the PEAK chunk, which libsndfile writes into float files. */
export interface PeakInfo {
  /** When it was measured, in seconds since 1970. */
  readonly time: Seconds;
  /** One for each channel: the greatest amplitude, and the first frame that has it. */
  readonly channels: readonly { readonly value: number; readonly position: Frames }[];
}

const VERSION = 1;
const CHANNEL_BYTES = 8;

/** Reads a PEAK body; undefined when it is of a version that is not known. */
export function parsePeak(
  bytes: Uint8Array,
  littleEndian: boolean,
  warn: (message: string) => void,
): PeakInfo | undefined {
  const fields = new FieldReader(bytes, littleEndian);
  const version = fields.u32();
  const time = fields.u32();
  if (version !== VERSION || fields.short) {
    warn(`its version ${version} is not known, or it is too short`);
    return undefined;
  }
  const channels: { value: number; position: Frames }[] = [];
  while (fields.left >= CHANNEL_BYTES) {
    channels.push({ value: fields.f32(), position: fields.u32() });
  }
  return { time, channels };
}

/**
 * The PEAK chunk.
 *
 * @throws TypeError, RangeError
 */
export function encodePeak(peak: PeakInfo): RawChunk {
  if (typeof peak !== "object" || peak === null || !Array.isArray(peak.channels)) {
    throw new TypeError(`Expected \`peak\` to be an object with channels, got ${describe(peak)}`);
  }
  const rule = { min: 0, max: 0xffff_ffff, integer: true };
  const writer = new FieldWriter(8 + peak.channels.length * CHANNEL_BYTES);
  writer.u32(VERSION);
  writer.u32(checkNumber(peak.time, "peak.time", rule));
  peak.channels.forEach((channel: { value?: unknown; position?: unknown } | undefined, index) => {
    writer.f32(checkNumber(channel?.value, `peak.channels[${index}].value`));
    writer.u32(checkNumber(channel?.position, `peak.channels[${index}].position`, rule));
  });
  return { id: "PEAK", bytes: writer.bytes };
}
