import type { Frames } from "../../format.js";
import { checkNumber, checkOptions, describe } from "../../options.js";
import { innerChunks, listChunk, type RawChunk } from "./chunk.js";
import { FieldReader, FieldWriter } from "./fields.js";
import { decodeText, encodeTerminated, encodeText } from "./text.js";

/** A place in a file, or a stretch of it: a `cue ` point and what LIST adtl says about it. */
export interface CuePoint {
  /** The frame it marks, up to 4,294,967,295. */
  readonly position: Frames;
  /** What names it in the file. Default: the first number from 1 that no other point has. */
  readonly id?: number;
  /** A name. */
  readonly label?: string;
  /** A comment. */
  readonly note?: string;
  /** How many frames it covers, where it is a stretch (`ltxt`). */
  readonly lengthFrames?: Frames;
  /** Text of the stretch (`ltxt`), for instance what is spoken there. */
  readonly text?: string;
}

/** What LIST adtl says about a point. */
interface Remarks {
  label?: string;
  note?: string;
  lengthFrames?: Frames;
  text?: string;
}

const POINT_BYTES = 24;
/** Bytes of an `ltxt` body before its text. */
const LTXT_BYTES = 20;
/** A cue point holds no position above this. */
export const MOST_POSITION = 0xffff_ffff;

/** Reads a `cue ` body and the bodies of all LIST adtl chunks. */
export function parseCues(
  cue: Uint8Array,
  lists: readonly Uint8Array[],
  littleEndian: boolean,
  warn: (message: string) => void,
): CuePoint[] {
  const remarks = new Map<number, Remarks>();
  for (const list of lists) {
    parseRemarks(list, littleEndian, remarks, warn);
  }
  const fields = new FieldReader(cue, littleEndian);
  const told = fields.u32();
  const there = Math.floor(fields.left / POINT_BYTES);
  if (told > there) {
    warn(`it is said to have ${told} points, ${there} are there`);
  }
  const points: CuePoint[] = [];
  for (let index = 0; index < Math.min(told, there); index++) {
    const id = fields.u32(); // dwName
    fields.skip(4); // dwPosition: of a play list
    const chunk = fields.id(); // fccChunk
    fields.skip(8); // dwChunkStart, dwBlockStart: of wave lists, which nobody writes
    const position = fields.u32(); // dwSampleOffset: frames, in our words
    if (chunk === "data") {
      points.push({ position, id, ...remarks.get(id) });
    } else {
      warn(`point ${id} is in a chunk "${chunk}" and left out`);
    }
    remarks.delete(id);
  }
  for (const id of remarks.keys()) {
    warn(`what is said about point ${id} is left out: there is no such point`);
  }
  return points;
}

function parseRemarks(
  list: Uint8Array,
  littleEndian: boolean,
  remarks: Map<number, Remarks>,
  warn: (message: string) => void,
): void {
  for (const { id: kind, bytes } of innerChunks(list, littleEndian, warn)) {
    if (kind !== "labl" && kind !== "note" && kind !== "ltxt") {
      continue; // `file`, and what programs put there of their own
    }
    const fields = new FieldReader(bytes, littleEndian);
    const id = fields.u32();
    const about = remarks.get(id) ?? {};
    if (kind === "labl") {
      about.label ??= decodeText(fields.take(fields.left));
    } else if (kind === "note") {
      about.note ??= decodeText(fields.take(fields.left));
    } else {
      about.lengthFrames ??= fields.u32();
      fields.skip(LTXT_BYTES - 8); // purpose, country, language, dialect, code page
      const text = decodeText(fields.take(fields.left));
      if (text !== "") {
        about.text ??= text;
      }
    }
    if (fields.short) {
      warn(`a "${kind}" has only ${bytes.byteLength} bytes`);
    }
    remarks.set(id, about);
  }
}

/**
 * Throws TypeError or RangeError for what cannot be a cue point; `name` is what the message calls
 * it.
 */
