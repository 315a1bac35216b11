import type { Frames, Hertz } from "../../format.js";
import { checkOptions, describe } from "../../options.js";
import { type BroadcastExtension, encodeBext, parseBext } from "./bext.js";
import type { RawChunk } from "./chunk.js";
import { type CuePoint, encodeCues, parseCues } from "./cues.js";
import { FieldReader } from "./fields.js";
import { encodeInfo, parseInfo, type WavInfo } from "./info.js";
import { encodePeak, type PeakInfo, parsePeak } from "./peak.js";
import { encodeSampler, parseSampler, type SamplerInfo } from "./sampler.js";
import { decodeText, encodeText } from "./text.js";

/** What a WAV file says beside its samples. docs/wav-writing.md tells how its text is encoded. */
export interface WavMetadata {
  /** LIST INFO: texts under four-letter ids, for instance `INAM` for the title. */
  readonly info?: WavInfo;
  /** `bext`: the broadcast extension, EBU Tech 3285. */
  readonly bext?: BroadcastExtension;
  /** `cue ` and LIST adtl: places and stretches, with labels. */
  readonly cues?: readonly CuePoint[];
  /** `smpl`: pitch and loops. */
  readonly sampler?: SamplerInfo;
  /** `iXML`: the text as it is. */
  readonly ixml?: string;
  /** `axml`: the text as it is, for instance an audio definition model. */
  readonly axml?: string;
  /** `id3 `: an ID3 tag, as bytes. */
  readonly id3?: Uint8Array;
  /** `PEAK`: the loudest samples. */
  readonly peak?: PeakInfo;
}

/** Something in a metadata chunk that cannot be as it stands. */
export interface MetadataWarning {
  /** Id of the chunk. */
  readonly chunk: string;
  readonly message: string;
}

/** What was found in a file's metadata chunks. */
export interface ParsedMetadata {
  readonly metadata: WavMetadata;
  /** What its `fact` chunk says of its length; 0xFFFFFFFF in an RF64 file stands for more. */
  readonly factFrames: Frames | undefined;
  /** What could not be read, or not as it stands; the rest is in `metadata`. */
  readonly warnings: readonly MetadataWarning[];
}

/** How the chunks are stored. */
export interface ParseMetadataOptions {
  /** Whether they come from a RIFX file. Default `false`. */
  readonly bigEndian?: boolean;
}

/** What a writer puts before its samples, and what behind them. */
export interface EncodedMetadata {
  /** What is known before the first sample: `bext`, LIST INFO, `iXML`, `axml`. */
  readonly before: readonly RawChunk[];
  /** What is known at the end: `cue `, LIST adtl, `smpl`, `PEAK`, `id3 `. */
  readonly after: readonly RawChunk[];
}

/** The chunks that {@link parseMetadata} reads; all others it passes over. */
export const METADATA_CHUNKS: ReadonlySet<string> = new Set([
  "LIST",
  "bext",
  "cue ",
  "smpl",
  "iXML",
  "axml",
  "id3 ",
  "ID3 ",
  "PEAK",
  "fact",
]);

/** A broken chunk may have as many faults as bytes; nobody reads more of them than these. */
const MOST_WARNINGS = 100;

const KEYS: readonly (keyof WavMetadata)[] = [
  "info",
  "bext",
  "cues",
  "sampler",
  "ixml",
  "axml",
  "id3",
  "peak",
];

/**
 * Reads metadata out of the chunks of a file, in their order; those that are not metadata may be
 * among them. Never throws: what is broken is left out as far as it is broken, with a warning. Of
 * chunks that may stand once only, the first is read. What it gives shares no memory with the
 * chunks, and is about as large as they are; of more than 100 warnings the first are kept.
 */
