// Runs in a process of its own: stream-naudiodon.js TASK
import { createRequire } from "node:module";
import path from "node:path";
import type { Readable } from "node:stream";
import { now, planHold, RawFile, readTask } from "./stream-task.js";

/** As much of naudiodon as is used here; the package is not among the dependencies, and so are not its types. */
interface Naudiodon {
  readonly SampleFormatFloat32: number;
  readonly AudioIO: (options: object) => Readable & { start(): void };
}

const task = readTask();
// It writes a crash.log where it runs.
process.chdir(path.dirname(task.file));
const { AudioIO, SampleFormatFloat32 } = createRequire(`${task.packages}/`)(
  "naudiodon",
) as Naudiodon;
const out = new RawFile(task.file);
let told = "nothing";
const stream = AudioIO({
  inOptions: {
    deviceId: -1,
    sampleRate: task.rate,
    channelCount: task.channels,
    sampleFormat: SampleFormatFloat32,
    framesPerBuffer: task.block,
    highwaterMark: task.block * task.channels * 4,
    closeOnError: false,
  },
});
stream.on("data", (bytes: Uint8Array) => out.write(bytes));
stream.on("error", (error) => {
  told = String(error);
});
stream.start();
planHold(task);
setTimeout(
  () => {
    out.end(told);
    // Its `quit` never ends once the stream has died.
    process.exit(0);
  },
  (task.seconds - now()) * 1000,
);
