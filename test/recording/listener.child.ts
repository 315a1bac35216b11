// A program whose listeners throw at every event, and that goes on: `finished` must come true nevertheless.
import { Recorder } from "../../src/index.js";

const faults: string[] = [];
for (const kind of ["uncaughtException", "unhandledRejection"] as const) {
  process.on(kind, (error: unknown) => faults.push(String(error)));
}
const recorder = await Recorder.open({ device: "virtual:ramp?rate=8000", frames: 4000 });
for (const event of ["state", "level", "mark"] as const) {
  recorder.on(event, () => {
    throw new Error(event);
  });
}
await recorder.start().catch(() => {});
const mark = recorder.mark("here");
const { frames } = await recorder.finished;
await mark;
console.log(JSON.stringify({ frames, state: recorder.state, kinds: [...new Set(faults)].sort() }));
