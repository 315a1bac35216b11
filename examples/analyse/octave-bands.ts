// Levels in the octave bands of IEC 61260-1: mid-frequencies 1000 Hz times powers of 10^0.3, under their nominal names.
import { readWav, record, spectrum } from "roomtone";

const [, , file] = process.argv;
const take = file === undefined ? await record({ seconds: 5 }) : await readWav(file);

const NOMINAL = [31.5, 63, 125, 250, 500, 1000, 2000, 4000, 8000, 16_000];
const OCTAVE = 10 ** 0.3;

// Bins of about 3 Hz, so that the lowest band has several.
const size = Math.min(take.length, 2 ** Math.ceil(Math.log2(take.sampleRate / 3)));
const { frequencies, values } = await spectrum(take, { size, scaling: "density" });
const binWidth = frequencies[1] ?? 0;

for (const [index, nominal] of NOMINAL.entries()) {
  const middle = 1000 * OCTAVE ** (index - 5);
  const [low, high] = [middle / Math.sqrt(OCTAVE), middle * Math.sqrt(OCTAVE)];
  if (high > take.sampleRate / 2) {
    break;
  }
  // The power in each bin; of one that lies across an edge, the share that is inside.
  const power = frequencies.reduce((sum, frequency, bin) => {
    const from = Math.max(low, frequency - binWidth / 2);
    const to = Math.min(high, frequency + binWidth / 2);
    return sum + Math.max(0, to - from) * (values[0]?.[bin] ?? 0);
  }, 0);
  const level = power > 0 ? `${(10 * Math.log10(power)).toFixed(1)} dBFS` : "silence";
  console.log(`${String(nominal).padStart(7)} Hz  ${level}`);
}
