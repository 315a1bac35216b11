// Runs in the audio thread: makes a sine until it has made enough of it.
import type { ProcessInfo, ProcessorContext } from "roomtone";

let step = 0;
let last = 0;

export function setup({ sampleRate, options }: ProcessorContext): void {
  const { frequency, seconds } = options as { frequency: number; seconds: number };
  step = (2 * Math.PI * frequency) / sampleRate;
  last = seconds * sampleRate;
}

export function process(
  _input: readonly Float32Array[],
  output: readonly Float32Array[],
  { position, frames }: ProcessInfo,
): boolean {
  for (const channel of output) {
    for (let frame = 0; frame < frames; frame++) {
      channel[frame] = 0.2 * Math.sin(step * (position + frame));
    }
  }
  return position + frames < last;
}
