import { type Frames, type SampleArray, type SampleFormat, silenceByte } from "../format.js";

/** In a choice of channels: none of the source's, but silence. */
export const SILENT_CHANNEL = -1;

/**
 * Copies channels within one integer format: from `samples`, frames of `channels`, to `target`, frames of those picked.
 * Both are what `samplesOf` shows of the bytes.
 */
export function pickChannels(
  samples: SampleArray,
  format: SampleFormat,
  channels: number,
  picked: readonly number[],
  frames: Frames,
  target: SampleArray,
): void {
  // The three bytes of an int24 are copied as if each were a sample.
  const parts = format === "int24" ? 3 : 1;
  const step = channels * parts;
  const targetStep = picked.length * parts;
  const end = frames * targetStep;
  picked.forEach((channel, column) => {
    for (let part = 0; part < parts; part++) {
      const at = column * parts + part;
      if (channel === SILENT_CHANNEL) {
        fillColumn(silenceByte(format), target, at, targetStep, end);
      } else {
        copyColumn(samples, channel * parts + part, step, target, at, targetStep, end);
      }
    }
  });
}

function copyColumn(
  samples: SampleArray,
  first: number,
  step: number,
  target: SampleArray,
  at: number,
  targetStep: number,
  end: number,
): void {
  for (let place = at, index = first; place < end; place += targetStep) {
    target[place] = samples[index] ?? 0;
    index += step;
  }
}

function fillColumn(
  value: number,
  target: SampleArray,
  at: number,
  targetStep: number,
  end: number,
): void {
  for (let place = at; place < end; place += targetStep) {
    target[place] = value;
  }
}
