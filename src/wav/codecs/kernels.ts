/**
 * A WebAssembly module, put together here instruction by instruction: the inner loops of taking
 * samples apart, four at a time. A compiler of JavaScript does one at a time, in a fraction of the
 * speed. Names and numbers are those of the WebAssembly specification 2.0, section 5.
 */

type Code = readonly number[];

/** Numbers as the format wants them, seven bits in each byte: without sign (LEB128). */
function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

/** The same with sign: the last byte's bit 6 is the sign. */
function signed(value: number): Code {
  return value >= -0x40 && value < 0x40
    ? [value & 0x7f]
    : [(value & 0x7f) | 0x80, ...signed(value >> 7)];
}

const simd = (opcode: number): Code => [0xfd, ...unsigned(opcode)];
const list = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()];
const sized = (code: Code): Code => [...unsigned(code.length), ...code];
const section = (id: number, items: readonly Code[]): Code => [id, ...sized(list(items))];
const text = (name: string): Code => sized(Array.from(name, (letter) => letter.charCodeAt(0)));

// Where memory is read or written: no alignment is promised, `offset` is added to the address.
const at = (offset: number): Code => [0, ...unsigned(offset)];

/** `\0asm`, and version 1. */
const MAGIC: Code = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const I32 = 0x7f;
const V128 = 0x7b;

const get = (local: number): Code => [0x20, ...unsigned(local)];
const set = (local: number): Code => [0x21, ...unsigned(local)];
const i32Const = (value: number): Code => [0x41, ...signed(value)];
const f32Const = (value: number): Code => [0x43, ...new Uint8Array(Float32Array.of(value).buffer)];
const I32_LOAD: Code = [0x28, ...at(0)];
const I32_STORE: Code = [0x36, ...at(0)];
const I32_LESS_UNSIGNED: Code = [0x49];
const I32_ADD: Code = [0x6a];

const load = (offset: number): Code => [...simd(0x00), ...at(offset)];
const LOAD_4_INT16: Code = [...simd(0x03), ...at(0)];
const LOAD_32_BITS: Code = [...simd(0x5c), ...at(0)];
const STORE: Code = [...simd(0x0b), ...at(0)];
const ZERO: Code = [...simd(0x0c), ...new Uint8Array(16)];
const UINT8_TO_INT16: Code = simd(0x89);
const UINT16_TO_INT32: Code = simd(0xa9);
const INT32_TO_FLOAT32: Code = simd(0xfa);
const SPLAT: Code = simd(0x13);
const SUBTRACT: Code = simd(0xe5);
const MULTIPLY: Code = simd(0xe6);
/** Sixteen bytes of two vectors: 0 to 15 are those of the first, 16 to 31 of the second. */
const shuffle = (bytes: Code): Code => [...simd(0x0d), ...bytes];
/** Four lanes of 32 bits of two vectors: 0 to 3 are those of the first. */
const lanes = (picked: Code): Code =>
  shuffle(picked.flatMap((lane) => [0, 1, 2, 3].map((byte) => lane * 4 + byte)));

const scaled = (scale: number): Code => [
  ...INT32_TO_FLOAT32,
  ...f32Const(scale),
  ...SPLAT,
  ...MULTIPLY,
];
const advance = (local: number, bytes: number): Code => [
  ...get(local),
  ...i32Const(bytes),
  ...I32_ADD,
  ...set(local),
];

// The parameters of all functions, and two vectors of their own.
const [FROM, END, TO, OTHER, FIRST, SECOND] = [0, 1, 2, 3, 4, 5] as const;

/** Does `body` until FROM, which it advances, has come to END; at least once. */
const untilEnd = (body: readonly Code[]): Code => [
  0x03,
  0x40,
  ...body.flat(),
  ...get(FROM),
  ...get(END),
  ...I32_LESS_UNSIGNED,
  // To the loop's start if so.
  0x0d,
  0,
  0x0b,
];

