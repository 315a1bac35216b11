// plot_input.py of python-sounddevice: a live plot of the microphone, in the terminal.
// node plot-input.js [CHANNEL ...] [--device NAME] [--window 200] [--interval 50] [--seconds 60]
import { setInterval as every } from "node:timers/promises";
import { parseArgs } from "node:util";
import { InputStream } from "roomtone";

const HEIGHT = 11; // lines of a plot: full scale to both sides of zero
const WIDTH = Math.min(process.stdout.columns ?? 80, 200);

const { values, positionals } = parseArgs({
  options: {
    device: { type: "string", short: "d" },
    window: { type: "string", short: "w", default: "200" },
    interval: { type: "string", short: "i", default: "50" },
    seconds: { type: "string", short: "s", default: "Infinity" },
  },
  allowPositionals: true,
});
const channels = (positionals.length === 0 ? ["1"] : positionals).map((text) => Number(text) - 1);

await using stream = await InputStream.open({
  channels,
  ...(values.device && { device: values.device }),
});
const windowFrames = Math.ceil((Number(values.window) / 1000) * stream.sampleRate);
const plotted = channels.map(() => new Float32Array(windowFrames));
const block = new Float32Array(Math.ceil(stream.sampleRate / 10) * channels.length);
await stream.start();

for await (const _ of every(Number(values.interval))) {
  // All that came since the last plot; what is too old leaves on the left.
  for (let frames = stream.tryReadInto(block); frames > 0; frames = stream.tryReadInto(block)) {
    for (const [channel, samples] of plotted.entries()) {
      const fresh = Float32Array.from(
        { length: frames },
        (_, frame) => block[frame * channels.length + channel] ?? 0,
      );
      const last = fresh.subarray(Math.max(0, frames - windowFrames));
      samples.copyWithin(0, last.length);
      samples.set(last, windowFrames - last.length);
    }
  }
  const text = plotted.map((samples, i) => `channel ${positionals[i] ?? 1}\n${plot(samples)}`);
  process.stdout.write(`${process.stdout.isTTY ? "\x1b[H\x1b[J" : ""}${text.join("\n")}\n`);
  if (stream.position >= Number(values.seconds) * stream.sampleRate) {
    break;
  }
}

/** Each column spans its smallest and its largest sample, so that no peak is missed. */
function plot(samples: Float32Array): string {
  const columns = Array.from({ length: WIDTH }, (_, column) => {
    const start = Math.floor((column / WIDTH) * samples.length);
    const end = Math.max(start + 1, Math.floor(((column + 1) / WIDTH) * samples.length));
    const part = samples.subarray(start, end);
    return [lineOf(Math.max(...part)), lineOf(Math.min(...part))] as const;
  });
  const zero = lineOf(0);
  return Array.from({ length: HEIGHT }, (_, line) =>
    columns
      .map(([top, bottom]) => (line >= top && line <= bottom ? "█" : line === zero ? "─" : " "))
      .join(""),
  ).join("\n");
}

function lineOf(sample: number): number {
  return Math.round(((1 - Math.max(-1, Math.min(1, sample))) / 2) * (HEIGHT - 1));
}
