// wire.py of python-sounddevice: passes the input to the output.
// node wire.js [-i DEVICE] [-o DEVICE] [-c 2] [--samplerate R] [--blocksize 128] [--latency S] [-s SECONDS]
import { parseArgs } from "node:util";
import { DuplexStream } from "roomtone";

const { values } = parseArgs({
  options: {
    "input-device": { type: "string", short: "i" },
    "output-device": { type: "string", short: "o" },
    channels: { type: "string", short: "c", default: "2" },
    samplerate: { type: "string" },
    blocksize: { type: "string", default: "128" },
    latency: { type: "string" },
    seconds: { type: "string", short: "s", default: "Infinity" },
  },
});

await using stream = await DuplexStream.open({
  channels: Number(values.channels),
  blockFrames: Number(values.blocksize),
  ...(values["input-device"] && { inputDevice: values["input-device"] }),
  ...(values["output-device"] && { outputDevice: values["output-device"] }),
  ...(values.samplerate && { sampleRate: Number(values.samplerate) }),
  ...(values.latency && { latency: Number(values.latency) }),
});
// What the device plays while the first blocks come: 50 ms keep the wire from running dry.
const ahead = new Float32Array(Math.ceil(stream.sampleRate / 20));
await stream.write(Array.from({ length: stream.outputChannels }, () => ahead));

console.log("press Ctrl+C to quit");
for await (const block of stream) {
  await stream.write(block.samples);
  if (block.position >= Number(values.seconds) * stream.sampleRate) {
    break;
  }
}
const { stats } = stream;
console.log(
  `lost: ${stats.input?.droppedFrames} frames, ran dry: ${stats.output?.underflows} times`,
);
