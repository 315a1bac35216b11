// Runs in a process of its own: round-trip.js audio|main BLOCK CLICKS RATE
// Prints a JSON object: the frames that each click was under way, how many did not come back, and what the stream says.
import { setTimeout as sleep } from "node:timers/promises";
import { DuplexStream } from "../../src/index.js";
import { ClickCounter } from "./click-counter.js";

const [where, block, wanted, rate] = process.argv.slice(2);
const common = {
  sampleRate: Number(rate),
  blockFrames: Number(block),
  latency: "low",
} as const;
/** Clicks come twice a second, after the first second. */
const seconds = Number(wanted) / 2 + 3;
const clicks = new ClickCounter(Number(rate));
let ways: readonly number[] = clicks.ways;
let missed = 0;

function hear(message: unknown): void {
  // The processor beside this file posts nothing else.
  ({ ways, missed } = message as { ways: readonly number[]; missed: number });
}

const stream = await DuplexStream.open(
  where === "audio"
    ? {
        ...common,
        processor: new URL("./click-processor.js", import.meta.url),
        onMessage: hear,
      }
    : common,
);
if (where === "audio") {
  await stream.start();
  await sleep(seconds * 1000);
} else {
  const until = performance.now() + seconds * 1000;
  const input = new Float32Array(common.blockFrames);
  const output = new Float32Array(common.blockFrames);
  while (performance.now() < until) {
    await stream.readInto(input);
    clicks.process(input, output);
    await stream.write(output);
  }
  ({ missed } = clicks);
}
const { input, output } = stream.stats;
await stream.close();
console.log(
  JSON.stringify({
    ways,
    missed,
    said: `${input?.droppedFrames} frames lost, ${output?.underflows} underflows`,
  }),
);