export function parseMetadata(
  chunks: Iterable<RawChunk>,
  options: ParseMetadataOptions = {},
): ParsedMetadata {
  const littleEndian = options.bigEndian !== true;
  const warnings: MetadataWarning[] = [];
  const info: Record<string, string> = {};
  const adtl: Uint8Array[] = [];
  const first = new Map<string, Uint8Array>();
  const warnOf = (chunk: string) => (message: string) => {
    if (warnings.length < MOST_WARNINGS) {
      warnings.push({ chunk, message });
    }
  };
  for (const { id, bytes } of chunks) {
    if (id === "LIST") {
      const kind = new FieldReader(bytes, littleEndian).id();
      if (kind === "INFO") {
        parseInfo(bytes, littleEndian, info, warnOf("LIST"));
      } else if (kind === "adtl") {
        adtl.push(bytes);
      }
      continue;
    }
    const name = id === "ID3 " ? "id3 " : id;
    if (!METADATA_CHUNKS.has(name)) {
      continue;
    }
    if (first.has(name)) {
      warnOf(name)("the file has more than one of them; the first is read");
    } else {
      first.set(name, bytes);
    }
  }

  const read = <Value>(id: string, parse: (bytes: Uint8Array) => Value): Value | undefined => {
    const bytes = first.get(id);
    return bytes === undefined ? undefined : parse(bytes);
  };
  const cue = first.get("cue ");
  const cues =
    cue !== undefined || adtl.length > 0
      ? parseCues(cue ?? new Uint8Array(4), adtl, littleEndian, warnOf("cue "))
      : undefined;
  const metadata = withoutUndefined({
    info: Object.keys(info).length === 0 ? undefined : info,
    bext: read("bext", (bytes) => parseBext(bytes, littleEndian, warnOf("bext"))),
    cues: cues?.length === 0 ? undefined : cues,
    sampler: read("smpl", (bytes) => parseSampler(bytes, littleEndian, warnOf("smpl"))),
    ixml: read("iXML", decodeText),
    axml: read("axml", decodeText),
    id3: read("id3 ", (bytes) => Uint8Array.from(bytes)),
    peak: read("PEAK", (bytes) => parsePeak(bytes, littleEndian, warnOf("PEAK"))),
  });
  const factFrames = read("fact", (bytes) => {
    const fields = new FieldReader(bytes, littleEndian);
    const frames = fields.u32();
    if (fields.short) {
      warnOf("fact")(`it has only ${bytes.byteLength} bytes`);
    }
    return fields.short ? undefined : frames;
  });
  return { metadata, factFrames, warnings };
}

/**
 * The chunks of a file that say this. `fact` is not among them: it is part of the header. The
 * sample rate is that of a sampler's frames, where it does not say their length itself.
 *
 * @throws TypeError, RangeError for what does not fit into its chunk, unknown keys and wrong types.
 *   Nothing is cut off or left out.
 */
export function encodeMetadata(metadata: WavMetadata, sampleRate: Hertz): EncodedMetadata {
  if (typeof metadata !== "object" || metadata === null) {
    throw new TypeError(`Expected \`metadata\` to be an object, got ${describe(metadata)}`);
  }
  checkOptions(metadata, KEYS, "metadata");
  const { info, bext, cues, sampler, ixml, axml, id3, peak } = metadata;
  const before: RawChunk[] = [];
  const after: RawChunk[] = [];
  if (bext !== undefined) {
    before.push(encodeBext(bext));
  }
  if (info !== undefined) {
    before.push(...encodeInfo(info));
  }
  if (ixml !== undefined) {
    before.push({ id: "iXML", bytes: encodeText(ixml, "ixml") });
  }
  if (axml !== undefined) {
    before.push({ id: "axml", bytes: encodeText(axml, "axml") });
  }
  if (cues !== undefined) {
    after.push(...encodeCues(cues));
  }
  if (sampler !== undefined) {
    after.push(encodeSampler(sampler, Math.round(1e9 / sampleRate)));
  }
  if (peak !== undefined) {
    after.push(encodePeak(peak));
  }
  if (id3 !== undefined) {
    if (!(id3 instanceof Uint8Array)) {
      throw new TypeError(`Expected \`id3\` to be a Uint8Array, got ${describe(id3)}`);
    }
    after.push({ id: "id3 ", bytes: Uint8Array.from(id3) });
  }
  return { before, after };
}

/** Absent and undefined are not the same to the type, nor to `in`. */
function withoutUndefined(
  fields: {
    readonly [Name in keyof Required<WavMetadata>]: WavMetadata[Name] | undefined;
  },
): WavMetadata {
  const { info, bext, cues, sampler, ixml, axml, id3, peak } = fields;
  return {
    ...(info === undefined ? {} : { info }),
    ...(bext === undefined ? {} : { bext }),
    ...(cues === undefined ? {} : { cues }),
    ...(sampler === undefined ? {} : { sampler }),
    ...(ixml === undefined ? {} : { ixml }),
    ...(axml === undefined ? {} : { axml }),
    ...(id3 === undefined ? {} : { id3 }),
    ...(peak === undefined ? {} : { peak }),
  };
}
