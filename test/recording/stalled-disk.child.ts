// Records eight seconds of a ramp in real time to a file, on a disk that hangs: node stalled-disk.child.js FILE
// Says what came of it, and how much waited for the disk at most.

import { writeSync } from "node:fs";
import { Recorder } from "../../src/index.js";

const [, , file = ""] = process.argv;
await using recorder = await Recorder.open({
  device: "virtual:ramp?rate=48000",
  format: "int16",
  file,
  seconds: 8,
});
await recorder.start();
let most = 0;
for await (const level of recorder) {
  most = Math.max(most, level.state === "recording" ? recorder.stats.waitingBytes : 0);
}
const { frames, gaps, reason } = await recorder.finished;
writeSync(1, JSON.stringify({ frames, gaps, reason, most }));
