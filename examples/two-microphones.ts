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
    const { seconds, offset = 0, offsetUncertainty = 0 } = result.value;
    const [later, about] = [offset * 1000, offsetUncertainty * 1000].map((ms) => ms.toFixed(1));
    console.log(`${microphones[index]?.name}: ${seconds} s, begins ${later} ± ${about} ms later`);
  } else {
    console.log(`${microphones[index]?.name} failed: ${result.reason}`);
  }
}
