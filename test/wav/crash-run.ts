import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { openWavSync } from "../../src/wav/sync-file.js";
import { PYTHON } from "../rig/tools.js";
import { seededRandom } from "./files.js";

export const CRASH_RATE = 8000;
export const CRASH_CHANNELS = 2;

const CHILD = fileURLToPath(new URL("crash.child.js", import.meta.url));

/** A file that a killed recorder left, and how many frames it had written for certain. */
export interface CrashedFile {
  readonly file: string;
  readonly frames: number;
}

/** The program that is killed, and the end of its files' names. */
export interface CrashedProgram {
  readonly script: string;
  readonly ending: string;
  readonly args?: readonly string[];
}

const WRITER: CrashedProgram = { script: CHILD, ending: ".wav" };
/** The same program, which writes FLAC for a name with this end. */
export const FLAC_WRITER: CrashedProgram = { script: CHILD, ending: ".flac" };

/**
 * Records so many files, some at a time, and kills each recorder with SIGKILL at a moment of its
 * own: up to `seconds` after its first block.
 */
export async function crash(
  folder: string,
  count: number,
  together: number,
  seconds: number,
  seed: number,
  program: CrashedProgram = WRITER,
): Promise<CrashedFile[]> {
  const random = seededRandom(seed);
  const crashed: CrashedFile[] = [];
  const jobs = Array.from({ length: count }, (_, index) => ({
    file: path.join(folder, `${index}${program.ending}`),
    afterMs: random() * seconds * 1000,
  }));
  const work = async (): Promise<void> => {
    for (let job = jobs.pop(); job !== undefined; job = jobs.pop()) {
      crashed.push(await crashOne(program, job.file, job.afterMs));
    }
  };
  await Promise.all(Array.from({ length: together }, work));
  return crashed;
}

function crashOne(program: CrashedProgram, file: string, afterMs: number): Promise<CrashedFile> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program.script, file, ...(program.args ?? [])], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    let complaint = "";
    let timer: NodeJS.Timeout | undefined;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      timer ??= setTimeout(() => child.kill("SIGKILL"), afterMs);
      said += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      complaint += text;
    });
    child.on("error", reject);
    child.on("close", (_code, signal) => {
      clearTimeout(timer);
      if (signal !== "SIGKILL") {
        reject(new Error(`It ended by itself: ${complaint}`));
        return;
      }
      // The last line may be cut.
      const frames = Number(said.split("\n").at(-2) ?? 0);
      resolve({ file, frames });
    });
  });
}

/**
 * Fails unless each file opens here and in libsndfile, holds an unbroken ramp and nothing else, and
 * misses at most the second since its last checkpoint.
 */
export function assertSurvived(crashed: readonly CrashedFile[]): void {
  const script = `
import json, sys, numpy, soundfile
answers = []
for name in sys.argv[1:]:
    data = soundfile.read(name, dtype="int16", always_2d=True)[0]
    ramp = numpy.arange(len(data)).astype("u2").view("int16")
    answers.append([len(data), data.shape[1], bool((data == ramp[:, None]).all())])
print(json.dumps(answers))`;
  const files = crashed.map(({ file }) => file);
  const run = spawnSync(PYTHON, ["-c", script, ...files], { encoding: "utf8" });
  assert.equal(run.status, 0, run.stderr);
  const answers: [frames: number, channels: number, whole: boolean][] = JSON.parse(run.stdout);
  assert.equal(answers.length, crashed.length);
  for (const [index, { file, frames }] of crashed.entries()) {
    const opened = openWavSync(file);
    const bytes = new Uint8Array(opened.frames * CRASH_CHANNELS * 2);
    assert.equal(opened.read(bytes, 0, opened.frames), opened.frames);
    opened.close();
    const samples = new Int16Array(bytes.buffer);
    const broken = samples.findIndex(
      (sample, at) => sample !== (Math.floor(at / CRASH_CHANNELS) << 16) >> 16,
    );
    assert.equal(broken, -1, `the ramp breaks at sample ${broken} of ${samples.length}`);
    const [heard = 0, channels, whole] = answers[index] ?? [];
    assert.deepEqual([channels, whole], [CRASH_CHANNELS, true], "libsndfile");
    // Before the first checkpoint the header says that there is nothing, which we do not believe.
    for (const read of [opened.frames, heard]) {
      const missing = `${frames} frames were written, ${read} are read`;
      assert.ok(frames - read <= CRASH_RATE, missing);
    }
    assert.ok(readFileSync(file).includes("until the end"));
  }
}
