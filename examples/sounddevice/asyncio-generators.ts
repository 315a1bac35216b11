// asyncio_generators.py of python-sounddevice: streams are asynchronous generators of blocks as they are.
// node asyncio-generators.js [--seconds 10] [--input NAME] [--output NAME]
import { parseArgs } from "node:util";
import { configure, DuplexStream, InputStream } from "roomtone";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", short: "s", default: "10" },
    input: { type: "string", short: "i" },
    output: { type: "string", short: "o" },
  },
});
const seconds = Number(values.seconds);
configure({
  ...(values.input && { inputDevice: values.input }),
  ...(values.output && { outputDevice: values.output }),
});

console.log("Some information about the input signal:");
const input = await InputStream.open();
for await (const block of input) {
  const samples = block.getChannelData(0);
  console.log(`min: ${Math.min(...samples).toFixed(4)}\tmax: ${Math.max(...samples).toFixed(4)}`);
  if (block.position > 0.2 * seconds * input.sampleRate) {
    break; // gives the device back
  }
}

console.log("Enough of that, activating wire ...");
const wire = await DuplexStream.open({ blockFrames: 1024 });
await wire.write([new Float32Array(10 * 1024)]); // what is played while the first blocks come
for await (const block of wire) {
  await wire.write(block.samples);
  if (block.position > seconds * wire.sampleRate) {
    break;
  }
}
console.log("wire was closed");