export function checkCue(cue: CuePoint, name: string): void {
  if (typeof cue !== "object" || cue === null) {
    throw new TypeError(`Expected \`${name}\` to be a cue point, got ${describe(cue)}`);
  }
  checkOptions(cue, ["position", "id", "label", "note", "lengthFrames", "text"], name);
  const rule = { min: 0, max: MOST_POSITION, integer: true };
  checkNumber(cue.position, `${name}.position`, rule);
  if (cue.id !== undefined) {
    checkNumber(cue.id, `${name}.id`, rule);
  }
  if (cue.lengthFrames !== undefined) {
    checkNumber(cue.lengthFrames, `${name}.lengthFrames`, rule);
  }
  for (const key of ["label", "note", "text"] as const) {
    encodeText(cue[key] ?? "", `${name}.${key}`);
  }
}

/**
 * The `cue ` chunk, and LIST adtl where anything is said about a point; none without points. Labels
 * come first: libsndfile 1.2 reads none behind a note.
 *
 * @throws TypeError, RangeError for points that cannot be, and for two of the same id.
 */
export function encodeCues(cues: readonly CuePoint[]): RawChunk[] {
  if (!Array.isArray(cues)) {
    throw new TypeError(`Expected \`cues\` to be an array, got ${describe(cues)}`);
  }
  cues.forEach((cue, index) => {
    checkCue(cue, `cues[${index}]`);
  });
  const points = numbered(cues);
  if (points.length === 0) {
    return [];
  }
  const writer = new FieldWriter(4 + points.length * POINT_BYTES);
  writer.u32(points.length);
  for (const { id, position } of points) {
    writer.u32(id);
    writer.u32(position); // dwPosition: without a play list, the same
    writer.id("data");
    writer.skip(8);
    writer.u32(position);
  }
  const remarks = [labelOf, noteOf, stretchOf].flatMap((encode) => points.flatMap(encode));
  const cue: RawChunk = { id: "cue ", bytes: writer.bytes };
  return remarks.length === 0 ? [cue] : [cue, listChunk("adtl", remarks)];
}

/** Gives an id to each point that has none. */
function numbered(cues: readonly CuePoint[]): NumberedPoint[] {
  const taken = new Set<number>();
  for (const { id } of cues) {
    if (id !== undefined && taken.has(id)) {
      throw new RangeError(`Expected the ids of \`cues\` to differ, got ${id} twice`);
    }
    if (id !== undefined) {
      taken.add(id);
    }
  }
  let next = 1;
  return cues.map((cue) => {
    if (cue.id !== undefined) {
      return { ...cue, id: cue.id };
    }
    while (taken.has(next)) {
      next++;
    }
    return { ...cue, id: next++ };
  });
}

type NumberedPoint = CuePoint & { readonly id: number };

function labelOf({ id, label }: NumberedPoint): RawChunk[] {
  return label === undefined ? [] : [remark("labl", id, encodeTerminated(label, "label"))];
}

function noteOf({ id, note }: NumberedPoint): RawChunk[] {
  return note === undefined ? [] : [remark("note", id, encodeTerminated(note, "note"))];
}

function stretchOf({ id, lengthFrames, text }: NumberedPoint): RawChunk[] {
  if (lengthFrames === undefined && text === undefined) {
    return [];
  }
  const bytes = text === undefined ? new Uint8Array(0) : encodeTerminated(text, "text");
  const writer = new FieldWriter(LTXT_BYTES + bytes.byteLength);
  writer.u32(id);
  writer.u32(lengthFrames ?? 0);
  writer.id("rgn "); // dwPurpose: a region
  writer.skip(8); // country, language, dialect and code page: none said
  writer.raw(bytes);
  return [{ id: "ltxt", bytes: writer.bytes }];
}

function remark(kind: string, id: number, text: Uint8Array): RawChunk {
  const writer = new FieldWriter(4 + text.byteLength);
  writer.u32(id);
  writer.raw(text);
  return { id: kind, bytes: writer.bytes };
}
