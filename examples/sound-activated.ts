// Listens, and writes a file for each sound, with half a second from before it. The device stays open in between, so that
// nothing is lost. Left alone it would go on for weeks and keep the newest thousand files.
import { takes } from "roomtone";

const sounds = takes({
  trigger: { above: -35, for: 0.05 },
  silence: { below: -45, for: 0.3 },
  preRoll: 0.5,
  maxTakeSeconds: 10,
  file: "sound_{date}_{time}_{index}.wav",
  index: "sounds.jsonl",
  keep: { files: 1000 },
});

for await (const take of sounds) {
  console.log(take.startedAt?.toISOString(), take.seconds, "s", take.files[0]?.path);
  if (take.number === 3) {
    break;
  }
}
