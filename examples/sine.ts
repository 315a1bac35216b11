// A synthesiser: its module runs in the audio thread, so the main thread may be as busy as it likes.
import { OutputStream } from "roomtone";

await using stream = await OutputStream.open({
  channels: 1,
  processor: new URL("./sine.processor.js", import.meta.url),
  processorOptions: { frequency: 440, seconds: 2 },
});
await stream.start();

const busyUntil = performance.now() + 1000;
while (performance.now() < busyUntil) {
  // Work that holds the event loop for a second.
}

await stream.finished;
const { frames, underflows } = stream.stats.output ?? {};
console.log(`${frames} frames of a sine, silence in between: ${underflows} times`);
