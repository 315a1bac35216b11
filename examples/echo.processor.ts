// Runs in the audio thread: what is heard, and once more a third of a second later.
import type { ProcessInfo, ProcessorContext } from "roomtone";

let memory = new Float32Array(1);
let place = 0;
let loudest = 0;
let tell: (message: unknown) => void = () => {};

export function setup({ sampleRate, post }: ProcessorContext): void {
  memory = new Float32Array(Math.round(sampleRate / 3));
  tell = post;
}

export function process(
  [heard]: readonly Float32Array[],
  [played]: readonly Float32Array[],
  { frames, position, sampleRate }: ProcessInfo,
): void {
  if (heard === undefined || played === undefined) {
    return;
  }
  for (let frame = 0; frame < frames; frame++) {
    const sample = heard[frame] ?? 0;
    played[frame] = sample + 0.5 * (memory[place] ?? 0);
    memory[place] = sample;
    place = (place + 1) % memory.length;
    loudest = Math.max(loudest, Math.abs(sample));
  }
  if (position % sampleRate < frames) {
    tell({ seconds: Math.round(position / sampleRate), loudest });
    loudest = 0;
  }
}
