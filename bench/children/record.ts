// Runs in a process of its own: record.js FILE SECONDS RATE
import { record } from "../../src/index.js";

const [file = "", seconds, rate] = process.argv.slice(2);
const take = await record({
  seconds: Number(seconds),
  sampleRate: Number(rate),
  format: "int16",
  progress: false,
});
await take.save(file);
