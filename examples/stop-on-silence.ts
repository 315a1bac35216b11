// Records a spoken sentence: ends when nothing was said for a second, or after ten.
import { record } from "roomtone";

const take = await record({
  seconds: 10,
  silence: { below: -45, for: 1 }, // dBFS; a quiet room has some -60
  channels: 1,
});
console.log(`${take.duration.toFixed(1)} s`);
await take.save("sentence.wav");
