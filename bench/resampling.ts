import {
  loadResampler,
  RESAMPLE_QUALITIES,
  StreamResampler,
} from "../src/resample/stream-resampler.js";
import {
  type Conversion,
  gain,
  rejection,
  ripple,
  signalToNoise,
} from "../test/rig/resampling-quality.js";
import { sine } from "../test/rig/tone.js";
import { median, spreadText } from "./numbers.js";
import type { Effort, Question } from "./question.js";
import { type Cell, printTable } from "./table.js";

const RATES = [
  { from: 44_100, to: 48_000 },
  { from: 48_000, to: 44_100 },
  { from: 48_000, to: 16_000 },
  { from: 96_000, to: 48_000 },
  { from: 44_101, to: 48_000 },
  { from: 192_000, to: 8_000 },
] as const;

/** Seconds of sound that are converted for one measurement of the speed, in blocks as an audio thread has them. */
const SECONDS = 10;
const BLOCK = 1024;

/** How good and how fast the sample-rate converter is. */
export const resampling: Question = {
  name: "resampling",
  title: "Quality and speed of the sample-rate converter",
  async run(effort: Effort) {
    await loadResampler();
    const conversions = RATES.flatMap((rates) =>
      RESAMPLE_QUALITIES.map((quality): Conversion => ({ ...rates, quality })),
    );
    const rows: Cell[][] = [];
    for (const conversion of conversions) {
      rows.push([
        nameOf(conversion),
        (await signalToNoise(conversion)).toFixed(1),
        (await rejection(conversion)).toFixed(1),
        (await ripple(conversion)).toFixed(4),
        (await gain(conversion, 0.95)).toFixed(2),
        (await gain(conversion, 0.975)).toFixed(2),
      ]);
    }
    printTable(
      [
        "conversion",
        "SNR, dB",
        "rejection, dB",
        "ripple to 0.9, ± dB",
        "gain at 0.95, dB",
        "gain at 0.975, dB",
      ],
      rows,
    );

    printTable(
      ["conversion", "mono, × real time", "min–max", "stereo, × real time", "min–max"],
      conversions.map((conversion) => {
        const mono: number[] = [];
        const stereo: number[] = [];
        for (let round = 0; round < effort.runs; round++) {
          mono.push(speed(conversion, 1));
          stereo.push(speed(conversion, 2));
        }
        return [
          nameOf(conversion),
          median(mono),
          spreadText(mono, 0),
          median(stereo),
          spreadText(stereo, 0),
        ];
      }),
    );
  },
};

/** Seconds of sound that are converted in one second. */
function speed({ from, to, quality }: Conversion, channels: number): number {
  const block = sine(BLOCK * channels, from, 997, 0.5);
  const resampler = new StreamResampler(from, to, channels, quality);
  const began = performance.now();
  for (let left = SECONDS * from; left > 0; left -= BLOCK) {
    resampler.process(block, Math.min(BLOCK, left));
  }
  resampler.flush();
  const seconds = (performance.now() - began) / 1000;
  resampler.close();
  return SECONDS / seconds;
}

function nameOf({ from, to, quality }: Conversion): string {
  return `${from} → ${to}, ${quality}`;
}
