// Runs in a thread of its own, started by ring.test.ts: the writing end of a ring.
import { parentPort, workerData } from "node:worker_threads";
import { type RingMemory, RingWriter } from "../src/ring.js";
import { seededRandom } from "./rig/random.js";

/** What the thread is started with. */
export interface RingWriterData {
  readonly memory: RingMemory;
  readonly seed: number;
  /** Frames to write: each is the 32-bit number of its place, lost frames counted too. */
  readonly frames: number;
  readonly largestBlock: number;
  /** About every so many blocks some frames are lost; 0 for never. */
  readonly loseEvery: number;
  /** Whether it rests now and then, so that the reader has to wait too. */
  readonly rests: boolean;
}

/** The thread says where it lost frames, in order, when all is written. */
export interface RingWriterReport {
  readonly gaps: readonly { readonly position: number; readonly frames: number }[];
}

const data = workerData as RingWriterData;
const writer = new RingWriter(data.memory);
const random = seededRandom(data.seed);
const block = new Int32Array(data.largestBlock);
const bytes = new Uint8Array(block.buffer);
const gaps: { position: number; frames: number }[] = [];
const still = new Int32Array(new SharedArrayBuffer(4));

let position = 0;
let written = 0;
while (written < data.frames) {
  if (data.loseEvery > 0 && random(data.loseEvery) === 0) {
    const frames = 1 + random(1000);
    if (writer.tryLose(frames, "overrun")) {
      gaps.push({ position, frames });
      position += frames;
    }
  }
  const wanted = Math.min(1 + random(data.largestBlock), data.frames - written);
  for (let index = 0; index < wanted; index++) {
    block[index] = position + index;
  }
  for (let done = 0; done < wanted; ) {
    const count = writer.tryWrite(bytes.subarray(done * 4), wanted - done);
    done += count;
    if (count === 0) {
      writer.waitForRoom(1, 1000);
    }
  }
  position += wanted;
  written += wanted;
  if (data.rests && random(200) === 0) {
    Atomics.wait(still, 0, 0, 1);
  }
}
writer.end();
const report: RingWriterReport = { gaps };
parentPort?.postMessage(report);
