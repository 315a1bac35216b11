import type { Frames } from "../../format.js";
import { checkNumber, describe } from "../../options.js";
import type { RawChunk } from "./chunk.js";
import { FieldReader, FieldWriter } from "./fields.js";
import { decodeText, encodeText } from "./text.js";

/** How loud the sound of a file is, as EBU R 128 measures it: the fields of `bext` version 2. */
export interface BroadcastLoudness {
  /** Integrated loudness in LUFS. */
  readonly integrated?: number;
  /** Loudness range in LU. */
  readonly range?: number;
  /** Maximum true peak level in dBTP. */
  readonly maxTruePeak?: number;
  /** Highest momentary loudness in LUFS. */
  readonly maxMomentary?: number;
  /** Highest short-term loudness in LUFS. */
  readonly maxShortTerm?: number;
}

/**
 * The broadcast extension, the `bext` chunk of EBU Tech 3285 (versions 0 to 2). What is left out is
 * empty in the file.
 */
export interface BroadcastExtension {
  /** What is heard: up to 256 bytes. */
  readonly description?: string;
  /** Who made it: up to 32 bytes. */
  readonly originator?: string;
  /** Its maker's reference of it: up to 32 bytes. */
  readonly originatorReference?: string;
  /** The day on which it was made, `yyyy-mm-dd`. */
  readonly originationDate?: string;
  /** The time of day, `hh:mm:ss`. */
  readonly originationTime?: string;
  /** Frames between midnight and the first frame: a whole number. Default 0. */
  readonly timeReference?: Frames;
  /** Version of the chunk. Default: the lowest that has all fields given. */
  readonly version?: number;
  /** SMPTE 330M identifier: 32 bytes, or 64 for an extended one. */
  readonly umid?: Uint8Array;
  /** From -327.68 to 327.66 each, in hundredths. */
  readonly loudness?: BroadcastLoudness;
  /** What was done to the sound, in lines: `A=PCM,F=48000,W=16,M=mono`. */
  readonly codingHistory?: string;
}

/** Bytes before the coding history. */
const FIXED_BYTES = 602;
const UMID_BYTES = 64;
const RESERVED_BYTES = 180;
/** Stands in a loudness field that was not measured. */
const NOT_MEASURED = 0x7fff;
/** In the order of the chunk. */
const LOUDNESS_FIELDS = [
  "integrated",
  "range",
  "maxTruePeak",
  "maxMomentary",
  "maxShortTerm",
] as const satisfies readonly (keyof BroadcastLoudness)[];

/** Reads a `bext` body; `warn` is told what cannot be as it stands. */
export function parseBext(
  bytes: Uint8Array,
  littleEndian: boolean,
  warn: (message: string) => void,
): BroadcastExtension {
  const fields = new FieldReader(bytes, littleEndian);
  const texts = {
    description: decodeText(fields.take(256)),
    originator: decodeText(fields.take(32)),
    originatorReference: decodeText(fields.take(32)),
    originationDate: decodeText(fields.take(10)),
    originationTime: decodeText(fields.take(8)),
  };
  // TimeReferenceLow, TimeReferenceHigh
  const timeReference = fields.u32() + fields.u32() * 2 ** 32;
  const version = fields.u16();
  const umid = fields.take(UMID_BYTES);
  const loudness = parseLoudness(fields);
  fields.skip(RESERVED_BYTES);
  if (fields.short) {
    warn(`it has ${bytes.byteLength} bytes, ${FIXED_BYTES} are the least`);
  }
  const exact = Number.isSafeInteger(timeReference);
  if (!exact) {
    warn("its time reference is above 2^53 and left out");
  }
  const codingHistory = decodeText(fields.take(fields.left));
  return {
    ...Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== "")),
    ...(exact ? { timeReference } : {}),
    version,
    ...(version >= 1 && umid.some((byte) => byte !== 0) ? { umid: Uint8Array.from(umid) } : {}),
    ...(version >= 2 && Object.keys(loudness).length > 0 ? { loudness } : {}),
    ...(codingHistory === "" ? {} : { codingHistory }),
  };
}

