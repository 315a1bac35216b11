// play_long_file.py of python-sounddevice: plays a file that may be longer than memory, block by block.
// node play-long-file.js FILE.wav [--device NAME] [--blocksize 2048] [--buffersize 20]
import { parseArgs } from "node:util";
import { OutputStream, WavReader } from "roomtone";

const { values, positionals } = parseArgs({
  options: {
    device: { type: "string", short: "d" },
    blocksize: { type: "string", short: "b", default: "2048" },
    buffersize: { type: "string", short: "q", default: "20" },
  },
  allowPositionals: true,
});
const [file] = positionals;
if (file === undefined) {
  throw new TypeError("Which file? node play-long-file.js FILE.wav");
}
const blockFrames = Number(values.blocksize);

await using reader = await WavReader.open(file);
await using stream = await OutputStream.open({
  sampleRate: reader.sampleRate,
  channels: reader.numberOfChannels,
  bufferSeconds: (blockFrames * Number(values.buffersize)) / reader.sampleRate,
  ...(values.device && { device: values.device }),
});
while (reader.position < reader.length) {
  await stream.write(await reader.readChannels(blockFrames)); // waits while the buffer is full
}
await stream.drain();
console.log(`${stream.position} frames played, ${stream.underflows.length} times silence`);
