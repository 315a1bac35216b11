// Records three seconds, then plays them: what the microphone hears, a moment later.
import { play, record } from "roomtone";

const take = await record({ seconds: 3 });
const played = await play(take, {
  onProgress: ({ seconds, totalSeconds }) =>
    console.log(`${seconds.toFixed(1)} of ${totalSeconds} s`),
});
console.log(`${played.frames} frames heard, ${played.underflows.length} times silence in between`);
