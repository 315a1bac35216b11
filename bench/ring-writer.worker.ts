// Runs in a worker: writes frames into a ring as fast as it can.
import { workerData } from "node:worker_threads";
import { type RingMemory, RingWriter } from "../src/ring.js";

/** What the worker is born with. */
export interface RingWork {
  readonly memory: RingMemory;
  readonly block: number;
  readonly frames: number;
}

const { memory, block, frames } = workerData as RingWork;
const writer = new RingWriter(memory);
const source = new Uint8Array(block * memory.frameBytes);
for (let left = frames; left > 0; ) {
  const written = writer.tryWrite(source, Math.min(block, left));
  left -= written;
  if (written === 0) {
    // Not for the next block only: the two threads would then wake each other for every one of them.
    writer.waitForRoom(writer.capacityFrames >> 2, 1_000);
  }
}
