// spectrogram.py of python-sounddevice: a live spectrogram in text, a line for each block.
// node spectrogram.js [-d DEVICE] [--low 100] [--high 2000] [--gain 10] [--block-duration 50] [--seconds 60]
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { defaultInput, findDevice, InputStream, spectrum } from "roomtone";

const USAGE = "press <enter> to quit, +<enter> or -<enter> to change scaling";
// From black over blue and red to white in the terminal's 256 colours; characters where there are none.
const COLOURS = [16, 17, 18, 54, 90, 126, 162, 198, 204, 210, 216, 222, 228, 231];
const CHARACTERS = " .,:;+=ox%#@".split("");
const coloured = process.stdout.isTTY && process.env.NO_COLOR === undefined;
const STEPS = coloured ? COLOURS.map((colour) => `\x1b[48;5;${colour}m `) : CHARACTERS;

const { values } = parseArgs({
  options: {
    device: { type: "string", short: "d" },
    low: { type: "string", default: "100" },
    high: { type: "string", default: "2000" },
    gain: { type: "string", short: "g", default: "10" },
    "block-duration": { type: "string", short: "b", default: "50" },
    seconds: { type: "string", short: "s", default: "Infinity" },
  },
});
const columns = process.stdout.columns ?? 80;
const low = Number(values.low);
const columnHertz = (Number(values.high) - low) / (columns - 1);
let gain = Number(values.gain);

const stop = new AbortController();
if (process.stdin.isTTY) {
  console.log(USAGE);
  const keys = createInterface({ input: process.stdin }).on("line", (line) => {
    if (line === "" || line === "q") {
      stop.abort();
      keys.close();
    }
    gain *= line === "+" ? 2 : line === "-" ? 0.5 : 1;
  });
}

const device = await (values.device ? findDevice(values.device) : defaultInput());
const size = Math.round((device.defaultSampleRate * Number(values["block-duration"])) / 1000);
const fftSize = Math.max(size, Math.ceil(device.defaultSampleRate / columnHertz)); // a bin a column
await using stream = await InputStream.open({ device, blockFrames: size, signal: stop.signal });
for await (const block of stream) {
  if (block.droppedBefore > 0) {
    console.log(`${block.droppedBefore} frames lost`);
  }
  const { frequencies, values: power } = await spectrum(block, { fftSize, scaling: "spectrum" });
  const binHertz = frequencies[1] ?? 1;
  const line = Array.from({ length: columns }, (_, column) => {
    const bin = Math.round((low + column * columnHertz) / binHertz);
    const magnitude = Math.min(1, gain * Math.sqrt(power[0]?.[bin] ?? 0));
    return STEPS[Math.floor(magnitude * (STEPS.length - 1))];
  });
  console.log(`${line.join("")}${coloured ? "\x1b[0m" : ""}`);
  if (block.position + block.length >= Number(values.seconds) * block.sampleRate) {
    break;
  }
}
