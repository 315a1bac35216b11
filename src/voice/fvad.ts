// The only file that knows the raw interface of the WebAssembly library.
import { AudioError, asError } from "../errors.js";
import type { Hertz } from "../format.js";

/** WebRTC's voice activity detector, as libfvad. */
const PACKAGE = "@echogarden/fvad-wasm";

const SAMPLE_BYTES = 2;
const VOICE = 1;

const FUNCTIONS = [
  "_malloc",
  "_free",
  "_fvad_new",
  "_fvad_free",
  "_fvad_reset",
  "_fvad_set_mode",
  "_fvad_set_sample_rate",
  "_fvad_process",
] as const;

/** The rates at which it listens. */
export const FVAD_RATES: readonly Hertz[] = [8000, 16_000, 32_000, 48_000];

/** How sure it must be to take something for voice: 0 is the least, 3 the most. */
export type Aggressiveness = 0 | 1 | 2 | 3;

/** The library as Emscripten shows it. Pointers are byte offsets into its memory; 0 says that there was none left. */
export interface FvadLibrary {
  /** Replaced when the memory grows, so it is read anew for each use. */
  readonly HEAP16: Int16Array;
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  _fvad_new(): number;
  _fvad_free(instance: number): void;
  _fvad_reset(instance: number): void;
  _fvad_set_mode(instance: number, mode: number): number;
  _fvad_set_sample_rate(instance: number, rate: number): number;
  _fvad_process(instance: number, samples: number, count: number): number;
}

/**
 * Loads the library.
 *
 * @throws AudioError `library-not-found` when the package is not installed or not the one that was expected.
 */
export async function loadFvad(name: string = PACKAGE): Promise<FvadLibrary> {
  try {
    return await instantiate(name);
  } catch (error) {
    throw new AudioError(
      "library-not-found",
      `Listening for voice needs the package ${name}, which could not be loaded: ${asError(error).message}. ` +
        `Install it: npm install ${name}`,
      { cause: error },
    );
  }
}

/** One detector of the library, for one channel at one of {@link FVAD_RATES}. What it heard before weighs in. */
export class Fvad {
  readonly #library: FvadLibrary;
  readonly #rate: Hertz;
  readonly #aggressiveness: Aggressiveness;
  readonly #frames: number;
  #instance: number;
  #samples: number;

  /** It is asked about windows of so many frames, which are 10, 20 or 30 ms. */
  constructor(library: FvadLibrary, rate: Hertz, frames: number, aggressiveness: Aggressiveness) {
    this.#library = library;
    this.#rate = rate;
    this.#aggressiveness = aggressiveness;
    this.#frames = frames;
    this.#instance = library._fvad_new();
    this.#samples = library._malloc(frames * SAMPLE_BYTES);
    if (this.#instance === 0 || this.#samples === 0) {
      this.close();
      throw new AudioError("internal", "The voice detector has no memory left");
    }
    this.reset();
  }

  /** Whether there is voice in the window at the start of `samples`, of full scale 1. */
  hears(samples: Float32Array): boolean {
    const memory = this.#library.HEAP16;
    const first = this.#samples / SAMPLE_BYTES;
    for (let frame = 0; frame < this.#frames; frame++) {
      // NaN becomes 0.
      const sample = Math.round((samples[frame] ?? 0) * 32_768);
      memory[first + frame] = Math.max(-32_768, Math.min(32_767, sample));
    }
    const answer = this.#library._fvad_process(this.#instance, this.#samples, this.#frames);
    if (answer < 0) {
      throw new AudioError("internal", `The voice detector refused ${this.#frames} frames`);
    }
    return answer === VOICE;
  }

  /** Forgets what it heard. */
  reset(): void {
    // This takes mode and rate back, too.
    this.#library._fvad_reset(this.#instance);
    this.#library._fvad_set_mode(this.#instance, this.#aggressiveness);
    this.#library._fvad_set_sample_rate(this.#instance, this.#rate);
  }

  /** Gives the library's memory back. It can be called again. */
  close(): void {
    if (this.#instance !== 0) {
      this.#library._fvad_free(this.#instance);
      this.#instance = 0;
    }
    if (this.#samples !== 0) {
      this.#library._free(this.#samples);
      this.#samples = 0;
    }
  }
}

async function instantiate(name: string): Promise<FvadLibrary> {
  // The package has no types: what comes is looked at instead.
  const module: unknown = await import(name);
  const make = property(module, "default");
  if (typeof make !== "function") {
    throw new TypeError("it does not export a function");
  }
  const library: unknown = await make({ print: () => {}, printErr: () => {} });
  if (!isFvadLibrary(library)) {
    throw new TypeError("it is not the library that was expected");
  }
  return library;
}

function isFvadLibrary(value: unknown): value is FvadLibrary {
  return (
    FUNCTIONS.every((name) => typeof property(value, name) === "function") &&
    property(value, "HEAP16") instanceof Int16Array
  );
}

function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
