import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { WavWriter } from "../src/wav/writer.js";
import { seededRandom } from "../test/rig/random.js";
import { median, parseNumbers, spreadText } from "./numbers.js";
import { childPath } from "./paths.js";
import { PICTURE_KINDS } from "./picture-kinds.js";
import type { Effort, Question } from "./question.js";
import { printTable } from "./table.js";

const RATE = 48_000;
const MINUTES = [10, 60] as const;
/** A tone that comes and goes over noise, a minute long, again and again. */
const PATTERN_SECONDS = 60;

/** How long it takes to draw long files, and in how much memory. */
export const pictures: Question = {
  name: "pictures",
  title: "Drawing long takes",
  async run(effort: Effort) {
    const folder = mkdtempSync(path.join(tmpdir(), "roomtone-bench-pictures-"));
    try {
      const rows: (string | number)[][] = [];
      for (const minutes of MINUTES) {
        const file = path.join(folder, `${minutes}.wav`);
        await writeFile(file, minutes);
        for (const kind of PICTURE_KINDS) {
          const runs: number[][] = [];
          for (let round = 0; round < effort.rounds; round++) {
            const { stdout } = await promisify(execFile)(process.execPath, [
              childPath("picture"),
              kind,
              file,
            ]);
            runs.push(parseNumbers(stdout));
          }
          const column = (index: number): number[] => runs.map((run) => run[index] ?? Number.NaN);
          rows.push([
            `${kind} of ${minutes} minutes`,
            median(column(1)) / 1000,
            spreadText(
              column(1).map((ms) => ms / 1000),
              2,
            ),
            median(column(2)) / 1000,
            (minutes * 60_000) / median(column(1)),
            median(column(3)) / 1000,
            Math.max(...column(0)) / 2 ** 20,
          ]);
        }
      }
      printTable(
        [
          "picture",
          "SVG, s",
          "min–max",
          "CPU, s",
          "× real time",
          "PNG after it, s",
          "memory above base, MiB",
        ],
        rows,
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function writeFile(file: string, minutes: number): Promise<void> {
  const random = seededRandom(6);
  const pattern = Int16Array.from({ length: PATTERN_SECONDS * RATE }, (_, frame) => {
    const swell = Math.max(0, Math.sin((2 * Math.PI * frame) / (7 * RATE)));
    const tone = Math.sin((2 * Math.PI * 440 * frame) / RATE);
    return 9000 * swell * tone + random(64) - 32;
  });
  const bytes = new Uint8Array(pattern.buffer);
  await using writer = await WavWriter.create(file, {
    sampleRate: RATE,
    channels: 1,
    format: "int16",
  });
  for (let minute = 0; minute < minutes; minute++) {
    await writer.write(bytes);
  }
}
