import { AudioError } from "../errors.js";
import type { Frames, Hertz } from "../format.js";
import { checkNumber, checkWord, describe } from "../options.js";
import { loadSpeex, SpeexFilter, type SpeexLibrary } from "./speex.js";
import { planStages, resampledFrames, type Stage } from "./stages.js";

/**
 * How a conversion is done. `"high"` keeps the band up to 0.95 of the lower Nyquist frequency and brings what must not
 * come through 120 dB down; `"fast"` takes a half to a fifth of the time, keeps the band up to 0.9 and gives 100 dB.
 * docs/resampling.md has the measurements.
 */
export type ResampleQuality = "high" | "fast";

/** Every quality, best first. */
export const RESAMPLE_QUALITIES: readonly ResampleQuality[] = ["high", "fast"];

/** Speex has eleven qualities, from 0 to 10. */
const SPEEX_QUALITY: Readonly<Record<ResampleQuality, number>> = { high: 10, fast: 7 };

const MAX_RATE: Hertz = 768_000;
const MAX_CHANNELS = 4096;
/** The most samples that one call gives: 512 MiB. */
const MAX_SAMPLES = 2 ** 27;
/** Samples of silence that `flush` pushes in at once, and about the most that come out for them. */
const FLUSH_SAMPLES = 16_384;

let loading: Promise<void> | undefined;
let library: SpeexLibrary | undefined;

/**
 * Loads the converter, once for each thread; it can be called again and at the same time. Afterwards everything about a
 * {@link StreamResampler} is synchronous. Throws AudioError `internal` when it cannot be loaded; the next call tries again.
 */
export async function loadResampler(): Promise<void> {
  loading ??= loadSpeex().then(
    (loaded) => {
      library = loaded;
    },
    (error: unknown) => {
      loading = undefined;
      throw error;
    },
  );
  await loading;
}

/**
 * Converts a stream of interleaved float32 frames from one sample rate to another.
 *
 * After `n` input frames and {@link flush}, exactly `ceil(n × toRate / fromRate)` frames have come out
 * ({@link resampledFrames}): those that begin within the time of the input. Each stands at its time: what is at input frame
 * `k` is at output frame `k × toRate / fromRate`. How the input is cut into blocks changes no bit of it. Equal rates
 * pass through unchanged.
 *
 * Samples may be beyond full scale and are never clipped. A NaN or an infinity spoils the output within
 * {@link delayFrames} of its place, and nothing after that.
 *
 * Memory grows with the largest block only. {@link close} gives back what garbage collection does not see.
 */
export class StreamResampler {
  readonly fromRate: Hertz;
  readonly toRate: Hertz;
  readonly channels: number;
  readonly quality: ResampleQuality;
  /**
   * Input frames that are held back: an output frame comes at the latest when this many frames behind the one at its
   * place were given. 0 for equal rates.
   */
  readonly delayFrames: Frames;

  readonly #stages: readonly Stage[];
  readonly #filters: SpeexFilter[] = [];
  /** What each filter gave; the last one is what the caller gets to see. */
  readonly #outputs: Float32Array[];
  #given: Frames = 0;
  #made: Frames = 0;
  #closed = false;

