// Features by Meyda (npm install meyda), which takes a channel of a take as it is, window by window.
import meyda from "meyda";
import { readWav, record } from "roomtone";

const [, , file] = process.argv;
const take = file === undefined ? await record({ seconds: 5 }) : await readWav(file);

const Meyda = meyda as unknown as typeof meyda.default; // in Node the import is the object itself
Meyda.sampleRate = take.sampleRate;
Meyda.bufferSize = 2048; // a power of two
const samples = take.getChannelData(0);
for (let start = 0; start + 2048 <= samples.length; start += 2048) {
  const features = Meyda.extract(
    ["rms", "zcr", "spectralFlatness"],
    samples.slice(start, start + 2048),
  );
  console.log((start / take.sampleRate).toFixed(2), features);
}
