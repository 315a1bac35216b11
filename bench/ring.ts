import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { createRing, RingReader } from "../src/ring.js";
import { median, spreadText } from "./numbers.js";
import type { Effort, Question } from "./question.js";
import type { RingWork } from "./ring-writer.worker.js";
import { type Cell, printTable, ratioText } from "./table.js";

/** float32, one channel: what `record()` asks for by itself. */
const FRAME_BYTES = 4;
/** Ten seconds, as deep as a stream's ring is by itself. */
const CAPACITY = 441_000;
const BLOCKS = [
  { block: 64, frames: 30_000_000 },
  { block: 256, frames: 100_000_000 },
  { block: 4096, frames: 400_000_000 },
] as const;

/** How fast frames can go from one thread to another. */
export const ring: Question = {
  name: "ring",
  title: "Throughput of the ring between two threads",
  async run(effort: Effort) {
    const rows: Cell[][] = [];
    for (const { block, frames } of BLOCKS) {
      const through: number[] = [];
      const copied: number[] = [];
      for (let round = 0; round < effort.runs; round++) {
        through.push(await throughRing(block, frames));
        copied.push(copyAlone(block, frames));
      }
      const rate = median(through);
      const limit = median(copied);
      rows.push([
        `${block} frames`,
        rate / 1e6,
        (rate * FRAME_BYTES) / 1e9,
        spreadText(through.map((one) => (one * FRAME_BYTES) / 1e9)),
        (limit * FRAME_BYTES) / 1e9,
        ratioText(rate, limit),
        rate / 48_000,
      ]);
    }
    console.log(
      "Mono float32, writer and reader each on a thread. Copy alone: `Uint8Array.set` of the same blocks on one thread into memory of the same size, which each of the two threads has to do at least.\n",
    );
    printTable(
      [
        "block",
        "million frames/s",
        "GB/s",
        "min–max",
        "copy alone GB/s",
        "ring to copy",
        "× real time at 48 kHz",
      ],
      rows,
    );
  },
};

/** Frames a second that pass, from the first one to the last. */
async function throughRing(block: number, frames: number): Promise<number> {
  const memory = createRing(CAPACITY, FRAME_BYTES);
  const workerData: RingWork = { memory, block, frames };
  const worker = new Worker(new URL("./ring-writer.worker.js", import.meta.url), { workerData });
  const exited = once(worker, "exit");
  await once(worker, "online");
  const reader = new RingReader(memory);
  const target = new Uint8Array(block * FRAME_BYTES);
  const look = (): void => {
    if (reader.available < block) {
      reader.waitSync(block, 1_000);
    }
  };
  while (reader.available === 0) {
    look();
  }
  const began = performance.now();
  for (let left = frames; left > 0; ) {
    const read = reader.tryReadInto(target, Math.min(block, left));
    left -= read;
    if (read < block && left > 0) {
      look();
    }
  }
  const seconds = (performance.now() - began) / 1000;
  await exited;
  return frames / seconds;
}

/** Frames a second that one thread copies in the same blocks, round and round the same memory. */
function copyAlone(block: number, frames: number): number {
  const bytes = block * FRAME_BYTES;
  const source = new Uint8Array(bytes);
  const size = CAPACITY * FRAME_BYTES;
  const target = new Uint8Array(new SharedArrayBuffer(size));
  const began = performance.now();
  let at = 0;
  for (let left = frames; left > 0; left -= block) {
    target.set(source.subarray(0, bytes), at);
    at += bytes;
    if (at + bytes > size) {
      at = 0;
    }
  }
  return frames / ((performance.now() - began) / 1000);
}
