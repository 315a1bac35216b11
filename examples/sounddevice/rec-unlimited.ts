// rec_unlimited.py of python-sounddevice: records into a file until Ctrl-C; it is a valid WAV all the time.
// node rec-unlimited.js [FILE.wav] [-l] [-d DEVICE] [-r RATE] [-c CHANNELS] [-t FORMAT]
import { parseArgs } from "node:util";
import { devices, InputStream, type WavSampleFormat, WavWriter } from "roomtone";

const { values, positionals } = parseArgs({
  options: {
    "list-devices": { type: "boolean", short: "l" },
    device: { type: "string", short: "d" },
    samplerate: { type: "string", short: "r" },
    channels: { type: "string", short: "c", default: "1" },
    // uint8, int16, int24, int32 or float32
    type: { type: "string", short: "t", default: "int16" },
  },
  allowPositionals: true,
});
if (values["list-devices"]) {
  for (const { index, name, hostApi, maxInputChannels } of await devices()) {
    console.log(`${index}  ${name}, ${hostApi.name} (${maxInputChannels} in)`);
  }
  process.exit();
}
const file = positionals[0] ?? `rec_unlimited_${Date.now()}.wav`;
const format = values.type as WavSampleFormat; // open() checks it

const stop = new AbortController();
process.once("SIGINT", () => stop.abort());

const stream = await InputStream.open({
  format,
  channels: Number(values.channels),
  signal: stop.signal,
  ...(values.device && { device: values.device }),
  ...(values.samplerate && { sampleRate: Number(values.samplerate) }),
});
// The file is there before anything is recorded, and an existing one is never touched.
await using writer = await WavWriter.create(file, {
  sampleRate: Math.round(stream.sampleRate),
  channels: stream.numberOfChannels,
  format,
});
console.log("press Ctrl+C to stop the recording");
const bytes = stream.toReadable({
  onGap: ({ position, frames }) => console.log(`${frames} frames lost at frame ${position}`),
}); // silence in their place, so that time stays true
for await (const chunk of bytes) {
  await writer.write(chunk as Uint8Array);
}
console.log(`Recording finished: ${file}, ${writer.length} frames`);
