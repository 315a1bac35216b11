// The only file that knows how libFLAC's WebAssembly is built. Runs in Node, in any thread.
import { readFile } from "node:fs/promises";
import { AudioError, asError } from "../errors.js";
import {
  type Callback,
  PAGE_BYTES,
  tableFunction,
  type WasmInstance,
  type WasmMemory,
  type WasmModule,
  wasm,
} from "./web-assembly.js";

/**
 * The binary is taken as it is, without the JavaScript of the package, which takes Node's `fetch` for a browser's and
 * fails, and which gives decoded samples of 16 and 24 bits only.
 */
const BINARY = "libflacjs/dist/libflac.wasm.wasm";

// What that JavaScript would have told of the binary, for version 5.6.0 of the package.
const MEMORY_PAGES = 256;
const MOST_MEMORY_PAGES = 32_768;
const TABLE_SLOTS = 22;
const FREE_TABLE_SLOTS = 5;
/** Where the end of the used memory is kept, which `malloc` moves on (DYNAMICTOP_PTR). */
const MEMORY_END_POINTER = 14_176;

/** Instances that are kept for the next encoder or decoder. */
const MOST_IDLE = 4;

const FUNCTIONS = [
  "malloc",
  "free",
  "FLAC__stream_encoder_new",
  "FLAC__stream_encoder_delete",
  "FLAC__stream_encoder_set_verify",
  "FLAC__stream_encoder_set_compression_level",
  "FLAC__stream_encoder_set_channels",
  "FLAC__stream_encoder_set_bits_per_sample",
  "FLAC__stream_encoder_set_sample_rate",
  "FLAC__stream_encoder_set_blocksize",
  "FLAC__stream_encoder_init_stream",
  "FLAC__stream_encoder_process_interleaved",
  "FLAC__stream_encoder_finish",
  "FLAC__stream_encoder_get_state",
  "FLAC__stream_decoder_new",
  "FLAC__stream_decoder_delete",
  "FLAC__stream_decoder_init_stream",
  "FLAC__stream_decoder_process_until_end_of_metadata",
  "FLAC__stream_decoder_process_single",
  "FLAC__stream_decoder_reset",
  "FLAC__stream_decoder_get_state",
] as const;

/** The library's functions; pointers are byte offsets into its memory. */
export type FlacFunctions = Readonly<
  Record<(typeof FUNCTIONS)[number], (...args: number[]) => number>
>;

/** What the one encoder or decoder of an instance is told by the library. */
export interface FlacListener {
  /** Encoder: bytes of the stream, over the library's own memory; `frames` is 0 for metadata. */
  readonly onEncoded?: (bytes: Uint8Array, frames: number) => void;
  /** Encoder: the last STREAMINFO is at a place of the memory. */
  readonly onFinished?: (pointer: number) => void;
  /** Decoder: fill `target` as far as there is something; gives how many bytes, 0 at the end. */
  readonly onWanted?: (target: Uint8Array) => number;
  /** Decoder: a FLAC frame's header, and the pointers to its channels, are at places of the memory. */
  readonly onDecoded?: (frame: number, channels: number) => void;
  /** Decoder: what came was no sound FLAC frame; `status` says why. */
  readonly onFault?: (status: number) => void;
}

/** FLAC__STREAM_DECODER_READ_STATUS_CONTINUE and _END_OF_STREAM. */
const CONTINUE = 0;
const END_OF_STREAM = 1;

let compiling: Promise<WasmModule> | undefined;
const idle: LibFlac[] = [];

/**
 * libFLAC in a memory of its own, for one encoder or decoder at a time: none can disturb another, whatever it is fed
 * with.
 */
export class LibFlac {
  readonly functions: FlacFunctions;
  /** Set by whoever has taken it. */
  listener: FlacListener = {};
  readonly #memory: WasmMemory;
  #broken = false;
  #bytes: Uint8Array = new Uint8Array(0);
  #words: Int32Array = new Int32Array(0);

  /** Pointers to the functions by which the library calls back. */
  readonly onEncoded: number;
  readonly onFinished: number;
  readonly onWanted: number;
  readonly onDecoded: number;
  readonly onFault: number;