  /**
   * Both rates are whole numbers from 1 to 768,000, `channels` from 1 to 4,096, `quality` is `"high"` by default.
   *
   * Throws TypeError or RangeError for wrong arguments, RangeError also where {@link flush} would give more than 2^27
   * samples at once (raising the rate 16,384 times with 64 channels, for instance); AudioError `internal` before
   * {@link loadResampler} has finished on this thread, or without memory.
   */
  constructor(fromRate: Hertz, toRate: Hertz, channels: number, quality: ResampleQuality = "high") {
    this.fromRate = checkRate(fromRate, "fromRate");
    this.toRate = checkRate(toRate, "toRate");
    this.channels = checkNumber(channels, "channels", { min: 1, max: MAX_CHANNELS, integer: true });
    this.quality = checkWord(quality, "quality", RESAMPLE_QUALITIES);
    if (library === undefined) {
      throw new AudioError("internal", "Wait for loadResampler() before making a resampler");
    }
    this.#stages = planStages(fromRate, toRate);
    // Equal rates have no filter, but an output of their own.
    this.#outputs = Array.from(
      { length: Math.max(1, this.#stages.length) },
      () => new Float32Array(0),
    );
    try {
      this.delayFrames = this.#makeFilters(library);
      this.#checkSize(this.delayFrames, "The end of a stream");
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * Takes the first `frames` of `input` and returns what came out, interleaved: maybe nothing. The view is valid until the
   * next call of any method; `input` may change after the call.
   *
   * Throws TypeError or RangeError for wrong arguments, RangeError also for a block that would give more than 2^27
   * samples; AudioError `stream-closed` after `close`, or `internal`. After a TypeError or a RangeError nothing was taken.
   */
  process(input: Float32Array, frames: Frames): Float32Array {
    this.#checkOpen();
    if (!(input instanceof Float32Array)) {
      throw new TypeError(`Expected \`input\` to be a Float32Array, got ${describe(input)}`);
    }
    const max = Math.floor(input.length / this.channels);
    checkNumber(frames, "frames", { min: 0, max, integer: true });
    this.#checkSize(frames, "A block");
    const count = this.#run(input, frames, 0);
    this.#given += frames;
    this.#made += count;
    return this.#result(count);
  }

  /**
   * Ends the stream: returns the frames that were held back. Afterwards the resampler is as new. The view is valid until
   * the next call of any method. Throws AudioError `stream-closed` after `close`, or `internal`.
   */
  flush(): Float32Array {
    this.#checkOpen();
    const { channels, fromRate, toRate } = this;
    const rest = resampledFrames(this.#given, fromRate, toRate) - this.#made;
    const most = Math.min(FLUSH_SAMPLES, (FLUSH_SAMPLES * fromRate) / toRate) / channels;
    const silence = new Float32Array(Math.max(1, Math.floor(most)) * channels);
    const step = silence.length / channels;
    this.#makeRoom(this.#outputs.length - 1, rest + resampledFrames(step, fromRate, toRate));
    let count = 0;
    for (let left = this.delayFrames; left > 0 && count < rest; left -= step) {
      count += this.#run(silence, Math.min(step, left), count);
    }
    if (count < rest) {
      throw new AudioError("internal", `The resampler kept ${rest - count} frames back`);
    }
    this.reset();
    return this.#result(rest);
  }

  /**
   * Forgets what was held back and what came before, for a gap in the stream: the next frame is the first one again.
   * Throws AudioError `stream-closed` after `close`, or `internal`.
   */
  reset(): void {
    this.#checkOpen();
    this.#given = 0;
    this.#made = 0;
    for (const filter of this.#filters) {
      filter.reset();
    }
  }

  /** Gives the memory back. It can be called again. */
  close(): void {
    this.#closed = true;
    for (const filter of this.#filters) {
      filter.close();
    }
    this.#outputs.fill(new Float32Array(0));
  }

  /** Returns the delay of all filters together, in frames of the input. */
  #makeFilters(speex: SpeexLibrary): Frames {
    const quality = SPEEX_QUALITY[this.quality];
    let delay = 0;
    let inputFrames = 1;
    for (const { from, to } of this.#stages) {
      const filter = new SpeexFilter(speex, this.channels, from, to, quality);
      this.#filters.push(filter);
      delay += filter.delayFrames * inputFrames;
      // All but the last bring the rate down by a whole number.
      inputFrames *= from;
    }
    return delay;
  }

  /** Sends frames through all filters. The last one's go to its output from frame `at` on; returns how many. */
  #run(input: Float32Array, frames: Frames, at: Frames): Frames {
    let source = input;
    let count = frames;
    for (const [index, filter] of this.#filters.entries()) {
      const { from, to } = this.#stages[index] ?? { from: 1, to: 1 };
      const place = index === this.#filters.length - 1 ? at : 0;
      const target = this.#makeRoom(index, place + resampledFrames(count, from, to));
      count = filter.process(source, count, target, place);
      source = target;
    }
    if (this.#filters.length === 0) {
      this.#makeRoom(0, frames).set(input.subarray(0, frames * this.channels));
    }
    return count;
  }

  /** The output of a filter, with room for this many frames; what was in it may be gone. */
  #makeRoom(index: number, frames: Frames): Float32Array {
    const output = this.#outputs[index] ?? new Float32Array(0);
    if (output.length >= frames * this.channels) {
      return output;
    }
    const larger = new Float32Array(frames * this.channels);
    this.#outputs[index] = larger;
    return larger;
  }

  #result(frames: Frames): Float32Array {
    const last = this.#outputs.at(-1) ?? new Float32Array(0);
    return last.subarray(0, frames * this.channels);
  }

  #checkSize(frames: Frames, what: string): void {
    const samples = resampledFrames(frames, this.fromRate, this.toRate) * this.channels;
    if (samples > MAX_SAMPLES) {
      throw new RangeError(
        `${what} would give ${samples} samples at once, the most is ${MAX_SAMPLES}: ` +
          "expected fewer frames, fewer channels or rates that are less far apart",
      );
    }
  }

  #checkOpen(): void {
    if (this.#closed) {
      throw new AudioError("stream-closed", "The resampler was closed");
    }
  }
}

function checkRate(rate: Hertz, name: string): Hertz {
  return checkNumber(rate, name, { min: 1, max: MAX_RATE, integer: true });
}
