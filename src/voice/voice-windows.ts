import type { Frames, Hertz } from "../format.js";
import { loadResampler, StreamResampler } from "../resample/stream-resampler.js";
import { type Aggressiveness, FVAD_RATES, Fvad, type FvadLibrary, loadFvad } from "./fvad.js";

/** Windows a second. */
export const WINDOWS_A_SECOND = 100;
/** What other rates are brought to. */
const LISTENING_RATE: Hertz = 16_000;

/** One for each thread. */
let loading: Promise<FvadLibrary> | undefined;

/** What is done with a window; true stops looking at more. */
export type JudgeWindow = (voice: boolean, end: Frames) => boolean;

/**
 * Cuts frames into windows of 10 ms, however they arrive, and tells of each whether there is voice in it, in any channel.
 * Rates that the detector does not know are converted, which makes the answers a moment later, not other ones.
 */
export class VoiceWindows {
  readonly #sampleRate: Hertz;
  readonly #channels: number;
  readonly #detectors: readonly Fvad[];
  readonly #resampler: StreamResampler | undefined;
  /** Frames of a window, at the rate of the detectors. */
  readonly #windowFrames: Frames;
  /** The window that is being filled, channel by channel. */
  readonly #window: readonly Float32Array[];
  #filled: Frames = 0;
  #windows = 0;
  /** What comes and goes when rates are converted. */
  #interleaved: Float32Array = new Float32Array(0);
  #converted: readonly Float32Array[] = [];

  private constructor(
    sampleRate: Hertz,
    detectors: readonly Fvad[],
    windowFrames: Frames,
    resampler: StreamResampler | undefined,
  ) {
    this.#sampleRate = sampleRate;
    this.#channels = detectors.length;
    this.#detectors = detectors;
    this.#windowFrames = windowFrames;
    this.#resampler = resampler;
    this.#window = detectors.map(() => new Float32Array(windowFrames));
  }

  /** Throws AudioError `library-not-found`, `internal`. */
  static async create(
    sampleRate: Hertz,
    channels: number,
    aggressiveness: Aggressiveness,
  ): Promise<VoiceWindows> {
    loading ??= loadFvad();
    const library = await loading.catch((error: unknown) => {
      // The next one tries again.
      loading = undefined;
      throw error;
    });
    const isKnown = FVAD_RATES.includes(sampleRate);
    const rate = isKnown ? sampleRate : LISTENING_RATE;
    let resampler: StreamResampler | undefined;
    if (!isKnown) {
      await loadResampler();
      // A device may say 44,099.9 Hz.
      resampler = new StreamResampler(Math.round(sampleRate), rate, channels, "fast");
    }
    const frames = rate / WINDOWS_A_SECOND;
    const detectors = Array.from(
      { length: channels },
      () => new Fvad(library, rate, frames, aggressiveness),
    );
    return new VoiceWindows(sampleRate, detectors, frames, resampler);
  }

  /**
   * Takes frames and asks `judge` about each window that is full, with the number of frames from the first one fed up to its
   * end. The frames behind a window of which it said true are not looked at: reset it.
   */
  feed(channels: readonly Float32Array[], frames: Frames, judge: JudgeWindow): void {
    if (this.#resampler === undefined) {
      this.#cut(channels, frames, judge);
      return;
    }
    const count = this.#convert(this.#resampler, channels, frames);
    this.#cut(this.#converted, count, judge);
  }

  /** Forgets what was heard. */
  reset(): void {
    this.#filled = 0;
    this.#windows = 0;
    this.#resampler?.reset();
    for (const detector of this.#detectors) {
      detector.reset();
    }
  }

  /** Gives back what garbage collection does not see. It can be called again. */
  close(): void {
    this.#resampler?.close();
    for (const detector of this.#detectors) {
      detector.close();
    }
  }

  #cut(channels: readonly Float32Array[], frames: Frames, judge: JudgeWindow): void {
    for (let at = 0; at < frames; ) {
      const count = Math.min(frames - at, this.#windowFrames - this.#filled);
      for (const [channel, window] of this.#window.entries()) {
        const samples = channels[channel]?.subarray(at, at + count) ?? new Float32Array(count);
        window.set(samples, this.#filled);
      }
      this.#filled += count;
      at += count;
      if (this.#filled === this.#windowFrames) {
        this.#filled = 0;
        this.#windows += 1;
        const end = Math.round((this.#windows * this.#sampleRate) / WINDOWS_A_SECOND);
        if (judge(this.#hears(), end)) {
          return;
        }
      }
    }
  }

  /** Every detector listens to every window: what it makes of one depends on those before. */
  #hears(): boolean {
    let voice = false;
    for (const [channel, detector] of this.#detectors.entries()) {
      const window = this.#window[channel];
      if (window !== undefined && detector.hears(window)) {
        voice = true;
      }
    }
    return voice;
  }

  #convert(resampler: StreamResampler, channels: readonly Float32Array[], frames: Frames): Frames {
    const width = this.#channels;
    if (this.#interleaved.length < frames * width) {
      this.#interleaved = new Float32Array(frames * width);
    }
    for (let channel = 0; channel < width; channel++) {
      const samples = channels[channel];
      for (let frame = 0; frame < frames; frame++) {
        this.#interleaved[frame * width + channel] = samples?.[frame] ?? 0;
      }
    }
    const out = resampler.process(this.#interleaved, frames);
    const count = out.length / width;
    this.#converted = Array.from({ length: width }, (_, channel) =>
      Float32Array.from({ length: count }, (__, frame) => out[frame * width + channel] ?? 0),
    );
    return count;
  }
}
