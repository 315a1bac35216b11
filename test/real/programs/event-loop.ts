// Measures for how long the main thread's event loop is held by each call of the library.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { devices, InputStream, record } from "../../../src/index.js";
import { holdThread, report, task } from "./task.js";

export interface EventLoopTask {
  /** Where a recording may be saved. */
  readonly path: string;
}

/** The longest time in ms between two turns of the event loop, by what was done. */
export type EventLoopReport = Readonly<Record<string, number>>;

const { path } = task<EventLoopTask>();
// The histogram counts the time from timer to timer: 1 ms of each value is its own resolution.
const delay = monitorEventLoopDelay({ resolution: 1 });
const longest: Record<string, number> = {};
delay.enable();
// What the process itself does at its start is not ours.
await sleep(300);

await measure("nothing", () => sleep(1000));
await measure("this thread itself for 60 ms", async () => holdThread(60));
await measure("the first devices()", devices);
await measure("devices() again", devices);
const take = await measure("record() of 2 s", () => record({ seconds: 2, format: "int16" }));
await measure("save()", () => take.save(path));
const stream = await measure("InputStream.open()", () => InputStream.open({ blockFrames: 256 }));
await measure("start()", () => stream.start());
await measure("a second of blocks of 256 frames", async () => {
  for await (const block of stream) {
    if (block.position > stream.sampleRate) {
      return;
    }
  }
});
const another = await InputStream.open();
await another.start();
await measure("close()", () => another.close());
report(longest satisfies EventLoopReport);

async function measure<Result>(name: string, action: () => Promise<Result>): Promise<Result> {
  delay.reset();
  // The first interval after a reset is not counted.
  await sleep(20);
  const result = await action();
  await sleep(20);
  longest[name] = Number((delay.max / 1e6).toFixed(1));
  return result;
}
