import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { PYTHON } from "../test/rig/tools.js";
import { installNpmPeers, type NpmPeer, peerName } from "./npm-peers.js";
import { median, parseNumbers, spreadText } from "./numbers.js";
import { childPath, peerPath } from "./paths.js";
import type { Effort, Question } from "./question.js";
import { type Cell, printTable, ratioText } from "./table.js";
import {
  TASKS,
  type Task,
  WAV_BLOCK_FRAMES,
  WAV_FILE_FORMATS,
  type WavFileFormat,
} from "./wav-tasks.js";

const RATE = 44_100;
const SECONDS = 600;
/** Timed repetitions in one process. */
const REPEATS = 3;

interface Program {
  readonly name: string;
  readonly tasks: readonly Task[];
  /** Default: all. */
  readonly formats?: readonly WavFileFormat[];
  /** Seconds of sound in its file, where it is too slow for all; its times are scaled. */
  readonly seconds?: number;
  /** Why it cannot run. */
  readonly missing?: string | undefined;
  command(work: readonly string[]): readonly [string, ...string[]];
}

interface Measured {
  readonly ms: number[];
  /** Why there is nothing, or no more. */
  failure: string | undefined;
  /** The most, in bytes. */
  memory: number;
}

const TITLES: Readonly<Record<Task, string>> = {
  write: "Write",
  bytes: "Read the frames as they are",
  floats: "Read as 32-bit floats, each channel apart",
};

/** How fast long WAV files are written and read, and in how much memory. */
export const wav: Question = {
  name: "wav",
  title: "Writing and reading WAV files",
  async run(effort: Effort) {
    const peers = await installNpmPeers(["wavefile", "node-wav"]);
    const folder = mkdtempSync(path.join(tmpdir(), "roomtone-bench-wav-"));
    try {
      const programs: readonly Program[] = [
        own("roomtone", "roomtone", TASKS),
        own("roomtone, new arrays for each block", "roomtone-fresh", ["bytes", "floats"]),
        own("roomtone/wave", "roomtone/wave", ["write", "bytes"]),
        own("roomtone/wave, `readframesinto`", "roomtone/wave-into", ["bytes"]),
        python("soundfile", "soundfile", TASKS),
        python("soundfile, and a copy of each channel", "soundfile-copies", ["floats"]),
        { ...python("Python's wave", "wave", ["write", "bytes"]), formats: ["int16"] },
        {
          ...npm("wavefile", TASKS, peers.folder, peers.reasonOf("wavefile")),
          name: `${peerName("wavefile")}, one minute; time × 10`,
          seconds: 60,
        },
        npm("node-wav", ["write", "floats"], peers.folder, peers.reasonOf("node-wav")),
        own("raw file, `fs.promises`", "raw-async", ["write", "bytes"]),
        own("raw file, `fs.readSync`, `fs.writeSync`", "raw", ["write", "bytes"]),
      ];
      for (const task of TASKS) {
        for (const format of WAV_FILE_FORMATS) {
          await compare(programs, task, format, folder, effort.rounds);
        }
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
      peers.remove();
    }
  },
};

async function compare(
  all: readonly Program[],
  task: Task,
  format: WavFileFormat,
  folder: string,
  rounds: number,
): Promise<void> {
  const programs = all.filter(
    ({ tasks, formats = WAV_FILE_FORMATS }) => tasks.includes(task) && formats.includes(format),
  );
  const inputOf = ({ seconds = SECONDS }: Program): string =>
    path.join(folder, `${format}-${seconds}.wav`);
  for (const seconds of new Set(programs.map((program) => program.seconds ?? SECONDS))) {
    const writer = { ...own("", "roomtone", TASKS), seconds };
    await run(writer, "write", format, inputOf(writer), 0);
  }
  const results = new Map(
    programs.map((one): [Program, Measured] => [one, { ms: [], memory: 0, failure: one.missing }]),
  );
  for (let round = 0; round < rounds; round++) {
    for (const [program, measured] of results) {
      if (measured.failure === undefined) {
        const file = task === "write" ? path.join(folder, "written.wav") : inputOf(program);
        const [memory = 0, ...ms] = await run(program, task, format, file, REPEATS).catch(
          (error: unknown) => {
            measured.failure =
              /^\w*Error: (?!Command failed).*$/m.exec(String(error))?.[0] ?? "failed";
            return [];
          },
        );
        const scale = SECONDS / (program.seconds ?? SECONDS);
        measured.ms.push(...ms.map((one) => one * scale));
        measured.memory = Math.max(measured.memory, memory);
        rmSync(path.join(folder, "written.wav"), { force: true });
      }
    }
  }
  const [first] = results.values();
  const ours = median(first?.ms ?? []);
  console.log(`### ${TITLES[task]}, ${format}\n`);
  printTable(
    ["program", "ms", "min–max", "MB/s", "roomtone's speed to it", "memory above base, MiB"],
    [...results].map(([{ name }, { ms, memory, failure }]): Cell[] => {
      if (failure !== undefined) {
        return [`${name}: ${failure}`];
      }
      const time = median(ms);
      const megabytes = (RATE * SECONDS * 2 * (format === "int16" ? 2 : 4)) / 1e6;
      return [
        name,
        time,
        spreadText(ms, 0),
        megabytes / (time / 1000),
        ratioText(time, ours),
        memory / 2 ** 20,
      ];
    }),
  );
}

async function run(
  program: Program,
  task: Task,
  format: WavFileFormat,
  file: string,
  repeats: number,
): Promise<number[]> {
  const [command, ...args] = program.command([
    task,
    format,
    file,
    `${RATE * (program.seconds ?? SECONDS)}`,
    `${repeats}`,
  ]);
  const { stdout } = await promisify(execFile)(command, args, { timeout: 300_000 });
  return parseNumbers(stdout);
}

function own(name: string, program: string, tasks: readonly Task[]): Program {
  return { name, tasks, command: (work) => [process.execPath, childPath("wav"), program, ...work] };
}

function python(name: string, program: string, tasks: readonly Task[]): Program {
  const command: Program["command"] = (work) => [
    PYTHON,
    peerPath("wav.py"),
    program,
    ...work,
    `${WAV_BLOCK_FRAMES}`,
  ];
  return { name, tasks, command };
}

function npm(
  peer: NpmPeer,
  tasks: readonly Task[],
  folder: string,
  missing: string | undefined,
): Program {
  const script = peerPath("wav_npm.cjs");
  const command: Program["command"] = (work) => [process.execPath, script, peer, ...work, folder];
  return { name: peerName(peer), tasks, missing, command };
}
