import { InputStream, record } from "../src/index.js";
import { median } from "./numbers.js";
import type { Effort, Question } from "./question.js";
import { printTable, ratioText } from "./table.js";

const RATE = 48_000;
const SECONDS = 600;
const FRAMES = SECONDS * RATE;

const WAYS = [
  { name: "`for await`, blocks of 2,400 (default)", run: (device: string) => blocks(device, 2400) },
  { name: "`for await`, blocks of 4,096", run: (device: string) => blocks(device, 4096) },
  { name: "`for await`, blocks of 256", run: (device: string) => blocks(device, 256) },
  { name: "`for await`, blocks of 64", run: (device: string) => blocks(device, 64) },
  { name: "`readInto`, 4,096 frames", run: (device: string) => intoMemory(device, 4096) },
  { name: "`record()`, opening and closing included", run: take },
] as const;

/** How fast a test can record that does not wait for a clock. */
export const virtualPace: Question = {
  name: "virtual-pace",
  title: "Throughput of the virtual device with pace=fast",
  async run(effort: Effort) {
    for (const kind of ["silence", "ramp", "tone"]) {
      const device = `virtual:${kind}?pace=fast`;
      const measured: { name: string; rate: number }[] = [];
      for (const { name, run } of WAYS) {
        const rates: number[] = [];
        // Once for the compiler, which does not count.
        await run(device);
        for (let round = 0; round < effort.rounds; round++) {
          rates.push(await run(device));
        }
        const rate = median(rates);
        measured.push({ name, rate });
      }
      console.log(`\`virtual:${kind}\`, mono float32, ${SECONDS} s of sound at 48 kHz:\n`);
      const base = measured[0]?.rate ?? Number.NaN;
      printTable(
        ["way", "million frames/s", "× real time", "ratio"],
        measured.map(({ name, rate }) => [name, rate / 1e6, rate / RATE, ratioText(rate, base)]),
      );
    }
  },
};

async function intoMemory(device: string, block: number): Promise<number> {
  await using stream = await InputStream.open({ device, sampleRate: RATE });
  const target = new Float32Array(block);
  await stream.readInto(target);
  const began = performance.now();
  let frames = 0;
  while (frames < FRAMES) {
    frames += await stream.readInto(target);
  }
  return rateSince(began, frames);
}

async function blocks(device: string, blockFrames: number): Promise<number> {
  await using stream = await InputStream.open({ device, sampleRate: RATE, blockFrames });
  let began: number | undefined;
  let frames = 0;
  for await (const block of stream) {
    if (began === undefined) {
      began = performance.now();
    } else {
      frames += block.length;
    }
    if (frames >= FRAMES) {
      break;
    }
  }
  return rateSince(began ?? Number.NaN, frames);
}

async function take(device: string): Promise<number> {
  const began = performance.now();
  const recording = await record({ device, sampleRate: RATE, frames: FRAMES, progress: false });
  return rateSince(began, recording.length);
}

function rateSince(began: number, frames: number): number {
  return frames / ((performance.now() - began) / 1000);
}
