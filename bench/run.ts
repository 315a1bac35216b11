// node build/bench/run.js [--quick] [name of a question]...
// Measures and prints tables, all questions or those named. It asserts nothing: times depend on the
// machine and on what else it does, so what counts are ratios within one run.
import { analysis } from "./analysis.js";
import { conversion } from "./conversion.js";
import { firstFrame } from "./first-frame.js";
import { flac } from "./flac.js";
import { importing } from "./importing.js";
import { loadText, machineLines } from "./machine.js";
import { pictures } from "./pictures.js";
import type { Effort, Question } from "./question.js";
import { recordingCost } from "./recording-cost.js";
import { resampling } from "./resampling.js";
import { ring } from "./ring.js";
import { roundTrip } from "./round-trip.js";
import { streams } from "./streams.js";
import { virtualPace } from "./virtual-pace.js";
import { wav } from "./wav.js";

const QUESTIONS: readonly Question[] = [
  importing,
  firstFrame,
  ring,
  conversion,
  virtualPace,
  recordingCost,
  resampling,
  streams,
  roundTrip,
  wav,
  flac,
  analysis,
  pictures,
];
const FULL: Effort = { runs: 15, rounds: 3, recordSeconds: 60, streamSeconds: 60 };
const QUICK: Effort = { runs: 3, rounds: 1, recordSeconds: 8, streamSeconds: 12 };

const words = process.argv.slice(2);
const quick = words.includes("--quick");
const names = words.filter((word) => word !== "--quick");
const unknown = names.find((name) => !QUESTIONS.some((question) => question.name === name));
if (unknown !== undefined) {
  const known = QUESTIONS.map((question) => question.name).join(", ");
  console.error(`bench: there is no question "${unknown}"; there are ${known}.`);
  process.exit(2);
}

for (const line of machineLines()) {
  console.log(`- ${line}`);
}
console.log("");
for (const question of QUESTIONS) {
  if (names.length === 0 || names.includes(question.name)) {
    console.log(`## ${question.title} (${question.name})\n`);
    await question.run(quick ? QUICK : FULL);
  }
}
console.log(`Load average after the run: ${loadText()}`);