function parseLoudness(fields: FieldReader): BroadcastLoudness {
  const loudness: { -readonly [Name in keyof BroadcastLoudness]: number } = {};
  for (const name of LOUDNESS_FIELDS) {
    const hundredths = fields.i16();
    if (hundredths !== NOT_MEASURED && !fields.short) {
      loudness[name] = hundredths / 100;
    }
  }
  return loudness;
}

/**
 * The `bext` chunk.
 *
 * @throws TypeError, RangeError for fields of a wrong type or that do not fit; nothing is cut off.
 */
export function encodeBext(bext: BroadcastExtension): RawChunk {
  if (typeof bext !== "object" || bext === null) {
    throw new TypeError(`Expected \`bext\` to be an object, got ${describe(bext)}`);
  }
  const history = encodeText(bext.codingHistory ?? "", "bext.codingHistory");
  const timeReference = checkNumber(bext.timeReference ?? 0, "bext.timeReference", {
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    integer: true,
  });
  const writer = new FieldWriter(FIXED_BYTES + history.byteLength);
  writer.raw(encodeText(bext.description ?? "", "bext.description", 256), 256);
  writer.raw(encodeText(bext.originator ?? "", "bext.originator", 32), 32);
  writer.raw(encodeText(bext.originatorReference ?? "", "bext.originatorReference", 32), 32);
  writer.raw(encodeMoment(bext.originationDate, "bext.originationDate", /^\d{4}\D\d\d\D\d\d$/), 10);
  writer.raw(encodeMoment(bext.originationTime, "bext.originationTime", /^\d\d\D\d\d\D\d\d$/), 8);
  writer.u32(timeReference % 2 ** 32);
  writer.u32(Math.floor(timeReference / 2 ** 32));
  const version = versionOf(bext);
  writer.u16(version);
  writer.raw(checkUmid(bext.umid), UMID_BYTES);
  for (const name of LOUDNESS_FIELDS) {
    // Before version 2 these bytes are reserved, and zero.
    writer.i16(version < 2 ? 0 : hundredths(bext.loudness?.[name], `bext.loudness.${name}`));
  }
  writer.skip(RESERVED_BYTES);
  writer.raw(history);
  return { id: "bext", bytes: writer.bytes };
}

/** The version that is given, if it has the fields that are given. */
function versionOf(bext: BroadcastExtension): number {
  let least = bext.umid === undefined ? 0 : 1;
  if (bext.loudness !== undefined) {
    least = 2;
  }
  const rule = { min: least, max: 0xffff, integer: true };
  return checkNumber(bext.version ?? least, "bext.version", rule);
}

/** A date or a time. EBU Tech 3285 leaves open what stands between the numbers. */
function encodeMoment(text: unknown, name: string, shape: RegExp): Uint8Array {
  if (text === undefined) {
    return new Uint8Array(0);
  }
  const bytes = encodeText(text, name);
  if (typeof text === "string" && (!shape.test(text) || bytes.byteLength !== text.length)) {
    const wanted = name.endsWith("Date") ? "yyyy-mm-dd" : "hh:mm:ss";
    throw new RangeError(`Expected \`${name}\` to be of the form ${wanted}, got ${describe(text)}`);
  }
  return bytes;
}

function checkUmid(umid: unknown): Uint8Array {
  if (umid === undefined) {
    return new Uint8Array(0);
  }
  if (!(umid instanceof Uint8Array)) {
    throw new TypeError(`Expected \`bext.umid\` to be a Uint8Array, got ${describe(umid)}`);
  }
  if (umid.byteLength !== 32 && umid.byteLength !== UMID_BYTES) {
    throw new RangeError(
      `Expected \`bext.umid\` to have 32 or ${UMID_BYTES} bytes, got ${umid.byteLength}`,
    );
  }
  return umid;
}

/** The stored value: hundredths, rounded as EBU Tech 3285 says, a half away from zero. */
function hundredths(value: unknown, name: string): number {
  if (value === undefined) {
    return NOT_MEASURED;
  }
  const checked = checkNumber(value, name, { min: -327.68, max: 327.66 });
  // As decimal text first: -12.345 * 100 is a little above -1234.5.
  const scaled = Number(`${checked.toFixed(10)}e2`);
  return Math.sign(scaled) * Math.round(Math.abs(scaled));
}