/** Four samples of `bytes` bytes in all become four floats. */
const converting = (bytes: number, ...code: readonly Code[]): Code =>
  untilEnd([get(TO), get(FROM), code.flat(), STORE, advance(FROM, bytes), advance(TO, 16)]);

const FUNCTIONS: Readonly<Record<keyof KernelFunctions, Code>> = {
  uint8: converting(
    4,
    LOAD_32_BITS,
    UINT8_TO_INT16,
    UINT16_TO_INT32,
    scaled(2 ** -7),
    f32Const(1),
    SPLAT,
    SUBTRACT,
  ),
  int16: converting(8, LOAD_4_INT16, scaled(2 ** -15)),
  // The three bytes become the upper ones of four.
  int24: converting(
    12,
    load(0),
    ZERO,
    shuffle([16, 0, 1, 2, 16, 3, 4, 5, 16, 6, 7, 8, 16, 9, 10, 11]),
    scaled(2 ** -31),
  ),
  int32: converting(16, load(0), scaled(2 ** -31)),
  // Four stereo frames of 32 bits: the even lanes go to TO, the odd ones to OTHER.
  halves: untilEnd([
    [...get(FROM), ...load(0), ...set(FIRST)],
    [...get(FROM), ...load(16), ...set(SECOND)],
    [...get(TO), ...get(FIRST), ...get(SECOND), ...lanes([0, 2, 4, 6]), ...STORE],
    [...get(OTHER), ...get(FIRST), ...get(SECOND), ...lanes([1, 3, 5, 7]), ...STORE],
    advance(FROM, 32),
    advance(TO, 16),
    advance(OTHER, 16),
  ]),
  // 32 bits of each OTHER bytes.
  column: untilEnd([
    [...get(TO), ...get(FROM), ...I32_LOAD, ...I32_STORE],
    [...get(FROM), ...get(OTHER), ...I32_ADD, ...set(FROM)],
    advance(TO, 4),
  ]),
};

type Kernel = (from: number, end: number, to: number, other: number) => void;

/**
 * All take addresses in the module's memory: they read from `from` on until they have reached `end`,
 * and write to `to`. They go by fours, and so may pass the end by three samples; and they do at least
 * one step.
 */
interface KernelFunctions {
  /** From samples of this format to floats with full scale 1. */
  readonly uint8: Kernel;
  readonly int16: Kernel;
  readonly int24: Kernel;
  readonly int32: Kernel;
  /** Stereo floats taken apart: the left ones to `to`, the right ones to `other`. */
  readonly halves: Kernel;
  /** One float of each `other` bytes; exactly, not by fours. */
  readonly column: Kernel;
}

export interface Kernels extends KernelFunctions {
  readonly memory: { readonly buffer: ArrayBuffer };
}

/** The language's library of types does not have it, as it is not there everywhere. */
declare const WebAssembly:
  | {
      readonly Module: new (bytes: Uint8Array) => object;
      readonly Instance: new (module: object) => { readonly exports: unknown };
    }
  | undefined;

/**
 * Makes the functions, with so many pages of 64 KiB as their memory. Undefined where there is no
 * WebAssembly with vectors, or a page's policy forbids it.
 */
export function makeKernels(pages: number): Kernels | undefined {
  if (typeof WebAssembly === "undefined") {
    return undefined;
  }
  const names = Object.keys(FUNCTIONS);
  const bytes = [
    ...MAGIC,
    // One type: four integers, and nothing comes back. It is that of each function.
    ...section(1, [[0x60, ...list([[I32], [I32], [I32], [I32]]), ...list([])]]),
    ...section(
      3,
      names.map(() => [0]),
    ),
    ...section(5, [[0, ...unsigned(pages)]]),
    ...section(7, [
      [...text("memory"), 2, 0],
      ...names.map((name, index) => [...text(name), 0, ...unsigned(index)]),
    ]),
    ...section(
      10,
      Object.values(FUNCTIONS).map((code) => sized([...list([[2, V128]]), ...code, 0x0b])),
    ),
  ];
  try {
    const instance = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(bytes)));
    return instance.exports as Kernels;
  } catch {
    return undefined;
  }
}
