import type { ProcessInfo, ProcessorContext } from "../src/index.js";

/** Turns each sample round, adds what the last message said, and tells of every block if asked to. */
let offset = 0;
let tell: ((message: unknown) => void) | undefined;

export function setup({ options, post }: ProcessorContext): void {
  tell = options === "tell" ? post : undefined;
}

export function process(
  input: readonly Float32Array[],
  output: readonly Float32Array[],
  info: ProcessInfo,
): void {
  tell?.({ ...info, samples: input[0]?.slice() });
  for (const [index, channel] of output.entries()) {
    const source = input[index];
    for (let frame = 0; frame < info.frames; frame++) {
      channel[frame] = offset - (source?.[frame] ?? 0);
    }
  }
}

export function onMessage(message: unknown): void {
  offset = Number(message);
}
