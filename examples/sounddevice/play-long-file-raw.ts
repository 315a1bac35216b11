// play_long_file_raw.py of python-sounddevice: the same as play-long-file, with bytes as they are in the file.
// node play-long-file-raw.js FILE.wav [--device NAME]
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { OutputStream, WavReader } from "roomtone";

const { values, positionals } = parseArgs({
  options: { device: { type: "string", short: "d" } },
  allowPositionals: true,
});
const [file] = positionals;
if (file === undefined) {
  throw new TypeError("Which file? node play-long-file-raw.js FILE.wav");
}

await using reader = await WavReader.open(file);
if (reader.format === "float64") {
  throw new TypeError("No device plays 64-bit floats: play-long-file.js converts them.");
}
const stream = await OutputStream.open({
  sampleRate: reader.sampleRate,
  channels: reader.numberOfChannels,
  format: reader.format,
  ...(values.device && { device: values.device }),
});
const bytes = Readable.from(reader).map((block: { bytes: Uint8Array }) => block.bytes);
await pipeline(bytes, stream.toWritable()); // its end waits until all was heard
console.log(`${stream.position} frames played`);
