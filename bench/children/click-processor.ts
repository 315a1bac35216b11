// Runs in the audio thread of round-trip.js.
import type { ProcessorContext } from "../../src/index.js";
import { ClickCounter } from "./click-counter.js";

let clicks: ClickCounter | undefined;
let post = (_message: unknown): void => {};

export function setup(context: ProcessorContext): void {
  clicks = new ClickCounter(context.sampleRate);
  post = (message) => context.post(message);
}

export function process([input]: readonly Float32Array[], [output]: readonly Float32Array[]): void {
  if (clicks !== undefined && input !== undefined && output !== undefined) {
    const before = clicks.ways.length;
    clicks.process(input, output);
    if (clicks.ways.length > before) {
      post({ ways: clicks.ways, missed: clicks.missed });
    }
  }
}
