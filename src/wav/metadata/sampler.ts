import type { Frames } from "../../format.js";
import { checkNumber, checkWord, describe } from "../../options.js";
import type { RawChunk } from "./chunk.js";
import { FieldReader, FieldWriter } from "./fields.js";

/** How a loop is played; numbers from 3 up are kinds of a manufacturer's own. */
export type LoopKind = "forward" | "alternating" | "backward";

/** A stretch that a sampler repeats. */
export interface SampleLoop {
  /** Default `forward`. */
  readonly kind?: LoopKind;
  /** First frame of the loop. */
  readonly start: Frames;
  /** Last frame of the loop, which is played too. */
  readonly end: Frames;
  /** How often it is played; 0, the default, without end. */
  readonly playCount?: number;
  /** A part of a frame by which the loop is longer, from 0 to below 1. Default 0. */
  readonly fraction?: number;
  /** Id of a cue point that names it. Default: its place among the loops. */
  readonly id?: number;
}

/** What a sampler is to know: the `smpl` chunk. */
export interface SamplerInfo {
  /** MIDI note at which the sound has its own pitch: 0 to 127, 60 is the middle C. Default 60. */
  readonly unityNote?: number;
  /** How far it is above that note, in semitones from 0 to below 1. Default 0. */
  readonly pitchFraction?: number;
  /** Length of a frame in nanoseconds. Default: that of the sample rate. */
  readonly samplePeriod?: number;
  /** MMA's code of the manufacturer. Default 0: none. */
  readonly manufacturer?: number;
  /** The manufacturer's code of the product. Default 0. */
  readonly product?: number;
  /** Frames a second of the time code: 0 (none, the default), 24, 25, 29 or 30. */
  readonly smpteFormat?: number;
  /** Time code of the first frame, as the chunk has it: hours, minutes, seconds, frames in a byte each. */
  readonly smpteOffset?: number;
  /** Default: none. */
  readonly loops?: readonly SampleLoop[];
  /** Data of the manufacturer's own. */
  readonly data?: Uint8Array;
}

const KINDS: readonly LoopKind[] = ["forward", "alternating", "backward"];
const LOOP_BYTES = 24;
const FIXED_BYTES = 36;
const U32 = { min: 0, max: 0xffff_ffff, integer: true };

/** Reads a `smpl` body. */
export function parseSampler(
  bytes: Uint8Array,
  littleEndian: boolean,
  warn: (message: string) => void,
): SamplerInfo {
  const fields = new FieldReader(bytes, littleEndian);
  const manufacturer = fields.u32();
  const product = fields.u32();
  const samplePeriod = fields.u32();
  const unityNote = fields.u32();
  const pitchFraction = fields.u32() / 2 ** 32;
  const smpteFormat = fields.u32();
  const smpteOffset = fields.u32();
  const told = fields.u32();
  const dataBytes = fields.u32();
  if (fields.short) {
    warn(`it has ${bytes.byteLength} bytes, ${FIXED_BYTES} are the least`);
  }
  const there = Math.floor(fields.left / LOOP_BYTES);
  if (told > there) {
    warn(`it is said to have ${told} loops, ${there} are there`);
  }
  const loops: SampleLoop[] = [];
  for (let index = 0; index < Math.min(told, there); index++) {
    const id = fields.u32();
    const kind = KINDS[fields.u32()];
    const [start, end] = [fields.u32(), fields.u32()];
    const fraction = fields.u32() / 2 ** 32;
    const playCount = fields.u32();
    if (kind === undefined) {
      warn(`loop ${index} is of a manufacturer's own kind and left out`);
    } else {
      loops.push({ kind, start, end, playCount, fraction, id });
    }
  }
  const data = Uint8Array.from(fields.take(Math.min(dataBytes, fields.left)));
  return {
    manufacturer,
    product,
    samplePeriod,
    unityNote,
    pitchFraction,
    smpteFormat,
    smpteOffset,
    loops,
    ...(data.byteLength === 0 ? {} : { data }),
  };
}

/**
 * The `smpl` chunk. `samplePeriod` is what it says where the sampler info does not.
 *
 * @throws TypeError, RangeError
 */
export function encodeSampler(sampler: SamplerInfo, samplePeriod: number): RawChunk {
  if (typeof sampler !== "object" || sampler === null) {
    throw new TypeError(`Expected \`sampler\` to be an object, got ${describe(sampler)}`);
  }
  const { loops = [], data = new Uint8Array(0) } = sampler;
  if (!Array.isArray(loops)) {
    throw new TypeError(`Expected \`sampler.loops\` to be an array, got ${describe(loops)}`);
  }
  if (!(data instanceof Uint8Array)) {
    throw new TypeError(`Expected \`sampler.data\` to be a Uint8Array, got ${describe(data)}`);
  }
  const writer = new FieldWriter(FIXED_BYTES + loops.length * LOOP_BYTES + data.byteLength);
  const put = (value: unknown, name: string): void =>
    writer.u32(checkNumber(value, `sampler.${name}`, U32));
  put(sampler.manufacturer ?? 0, "manufacturer");
  put(sampler.product ?? 0, "product");
  put(sampler.samplePeriod ?? samplePeriod, "samplePeriod");
  put(sampler.unityNote ?? 60, "unityNote");
  writer.u32(fractionOf(sampler.pitchFraction ?? 0, "sampler.pitchFraction"));
  put(sampler.smpteFormat ?? 0, "smpteFormat");
  put(sampler.smpteOffset ?? 0, "smpteOffset");
  writer.u32(loops.length);
  writer.u32(data.byteLength);
  loops.forEach((loop: SampleLoop, index) => {
    const name = `loops[${index}]`;
    if (typeof loop !== "object" || loop === null) {
      throw new TypeError(`Expected \`sampler.${name}\` to be a loop, got ${describe(loop)}`);
    }
    put(loop.id ?? index, `${name}.id`);
    writer.u32(KINDS.indexOf(checkWord(loop.kind ?? "forward", `sampler.${name}.kind`, KINDS)));
    put(loop.start, `${name}.start`);
    put(loop.end, `${name}.end`);
    writer.u32(fractionOf(loop.fraction ?? 0, `sampler.${name}.fraction`));
    put(loop.playCount ?? 0, `${name}.playCount`);
  });
  writer.raw(data);
  return { id: "smpl", bytes: writer.bytes };
}

/** A part of 1 as a 32-bit field. */
function fractionOf(value: unknown, name: string): number {
  const fraction = checkNumber(value, name, { min: 0, max: 1 - 2 ** -32 });
  return Math.min(0xffff_ffff, Math.round(fraction * 2 ** 32));
}
