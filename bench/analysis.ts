import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { seededRandom } from "../test/rig/random.js";
import { PYTHON } from "../test/rig/tools.js";
import { ANALYSIS_RATE, type AnalysisTask } from "./analysis-tasks.js";
import { median, parseNumbers, spreadText } from "./numbers.js";
import { childPath, peerPath } from "./paths.js";
import type { Effort, Question } from "./question.js";
import { type Cell, printTable, ratioText } from "./table.js";

const SECONDS = 600;
/** Timed repetitions in one process. */
const REPEATS = 3;
/** Python's libraries would take what cores there are. */
const ONE_THREAD = { OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1" };

interface Program {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

interface Measured {
  readonly ms: number[];
  /** CPU time of all threads, in milliseconds. */
  readonly cpu: number[];
  /** The most, in bytes. */
  memory: number;
}

/** The first program of each is roomtone's, to which the others are compared. */
const QUESTIONS: readonly { readonly title: string; readonly programs: readonly Program[] }[] = [
  {
    title: "Spectrogram: window of 2,048 frames, hop 512",
    programs: [
      own("`spectrogram()`", "spectrogram"),
      scipy("scipy.signal.spectrogram, float32", "spectrogram-float32"),
      scipy("scipy.signal.spectrogram, float64", "spectrogram-float64"),
      own("`spectrogramColumns()`, nothing kept", "spectrogram-columns"),
      own("`spectrogram({ mel: true })`", "spectrogram-mel"),
    ],
  },
  {
    title: "The same in decibels",
    programs: [
      own("`spectrogram({ decibels: true })`", "spectrogram-decibels"),
      scipy("scipy and 10 log10, float32", "spectrogram-decibels-float32"),
    ],
  },
  {
    title: "Welch: window of 2,048 frames, hop 1,024",
    programs: [
      own("`spectrum()`", "spectrum"),
      scipy("scipy.signal.welch, float32", "welch-float32"),
      scipy("scipy.signal.welch, float64", "welch-float64"),
    ],
  },
  {
    title: "Levels and an envelope of 1,000 columns",
    programs: [
      own("`levels({ truePeak: false })` and `envelope()`", "levels-envelope"),
      scipy(
        "numpy: peak, RMS, mean, samples at full scale; least, greatest, RMS of columns",
        "levels",
      ),
      scipy("numpy and scipy: the same measures as `levels()`, and the columns", "levels-all"),
      own("`levels()`, with the true peak", "levels"),
      own("`loudness()`, with the true peak", "loudness"),
    ],
  },
];

/** How fast ten minutes of sound are analysed, and in how much memory. */
export const analysis: Question = {
  name: "analysis",
  title: "Analysis of ten minutes",
  async run(effort: Effort) {
    const folder = mkdtempSync(path.join(tmpdir(), "roomtone-bench-analysis-"));
    try {
      const file = path.join(folder, "sound.f32");
      writeFileSync(file, sound());
      for (const { title, programs } of QUESTIONS) {
        await compare(title, programs, file, effort.rounds);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function compare(
  title: string,
  programs: readonly Program[],
  file: string,
  rounds: number,
): Promise<void> {
  const results = new Map(
    programs.map((program): [Program, Measured] => [program, { ms: [], cpu: [], memory: 0 }]),
  );
  for (let round = 0; round < rounds; round++) {
    for (const [{ command }, measured] of results) {
      const [program, ...args] = command;
      const { stdout } = await promisify(execFile)(program, [...args, file, `${REPEATS}`], {
        env: { ...process.env, ...ONE_THREAD },
        timeout: 300_000,
      });
      const [memory = 0, ...times] = parseNumbers(stdout);
      measured.ms.push(...times.filter((_, index) => index % 2 === 0));
      measured.cpu.push(...times.filter((_, index) => index % 2 === 1));
      measured.memory = Math.max(measured.memory, memory);
    }
  }
  const [first] = results.values();
  const ours = median(first?.ms ?? []);
  const oursCpu = median(first?.cpu ?? []);
  console.log(`### ${title}\n`);
  printTable(
    [
      "ten minutes mono at 48 kHz",
      "ms",
      "min–max",
      "roomtone's speed to it",
      "CPU ms",
      "by CPU time",
      "memory above base, MiB",
    ],
    [...results].map(([{ name }, { ms, cpu, memory }]): Cell[] => [
      name,
      median(ms),
      spreadText(ms, 0),
      ratioText(median(ms), ours),
      median(cpu),
      ratioText(median(cpu), oursCpu),
      memory / 2 ** 20,
    ]),
  );
}

/** Tones that come and go over noise, with a peak of about -3 dBFS. */
function sound(): Float32Array {
  const random = seededRandom(1);
  return Float32Array.from({ length: SECONDS * ANALYSIS_RATE }, (_, frame) => {
    const time = frame / ANALYSIS_RATE;
    const swell = 0.3 + 0.3 * Math.sin(0.7 * time);
    const tone = Math.sin(2 * Math.PI * 220 * time) + 0.3 * Math.sin(2 * Math.PI * 3100 * time);
    return swell * 0.8 * tone + 0.02 * (random(2 ** 16) / 2 ** 15 - 1);
  });
}

function own(name: string, task: AnalysisTask): Program {
  return { name, command: [process.execPath, childPath("analysis"), task] };
}

function scipy(name: string, task: string): Program {
  return { name, command: [PYTHON, peerPath("analysis.py"), task] };
}
