// Onset times: where the spectrum grows much more than it usually does (spectral flux, in mel bands).
import { readWav, record, spectrogram } from "roomtone";

const [, , file] = process.argv;
const take = file === undefined ? await record({ seconds: 5 }) : await readWav(file);

const BANDS = 40;
const HOP = Math.round(take.sampleRate / 100);
const NEAR = 5; // columns to each side, of 10 ms
const { times, values } = await spectrogram(take, {
  size: 4 * HOP,
  overlap: 3 * HOP,
  scaling: "spectrum",
  decibels: true,
  floor: -100,
  mel: { bands: BANDS },
});
const levels = values[0] ?? new Float32Array();

// How much louder the bands became since the column before, those that became quieter left out.
const flux = Array.from(times, (_, column) => {
  let growth = 0;
  for (let band = column * BANDS; column > 0 && band < (column + 1) * BANDS; band++) {
    growth += Math.max(0, (levels[band] ?? 0) - (levels[band - BANDS] ?? 0));
  }
  return growth / BANDS;
});

for (const [column, growth] of flux.entries()) {
  const around = flux.slice(Math.max(0, column - NEAR), column + NEAR + 1);
  const mean = around.reduce((sum, value) => sum + value, 0) / around.length;
  if (growth === Math.max(...around) && growth > mean + 1.5 /* dB */) {
    console.log(`${times[column]?.toFixed(2)} s`);
  }
}
