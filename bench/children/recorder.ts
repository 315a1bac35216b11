// Runs in a process of its own: recorder.js FILE SECONDS
import { Recorder } from "../../src/index.js";

const [file = "", seconds] = process.argv.slice(2);
await using recorder = await Recorder.open({
  file,
  seconds: Number(seconds),
  sampleRate: 44_100,
  format: "int16",
});
await recorder.start();
await recorder.finished;
