// Records a ramp in real time with a Recorder until it is killed: node crash.child.js FILE [SPLIT SECONDS]
// Says each 50 ms how many frames were recorded before.

import { writeSync } from "node:fs";
import { Recorder } from "../../src/index.js";
import { CRASH_CHANNELS, CRASH_RATE } from "../wav/crash-run.js";

const [, , file = "", split] = process.argv;
await using recorder = await Recorder.open({
  device: `virtual:ramp?rate=${CRASH_RATE}`,
  format: "int16",
  channels: CRASH_CHANNELS,
  file,
  ...(split !== undefined && { split: { seconds: Number(split) } }),
  metadata: { info: { INAM: "until the end" } },
  // Whatever goes wrong, this process ends.
  seconds: 60,
});
for await (const { frames } of recorder) {
  writeSync(1, `${frames}\n`);
}
