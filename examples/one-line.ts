// Five seconds from the default microphone, in one call.
import { record } from "roomtone";

const take = await record({ seconds: 5, sampleRate: 44_100, format: "int16" });

const samples = take.getChannelData(0); // Float32Array, ready to analyse
const peak = samples.reduce((largest, sample) => Math.max(largest, Math.abs(sample)), 0);
console.log(`${take.length} frames in ${take.duration} s, peak ${peak.toFixed(3)}`);
console.log(`frames lost: ${take.gaps.reduce((sum, gap) => sum + gap.frames, 0)}`);

await take.save("recorded_audio.wav");
