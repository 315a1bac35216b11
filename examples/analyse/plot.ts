// A figure by Observable Plot (npm install @observablehq/plot linkedom): the waveform as an SVG file.
import { writeFile } from "node:fs/promises";
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { readWav, record } from "roomtone";

const [, , file] = process.argv;
const take = file === undefined ? await record({ seconds: 5 }) : await readWav(file);

// One point for each column of the picture would miss peaks: the smallest and largest sample of each are drawn.
const samples = take.getChannelData(0);
const step = Math.max(1, Math.ceil(samples.length / 600));
const columns = Array.from({ length: Math.ceil(samples.length / step) }, (_, column) => {
  const part = samples.subarray(column * step, (column + 1) * step);
  return {
    time: (column * step) / take.sampleRate,
    low: Math.min(...part),
    high: Math.max(...part),
  };
});

const { document } = parseHTML("<!doctype html><html><body></body></html>");
const figure = Plot.plot({
  document,
  width: 640,
  height: 200,
  x: { label: "time (s)" },
  y: { label: "amplitude", domain: [-1, 1], grid: true },
  marks: [Plot.areaY(columns, { x: "time", y1: "low", y2: "high", fill: "steelblue" })],
});
figure.setAttribute("xmlns", "http://www.w3.org/2000/svg");
await writeFile("waveform.svg", figure.outerHTML);
console.log(`waveform.svg: ${columns.length} columns`);
