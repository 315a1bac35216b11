// Runs in a process of its own: stream-decibri.js TASK
import { createRequire } from "node:module";
import type { Readable } from "node:stream";
import { now, planHold, RawFile, readTask } from "./stream-task.js";

/** As much of decibri as is used here; the package is not among the dependencies, and so are not its types. */
interface Decibri {
  readonly Microphone: new (
    options: object,
  ) => Readable & { readonly overrunCount: number; stop(): void };
}

const task = readTask();
const { Microphone } = createRequire(`${task.packages}/`)("decibri") as Decibri;
const out = new RawFile(task.file);
let failure = "";
const microphone = new Microphone({
  sampleRate: task.rate,
  channels: task.channels,
  framesPerBuffer: task.block,
  dtype: "float32",
});
microphone.on("data", (bytes: Uint8Array) => out.write(bytes));
microphone.on("error", (error) => {
  failure = `, ${error.message}`;
});
planHold(task);
setTimeout(
  () => {
    const said = `overrunCount ${microphone.overrunCount}${failure}`;
    microphone.stop();
    out.end(said);
    // A stream that has failed would keep the process alive.
    process.exit(0);
  },
  (task.seconds - now()) * 1000,
);
