// Two microphones at once: started together, and the measured time between their first frames.
import { devices, recordMany } from "roomtone";

const microphones = (await devices())
  .filter(({ maxInputChannels }) => maxInputChannels > 0)
  .slice(0, 2);
const results = await recordMany(
  microphones.map(({ id }, index) => ({ device: id, seconds: 3, file: `microphone-${index}.wav` })),
);
for (const [index, result] of results.entries()) {
  if (result.status === "fulfilled") {
    const { seconds, offset, offsetUncertainty } = result.value;
    console.log(`${microphones[index]?.name}: ${seconds} s`);
    console.log(`  begins ${offset} s behind the first, give or take ${offsetUncertainty} s`);
  } else {
    console.log(`${microphones[index]?.name} failed: ${result.reason}`);
  }
}
