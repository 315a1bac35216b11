// Runs in the audio thread of round-trip.js.
import type { ProcessorContext, ProcessorModule } from "../../src/index.js";
import { ClickCounter } from "./click-counter.js";

let clicks: ClickCounter | undefined;
let post: ProcessorContext["post"] = () => {};

export const setup: ProcessorModule["setup"] = (context) => {
  clicks = new ClickCounter(context.sampleRate);
  ({ post } = context);
};

export const process: ProcessorModule["process"] = ([input], [output]) => {
  if (clicks !== undefined && input !== undefined && output !== undefined) {
    const before = clicks.ways.length;
    clicks.process(input, output);
    if (clicks.ways.length > before) {
      post({ ways: clicks.ways, missed: clicks.missed });
    }
  }
};
