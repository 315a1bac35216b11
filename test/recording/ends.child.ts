// Ends in the way its first argument names while it records to a file: node ends.child.js WAY FILE

import { writeSync } from "node:fs";
import { AudioError, Recorder, readWav } from "../../src/index.js";

const [, , way = "", file = ""] = process.argv;

const recorder = await Recorder.open({
  device: `virtual:ramp?rate=8000${way === "fill" ? "&pace=fast" : ""}`,
  format: "int16",
  file,
  // Whatever goes wrong, this process ends.
  seconds: 30,
});
await recorder.start();

if (way === "fill") {
  const error: unknown = await recorder.finished.catch((thrown: unknown) => thrown);
  const { code, recording } = error instanceof AudioError ? error : {};
  const rest = recording?.toInterleaved();
  const saved = await readWav(file);
  const told = { code, first: rest?.[0], length: rest?.length, inFile: saved.length };
  writeSync(1, JSON.stringify(told));
} else {
  await new Promise((resolve) => setTimeout(resolve, 700));
  if (way === "blocked exit") {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
  }
  writeSync(1, `${recorder.stats.frames}`);
  if (way === "throw") {
    throw new Error("mine");
  }
  process.exit(3);
}
