// priming_output.py of python-sounddevice: what is written before the start is what the device begins with.
// With a cable (or air) from output to input, the click comes back as late as the way is long.
// node priming-output.js [--device NAME]
import { parseArgs } from "node:util";
import { DuplexStream } from "roomtone";

const { values } = parseArgs({ options: { device: { type: "string", short: "d" } } });

await using stream = await DuplexStream.open({
  ...(values.device && { device: values.device }),
});
const click = new Float32Array(stream.sampleRate); // a second of silence, but for
click[0] = 1; // the very first frame
await stream.write(Array.from({ length: stream.outputChannels }, () => click));
console.log(`${stream.outputPosition} frames are queued before the start`);

for await (const block of stream) {
  const at = block.getChannelData(0).findIndex((sample) => sample > 0.1);
  if (at >= 0) {
    console.log(`the click came back in frame ${block.position + at}`);
    break;
  }
  if (block.position > stream.sampleRate) {
    console.log("the click did not come back: is there a cable from output to input?");
    break;
  }
}
