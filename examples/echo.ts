// An effect between microphone and speaker for three seconds, with a message from it each second.
import { setTimeout as sleep } from "node:timers/promises";
import { DuplexStream } from "roomtone";

await using stream = await DuplexStream.open({
  processor: new URL("./echo.processor.js", import.meta.url),
  onMessage: (message) => console.log(message),
});
await stream.start();
await sleep(3000);
await stream.stop();
console.log(`input latency ${stream.inputLatency} s, output latency ${stream.outputLatency} s`);
