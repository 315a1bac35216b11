// play_sine.py of python-sounddevice: a sine, until the seconds are over or Ctrl-C is pressed.
// node play-sine.js [FREQUENCY] [--amplitude 0.2] [--seconds 5] [--device NAME]
import { parseArgs } from "node:util";
import { OutputStream } from "roomtone";

const BLOCK = 1024;

const { values, positionals } = parseArgs({
  options: {
    device: { type: "string", short: "d" },
    amplitude: { type: "string", short: "a", default: "0.2" },
    seconds: { type: "string", short: "s", default: "Infinity" },
  },
  allowPositionals: true,
});
const frequency = Number(positionals[0] ?? 500);
const amplitude = Number(values.amplitude);

await using stream = await OutputStream.open({
  ...(values.device && { device: values.device }),
});
const step = (2 * Math.PI * frequency) / stream.sampleRate;
const end = Number(values.seconds) * stream.sampleRate;
while (stream.position < end) {
  const start = stream.position;
  const length = Math.min(BLOCK, end - start);
  const sine = Float32Array.from({ length }, (_, i) => amplitude * Math.sin(step * (start + i)));
  // The same on each channel; waits while a second of it is queued.
  await stream.write(Array.from({ length: stream.numberOfChannels }, () => sine));
}
await stream.drain();