  private constructor(module: WasmModule) {
    const memory = new wasm.Memory({ initial: MEMORY_PAGES, maximum: MOST_MEMORY_PAGES });
    const table = new wasm.Table({
      initial: TABLE_SLOTS,
      maximum: TABLE_SLOTS + FREE_TABLE_SLOTS,
      element: "anyfunc",
    });
    const instance = new wasm.Instance(module, {
      env: {
        memory,
        table,
        emscripten_resize_heap: (bytes: number) => grow(memory, bytes >>> 0),
        emscripten_memcpy_big: (to: number, from: number, count: number) => {
          new Uint8Array(memory.buffer).copyWithin(to, from, from + count);
        },
        round: (value: number) => (value >= 0 ? Math.floor(value + 0.5) : Math.ceil(value - 0.5)),
        setTempRet0: () => {},
      },
      // Streams touch no files.
      wasi_snapshot_preview1: { fd_close: fail, fd_read: fail, fd_write: fail, fd_seek: fail },
    });
    this.#memory = memory;
    this.functions = functionsOf(instance);
    // Behind the stack, which grows downwards from here.
    const stack = call(instance, "stackSave");
    this.words[MEMORY_END_POINTER / 4] = stack;
    call(instance, "__wasm_call_ctors");
    const place = this.functions.malloc(16);
    if (stack === 0 || place < stack) {
      throw new Error("its memory is not laid out as it should be");
    }
    this.functions.free(place);

    let slot = table.grow(FREE_TABLE_SLOTS);
    const add = (listener: Callback, argumentCount: number, hasResult: boolean): number => {
      table.set(slot, tableFunction(listener, argumentCount, hasResult));
      slot += 1;
      return slot - 1;
    };
    // The first argument of each is the encoder or decoder.
    this.onEncoded = add((_, at, count, frames) => this.#encoded(at, count, frames), 6, true);
    this.onFinished = add((_, at) => this.listener.onFinished?.(at), 3, false);
    this.onWanted = add((_, at, count) => this.#wanted(at, count), 4, true);
    this.onDecoded = add((_, frame, channels) => this.#decoded(frame, channels), 4, true);
    this.onFault = add((_, status) => this.listener.onFault?.(status), 3, false);
  }

  /**
   * An instance for an encoder or a decoder, to be given back with {@link release}.
   *
   * @throws AudioError `library-not-found` when it cannot be loaded.
   */
  static async take(): Promise<LibFlac> {
    return idle.pop() ?? (await LibFlac.#load());
  }

  /** For the next one, once `tidy` has given its memory back; after a fault it is left to the garbage collector. */
  release(tidy: () => void): void {
    if (!this.#broken) {
      this.run(tidy);
    }
    this.listener = {};
    if (!this.#broken && idle.length < MOST_IDLE) {
      idle.push(this);
    }
  }

  /** Does work in the library; when it breaks there, the instance is not used again. */
  run<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      this.#broken = true;
      throw error;
    }
  }

  /** Its memory. The view is good until the next call of one of its functions. */
  get bytes(): Uint8Array {
    if (this.#bytes.buffer !== this.#memory.buffer) {
      this.#bytes = new Uint8Array(this.#memory.buffer);
    }
    return this.#bytes;
  }

  /** The same as 32-bit integers. */
  get words(): Int32Array {
    if (this.#words.buffer !== this.#memory.buffer) {
      this.#words = new Int32Array(this.#memory.buffer);
    }
    return this.#words;
  }

  static async #load(): Promise<LibFlac> {
    try {
      compiling ??= compile();
      return new LibFlac(await compiling);
    } catch (error) {
      compiling = undefined;
      throw new AudioError(
        "library-not-found",
        `The FLAC library could not be loaded: ${asError(error).message}. Install it: npm install libflacjs@5.6.0`,
        { cause: error },
      );
    }
  }

  #encoded(at: number, count: number, frames: number): number {
    this.listener.onEncoded?.(this.bytes.subarray(at, at + count), frames);
    return CONTINUE;
  }

  /** `count` is the pointer to a number that says how many bytes fit, and then how many there are. */
  #wanted(at: number, count: number): number {
    const room = this.words[count / 4] ?? 0;
    const given = this.listener.onWanted?.(this.bytes.subarray(at, at + room)) ?? 0;
    this.words[count / 4] = given;
    return given === 0 ? END_OF_STREAM : CONTINUE;
  }

  #decoded(frame: number, channels: number): number {
    this.listener.onDecoded?.(frame, channels);
    return CONTINUE;
  }
}

async function compile(): Promise<WasmModule> {
  return await wasm.compile(await readFile(new URL(import.meta.resolve(BINARY))));
}

/** Gives 1 when the memory has so many bytes, 0 when there are no more. */
function grow(memory: WasmMemory, bytes: number): number {
  const lacking = Math.ceil((bytes - memory.buffer.byteLength) / PAGE_BYTES);
  try {
    memory.grow(Math.max(0, lacking));
    return 1;
  } catch {
    return 0;
  }
}

/** What WASI answers for a file that is not open. */
function fail(): number {
  return 8;
}

function functionsOf(instance: WasmInstance): FlacFunctions {
  const missing = FUNCTIONS.filter((name) => typeof instance.exports[name] !== "function");
  if (missing.length > 0) {
    throw new TypeError(`it has no ${missing.join(", ")}`);
  }
  return instance.exports as FlacFunctions;
}

function call(instance: WasmInstance, name: string): number {
  const found = instance.exports[name];
  if (typeof found !== "function") {
    throw new TypeError(`it has no ${name}`);
  }
  return Number(found());
}
