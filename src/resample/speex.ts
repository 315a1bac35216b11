// The only file that knows the raw interface of the WebAssembly library.
import { AudioError, asError } from "../errors.js";
import type { Frames } from "../format.js";

/** The builds of the library, the faster one first: a machine without SIMD refuses it. */
const BUILDS: readonly string[] = [
  "@echogarden/speex-resampler-wasm/simd",
  "@echogarden/speex-resampler-wasm",
];

/** Samples that a filter hands over to the library at once, in each direction. */
const CHUNK_SAMPLES = 16_384;
/** Two counts of 32 bits stand before the samples, with room for the alignment of SIMD. */
const COUNTS_BYTES = 16;
const SAMPLE_BYTES = 4;
const SUCCESS = 0;

const FUNCTIONS = [
  "_malloc",
  "_free",
  "_speex_resampler_init",
  "_speex_resampler_destroy",
  "_speex_resampler_skip_zeros",
  "_speex_resampler_get_input_latency",
  "_speex_resampler_process_interleaved_float",
] as const;

/**
 * The library as Emscripten shows it. Pointers are byte offsets into its memory; 0 says that there was none left. The
 * views are replaced when the memory grows, so they are read anew for each use.
 */
export interface SpeexLibrary {
  readonly HEAPU32: Uint32Array;
  readonly HEAPF32: Float32Array;
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  _speex_resampler_init(
    channels: number,
    from: number,
    to: number,
    quality: number,
    error: number,
  ): number;
  _speex_resampler_destroy(state: number): void;
  _speex_resampler_skip_zeros(state: number): number;
  _speex_resampler_get_input_latency(state: number): number;
  _speex_resampler_process_interleaved_float(
    state: number,
    input: number,
    inputFrames: number,
    output: number,
    outputFrames: number,
  ): number;
}

/**
 * Loads the first of the builds that this machine can run.
 * Throws AudioError `internal` when there is none; the cause has the errors of all.
 */
export async function loadSpeex(builds: readonly string[] = BUILDS): Promise<SpeexLibrary> {
  const errors: Error[] = [];
  for (const build of builds) {
    try {
      return await instantiate(build);
    } catch (error) {
      errors.push(asError(error));
    }
  }
  const reasons = errors.map((error) => error.message).join("; ");
  throw new AudioError("internal", `The sample-rate converter could not be loaded: ${reasons}`, {
    cause: new AggregateError(errors, reasons),
  });
}

/**
 * One filter of the library, with a state for each channel. It is aligned: its first output frame stands where the first
 * input frame stands. What comes out does not depend on how the input is cut.
 */
export class SpeexFilter {
  /** Input frames that it must have behind a place before the output frame there comes out. */
  readonly delayFrames: Frames;

  readonly #library: SpeexLibrary;
  readonly #channels: number;
  readonly #rates: readonly [from: number, to: number];
  readonly #quality: number;
  readonly #chunkFrames: Frames;
  /** The counts, then the input, then the output; 0 when closed. */
  #memory = 0;
  #state = 0;

