// Pitch over time by YIN (de Cheveigné and Kawahara, 2002): the lag at which the sound is most like itself.
import { readWav, record } from "roomtone";

const [, , file] = process.argv;
const take = file === undefined ? await record({ seconds: 5 }) : await readWav(file);

const LOWEST = 60; // Hz
const HOP = Math.round(take.sampleRate / 50);
const LONGEST_LAG = Math.ceil(take.sampleRate / LOWEST);
const samples = take.getChannelData(0);

for (let start = 0; start + 2 * LONGEST_LAG <= samples.length; start += HOP) {
  const pitch = yin(samples.subarray(start, start + 2 * LONGEST_LAG));
  const time = (start + LONGEST_LAG) / take.sampleRate;
  console.log(
    `${time.toFixed(2)} s  ${pitch === undefined ? "no pitch" : `${pitch.toFixed(1)} Hz`}`,
  );
}

function yin(frame: Float32Array): number | undefined {
  const at = (index: number): number => frame[index] ?? 0;
  // How much the frame differs from itself a lag later, over the mean of that for all shorter lags.
  const difference = new Float64Array(LONGEST_LAG).fill(1);
  let sum = 0;
  for (let lag = 1; lag < LONGEST_LAG; lag++) {
    let squares = 0;
    for (let i = 0; i < LONGEST_LAG; i++) {
      squares += (at(i) - at(i + lag)) ** 2;
    }
    sum += squares;
    difference[lag] = sum === 0 ? 1 : (squares * lag) / sum;
  }
  const value = (lag: number): number => difference[lag] ?? 1;
  let lag = difference.findIndex((ratio) => ratio < 0.15);
  if (lag < 0) {
    return undefined;
  }
  while (value(lag + 1) < value(lag)) {
    lag++; // down to the bottom of the dip
  }
  // A parabola through three values finds the bottom between two frames.
  const [before, here, after] = [value(lag - 1), value(lag), value(lag + 1)];
  const curve = before - 2 * here + after;
  return take.sampleRate / (lag + (curve > 0 ? (before - after) / (2 * curve) : 0));
}
