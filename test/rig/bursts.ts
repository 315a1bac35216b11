import { join } from "node:path";
import type { Frames, Hertz } from "../../src/format.js";
import { virtualDevice, WavWriter } from "../../src/index.js";
import { seededRandom } from "./random.js";

/** A stretch of sound among silence. */
export interface Burst {
  readonly at: Frames;
  readonly frames: Frames;
  /** Root mean square in dBFS. Default -12. */
  readonly level?: number;
}

/** A signal of bursts of exact length at exact places, and a device that hears it. */
export interface Bursts {
  readonly rate: Hertz;
  /** One channel. */
  readonly samples: Float32Array;
  /** A device that plays it once, in float32. */
  readonly device: string;
}

/** Silence is noise of this peak, some -84 dBFS: no two places of it are the same, so that each frame has its place. */
const FLOOR = 1e-4;

/** Writes a signal of bursts to a WAV file in a folder, for a virtual device that plays it. */
export async function makeBursts(
  folder: string,
  rate: Hertz,
  frames: Frames,
  bursts: readonly Burst[],
  timing: { readonly pace: "fast" | "realtime"; readonly loop?: boolean } = { pace: "fast" },
): Promise<Bursts> {
  const random = seededRandom(frames);
  const samples = Float32Array.from(
    { length: frames },
    () => (random(2 ** 20) / 2 ** 19 - 1) * FLOOR,
  );
  for (const { at, frames: length, level = -12 } of bursts) {
    const amplitude = 10 ** (level / 20);
    for (let frame = at; frame < at + length; frame++) {
      // A square wave: each window has its level, wherever it is cut.
      samples[frame] = (samples[frame] ?? 0) + (frame % 2 === 0 ? amplitude : -amplitude);
    }
  }
  const path = join(folder, `bursts-${frames}.wav`);
  await using writer = await WavWriter.create(path, {
    sampleRate: rate,
    channels: 1,
    format: "float32",
    overwrite: true,
  });
  await writer.write(samples);
  return { rate, samples, device: virtualDevice("file", { path, ...timing }) };
}