  /**
   * `from` and `to` need only have the right ratio; `quality` is from 0 to 10.
   * Throws AudioError `internal` when the library has no memory left.
   */
  constructor(library: SpeexLibrary, channels: number, from: number, to: number, quality: number) {
    this.#library = library;
    this.#channels = channels;
    this.#rates = [from, to];
    this.#quality = quality;
    this.#chunkFrames = Math.max(1, Math.floor(CHUNK_SAMPLES / channels));
    this.#memory = library._malloc(COUNTS_BYTES + 2 * this.#chunkBytes);
    if (this.#memory === 0) {
      throw new AudioError("internal", "The sample-rate converter has no memory left");
    }
    try {
      this.#start();
    } catch (error) {
      this.close();
      throw error;
    }
    this.delayFrames = library._speex_resampler_get_input_latency(this.#state);
  }

  /**
   * Takes `frames` of `source` and writes what comes out to `target` from frame `at` on, which must have room for it.
   * Returns how many frames came out.
   */
  process(source: Float32Array, frames: Frames, target: Float32Array, at: Frames): Frames {
    if (this.#state === 0) {
      throw new AudioError("internal", "The sample-rate converter has no state after a fault");
    }
    const library = this.#library;
    const channels = this.#channels;
    const counts = this.#memory / SAMPLE_BYTES;
    const input = this.#memory + COUNTS_BYTES;
    const output = input + this.#chunkBytes;
    let taken = 0;
    let made = 0;
    while (taken < frames) {
      const offered = Math.min(this.#chunkFrames, frames - taken);
      library.HEAPF32.set(
        source.subarray(taken * channels, (taken + offered) * channels),
        input / SAMPLE_BYTES,
      );
      library.HEAPU32[counts] = offered;
      library.HEAPU32[counts + 1] = this.#chunkFrames;
      check(
        library._speex_resampler_process_interleaved_float(
          this.#state,
          input,
          this.#memory,
          output,
          this.#memory + SAMPLE_BYTES,
        ),
        "converting",
      );
      // With no room left for output, it takes less than it was offered.
      const used = library.HEAPU32[counts] ?? 0;
      const came = library.HEAPU32[counts + 1] ?? 0;
      if (used === 0 && came === 0) {
        throw new AudioError("internal", "The sample-rate converter does not go on");
      }
      const from = output / SAMPLE_BYTES;
      target.set(library.HEAPF32.subarray(from, from + came * channels), (at + made) * channels);
      taken += used;
      made += came;
    }
    return made;
  }

  /**
   * Forgets what came in. Throws AudioError `internal` when the library fails.
   *
   * The state is made anew, because the library's own reset clears the memory of the first channels only: it counts from
   * the start with the filter's length where each channel has more than that.
   */
  reset(): void {
    this.#library._speex_resampler_destroy(this.#state);
    this.#state = 0;
    this.#start();
  }

  /** Gives the library's memory back. It can be called again. */
  close(): void {
    if (this.#state !== 0) {
      this.#library._speex_resampler_destroy(this.#state);
      this.#state = 0;
    }
    if (this.#memory !== 0) {
      this.#library._free(this.#memory);
      this.#memory = 0;
    }
  }

  get #chunkBytes(): number {
    return this.#chunkFrames * this.#channels * SAMPLE_BYTES;
  }

  #start(): void {
    const library = this.#library;
    const [from, to] = this.#rates;
    const error = this.#memory;
    this.#state = library._speex_resampler_init(this.#channels, from, to, this.#quality, error);
    if (this.#state === 0) {
      throw fault("starting", library.HEAPU32[error / SAMPLE_BYTES]);
    }
    // What the filter would put before the first frame is left out.
    check(library._speex_resampler_skip_zeros(this.#state), "starting");
  }
}

async function instantiate(build: string): Promise<SpeexLibrary> {
  // The package has no types: what comes is looked at instead.
  const module: unknown = await import(build);
  const make = property(module, "default");
  if (typeof make !== "function") {
    throw new TypeError(`${build} does not export a function`);
  }
  // What it would print is in its error as well.
  const quiet = { print: () => {}, printErr: () => {} };
  const library: unknown = await make(quiet);
  if (!isSpeexLibrary(library)) {
    throw new TypeError(`${build} is not the library that was expected`);
  }
  return library;
}

function isSpeexLibrary(value: unknown): value is SpeexLibrary {
  return (
    FUNCTIONS.every((name) => typeof property(value, name) === "function") &&
    property(value, "HEAPU32") instanceof Uint32Array &&
    property(value, "HEAPF32") instanceof Float32Array
  );
}

function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function check(code: number, doing: string): void {
  if (code !== SUCCESS) {
    throw fault(doing, code);
  }
}

function fault(doing: string, code: number | undefined): AudioError {
  return new AudioError(
    "internal",
    `The sample-rate converter failed when ${doing}: code ${code} of the Speex resampler`,
  );
}
