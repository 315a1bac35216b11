// rec_unlimited.py of python-sounddevice: records into a file until Ctrl-C. A thread of its own writes the file, which
// is a valid WAV (or FLAC) all the time.
// node rec-unlimited.js [FILE] [-l] [-d DEVICE] [-r RATE] [-c CHANNELS] [-t FORMAT]
import { parseArgs } from "node:util";
import { devices, Recorder, type SampleFormat } from "roomtone";

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

const stop = new AbortController();
process.once("SIGINT", () => stop.abort());

// The file is there before anything is recorded, and an existing one is never touched.
await using recorder = await Recorder.open({
  file: positionals[0] ?? "rec_unlimited_{date}_{time}.wav",
  format: values.type as SampleFormat, // open() checks it
  channels: Number(values.channels),
  signal: stop.signal,
  ...(values.device && { device: values.device }),
  ...(values.samplerate && { sampleRate: Number(values.samplerate) }),
});
recorder.on("gap", ({ frames, position }) => {
  console.log(`${frames} frames lost at frame ${position}; silence stands in for them`);
});
await recorder.start();
console.log("press Ctrl+C to stop the recording");
const { files, frames } = await recorder.finished;
console.log(`Recording finished: ${files[0]?.path}, ${frames} frames`);
