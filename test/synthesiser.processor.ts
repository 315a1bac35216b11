import type { ProcessInfo, ProcessorContext } from "../src/index.js";

/** Counts the frames that it makes, in steps of int16, from 1 on; ends after `blocks` blocks. */
let next = 1;
let blocks = Number.POSITIVE_INFINITY;
let post: (message: unknown) => void = () => {};

export function setup(context: ProcessorContext): void {
  const { post: send, ...rest } = context;
  post = send;
  const { options } = context;
  if (typeof options === "object" && options !== null && "blocks" in options) {
    blocks = Number(options.blocks);
  }
  post({ setup: rest });
}

export function process(
  input: readonly Float32Array[],
  output: readonly Float32Array[],
  info: ProcessInfo,
): boolean {
  if (info.position === 0) {
    post({ first: { ...info }, inputs: input.length, outputs: output.length });
  }
  for (let frame = 0; frame < info.frames; frame++) {
    for (const channel of output) {
      channel[frame] = next / 32_768;
    }
    next += 1;
  }
  blocks -= 1;
  return blocks > 0;
}

export function onMessage(message: unknown): void {
  post({ echo: message });
}

export function close(): void {
  post({ closed: next });
}
