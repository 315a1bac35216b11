// Runs in a process of its own: stream-roomtone.js TASK
import { InputStream } from "../../src/index.js";
import { now, planHold, RawFile, readTask } from "./stream-task.js";

const task = readTask();
const out = new RawFile(task.file);
planHold(task);
let lost = 0;
let gaps = 0;
let failure = "";
try {
  const stream = await InputStream.open({
    sampleRate: task.rate,
    channels: task.channels,
    blockFrames: task.block,
  });
  for await (const block of stream) {
    out.write(block.bytes);
    if (block.droppedBefore > 0) {
      lost += block.droppedBefore;
      gaps++;
    }
    if (now() >= task.seconds) {
      break;
    }
  }
} catch (error) {
  failure = `, ${String(error)}`;
}
out.end(`${lost} frames in ${gaps} gaps${failure}`);
