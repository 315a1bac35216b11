/**
 * The part of WebAssembly's JavaScript interface that is used here. TypeScript has it only together with all that a page
 * in a browser has.
 */

/** A compiled module. */
export type WasmModule = object;

export interface WasmInstance {
  readonly exports: Readonly<Record<string, unknown>>;
}

export interface WasmMemory {
  /** A new one whenever the memory has grown. */
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

export interface WasmTable {
  readonly length: number;
  grow(slots: number): number;
  set(index: number, value: unknown): void;
}

interface WebAssemblyInterface {
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Instance: new (
    module: WasmModule,
    imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ) => WasmInstance;
  readonly Memory: new (size: { readonly initial: number; readonly maximum: number }) => WasmMemory;
  readonly Table: new (size: {
    readonly initial: number;
    readonly maximum: number;
    readonly element: "anyfunc";
  }) => WasmTable;
  compile(bytes: Uint8Array): Promise<WasmModule>;
}

declare const WebAssembly: WebAssemblyInterface;

export const wasm: WebAssemblyInterface = WebAssembly;

/** Bytes of a page of memory. */
export const PAGE_BYTES = 65_536;

/** "\0asm", version 1. */
const START = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0] as const;
/** The section that imports function "f" of "e", which is of the first type. */
const IMPORTS = [2, 7, 1, 1, 0x65, 1, 0x66, 0, 0] as const;
/** The section that exports it again as "f". */
const EXPORTS = [7, 5, 1, 1, 0x66, 0, 0] as const;
const I32 = 0x7f;

/** A function that the library calls: its arguments are 32-bit integers, and so is its result, where one is asked for. */
export type Callback = (first: number, second: number, third: number, fourth: number) => unknown;

/**
 * Makes a JavaScript function one that can stand in a table: a module of a few bytes that imports it and exports it
 * again. (`WebAssembly.Function` would do it, but Node 20 has it only behind a flag.)
 */
export function tableFunction(call: Callback, argumentCount: number, hasResult: boolean): unknown {
  const results = hasResult ? [1, I32] : [0];
  const type = [1, 0x60, argumentCount, ...Array<number>(argumentCount).fill(I32), ...results];
  const types = [1, type.length, ...type];
  const bytes = Uint8Array.from([...START, ...types, ...IMPORTS, ...EXPORTS]);
  return new wasm.Instance(new wasm.Module(bytes), { e: { f: call } }).exports.f;
}
