// Runs in a process of its own: analysis.js TASK FILE ROUNDS
// Analyses the mono float32 samples of FILE again and again. Prints a JSON list: the most memory in bytes above what the
// process had before, then for each round its milliseconds and those of CPU time of all its threads.
import { readFileSync } from "node:fs";
import {
  envelope,
  levels,
  loudness,
  spectrogram,
  spectrogramColumns,
  spectrum,
} from "../../src/index.js";
import { checkWord } from "../../src/options.js";
import { ANALYSIS_RATE, ANALYSIS_TASKS, type AnalysisTask } from "../analysis-tasks.js";

const [taskWord, file = "", rounds] = process.argv.slice(2);
const task = checkWord(taskWord, "task", ANALYSIS_TASKS);
const bytes = readFileSync(file);
const samples = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
const sampleRate = ANALYSIS_RATE;

const works: Readonly<Record<AnalysisTask, () => Promise<unknown>>> = {
  spectrogram: () => spectrogram(samples, { sampleRate }),
  "spectrogram-decibels": () => spectrogram(samples, { sampleRate, decibels: true }),
  "spectrogram-mel": () => spectrogram(samples, { sampleRate, mel: true }),
  "spectrogram-columns": async () => {
    let sum = 0;
    for await (const { values } of await spectrogramColumns(samples, { sampleRate })) {
      sum += values[0]?.[1] ?? 0;
    }
    return sum;
  },
  spectrum: () => spectrum(samples, { sampleRate }),
  "levels-envelope": async () => [
    await levels(samples, { sampleRate, truePeak: false }),
    await envelope(samples, { sampleRate }),
  ],
  levels: () => levels(samples, { sampleRate }),
  loudness: () => loudness(samples, { sampleRate }),
};

const before = process.resourceUsage().maxRSS;
const times: number[] = [];
// The first round is for the compiler, and does not count.
for (let round = 0; round <= Number(rounds); round++) {
  const began = performance.now();
  const cpu = process.cpuUsage();
  await works[task]();
  const { user, system } = process.cpuUsage(cpu);
  if (round > 0) {
    times.push(performance.now() - began, (user + system) / 1000);
  }
}
console.log(JSON.stringify([(process.resourceUsage().maxRSS - before) * 1024, ...times]));
