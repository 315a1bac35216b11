import type { Frames, Hertz } from "../../src/format.js";
import { WavWriter } from "../../src/index.js";
import { seededRandom } from "../rig/random.js";

/** White noise, evenly spread up to `amplitude`; the same seed gives the same. */
export function noise(frames: Frames, amplitude: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length: frames }, () => amplitude * (random(2 ** 24) / 2 ** 23 - 1));
}

/** One after the other. */
export function joined(...parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Their sum, sample by sample. */
export function mixed(one: Float32Array, other: Float32Array): Float32Array {
  return one.map((sample, frame) => sample + (other[frame] ?? 0));
}

/** A tone of some seconds, as the EBU's documents describe their signals: amplitude in dBFS, from phase 0 on. */
export function tone(seconds: number, level: number, frequency: Hertz, rate: Hertz): Float32Array {
  const amplitude = 10 ** (level / 20);
  const step = (2 * Math.PI * frequency) / rate;
  return Float32Array.from(
    { length: Math.round(seconds * rate) },
    (_, frame) => amplitude * Math.sin(step * frame),
  );
}

/** Writes channels to a WAV file of floats, so that nothing is rounded. */
export async function writeWav(
  path: string,
  channels: readonly Float32Array[],
  sampleRate: Hertz,
  channelMask?: number,
): Promise<void> {
  await using writer = await WavWriter.create(path, {
    sampleRate,
    channels: channels.length,
    format: "float32",
    ...(channelMask === undefined ? {} : { channelMask }),
  });
  await writer.writeChannels(channels);
}
