import { AudioError } from "../errors.js";
import type { Frames, Hertz, Seconds } from "../format.js";
import { checkNumber, checkOptions } from "../options.js";
import { type PlayrecOptions, playrec } from "./playrec.js";

/** What can be chosen of {@link measureLatency}. */
export interface LatencyOptions
  extends Pick<
    PlayrecOptions,
    | "device"
    | "inputDevice"
    | "outputDevice"
    | "inputChannels"
    | "outputChannels"
    | "sampleRate"
    | "latency"
    | "signal"
  > {
  /** The longest latency to look for, above 0 and up to 10 s. Default 1. */
  readonly maxSeconds?: Seconds;
  /** Peak of the test signal, above 0 and up to 1 (full scale). Default 0.5. */
  readonly amplitude?: number;
}

/** A latency that was measured. */
export interface MeasuredLatency {
  /**
   * From a frame's place in what is played to its place in the take of `playrec()`: the way out, the air or cable, and the
   * way in, less the time by which the input began after the output. Servers begin them one after the other: there it can
   * even be a little below 0.
   */
  readonly frames: Frames;
  readonly seconds: Seconds;
  readonly sampleRate: Hertz;
  /** How much of the signal was found at that place: normalised correlation, 1 for an undistorted copy. */
  readonly correlation: number;
}

const OPTIONS: readonly (keyof LatencyOptions)[] = [
  "device",
  "inputDevice",
  "outputDevice",
  "inputChannels",
  "outputChannels",
  "sampleRate",
  "latency",
  "signal",
  "maxSeconds",
  "amplitude",
];
/** Frames of the test signal: long enough to stand out of noise. */
const BURST: Frames = 2_048;
/** Silence before it: devices lose frames when they start. */
const LEAD: Seconds = 0.25;
/** Below this there is nothing of the signal in the take. */
const LEAST_CORRELATION = 0.2;
/** Places that are looked at in one turn of the event loop. */
const PLACES_A_TURN = 2_048;

/**
 * Measures the round trip: plays a burst of noise and looks for it in what is recorded at the same time. The output must
 * reach the input: by a cable, through the air, or on a loopback device.
 *
 * The place is found to the frame by the peak of the normalised cross-correlation.
 *
 * @throws TypeError, RangeError for wrong options; AudioError as `playrec()`, and `stalled` when nothing of the signal was
 * found within `maxSeconds`.
 */
export async function measureLatency(options: LatencyOptions = {}): Promise<MeasuredLatency> {
  checkOptions(options, OPTIONS, "measureLatency()");
  const { maxSeconds = 1, amplitude = 0.5, ...rest } = options ?? {};
  checkNumber(maxSeconds, "maxSeconds", { min: 0, above: true, max: 10 });
  checkNumber(amplitude, "amplitude", { min: 0, above: true, max: 1 });
  const burst = noise(BURST, amplitude);
  // The lead is in frames of a usual rate: how long it lasts does not matter much.
  const lead = Math.round(LEAD * (rest.sampleRate ?? 48_000));
  const signal = new Float32Array(lead + BURST);
  signal.set(burst, lead);
  const take = await playrec(signal, { ...rest, format: "float32", tailSeconds: maxSeconds });
  const { place, correlation } = await find(burst, take.getChannelData(0));
  if (correlation < LEAST_CORRELATION) {
    throw new AudioError(
      "stalled",
      `Nothing of what was played was heard within ${maxSeconds} s: does the output reach the input?`,
    );
  }
  const frames = place - lead;
  return { frames, seconds: frames / take.sampleRate, sampleRate: take.sampleRate, correlation };
}

/** White noise of ± amplitude, always the same: a 31-bit shift register (x^31 + x^28 + 1). */
function noise(frames: Frames, amplitude: number): Float32Array {
  let state = 0x2545_f491 & 0x7fff_ffff;
  return Float32Array.from({ length: frames }, () => {
    const bit = ((state >>> 30) ^ (state >>> 27)) & 1;
    state = ((state << 1) | bit) & 0x7fff_ffff;
    return bit === 1 ? amplitude : -amplitude;
  });
}

/** Where the burst is in the sound, and how well it matches there. */
async function find(
  burst: Float32Array,
  sound: Float32Array,
): Promise<{ place: Frames; correlation: number }> {
  let burstEnergy = 0;
  for (const sample of burst) {
    burstEnergy += sample * sample;
  }
  let best = { place: 0, correlation: 0 };
  for (let place = 0; place + burst.length <= sound.length; place++) {
    let product = 0;
    let energy = 0;
    for (let at = 0; at < burst.length; at++) {
      const heard = sound[place + at] ?? 0;
      product += heard * (burst[at] ?? 0);
      energy += heard * heard;
    }
    const correlation = energy > 0 ? Math.abs(product) / Math.sqrt(energy * burstEnergy) : 0;
    if (correlation > best.correlation) {
      best = { place, correlation };
    }
    if (place % PLACES_A_TURN === 0) {
      await new Promise(setImmediate);
    }
  }
  return best;
}
