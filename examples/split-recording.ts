// A long recording in files of two seconds, without a frame lost or repeated between them, and a list of them.
import { readFile } from "node:fs/promises";
import { Recorder } from "roomtone";

const recorder = await Recorder.open({
  file: "part_{date}_{time}_{index}.wav",
  split: { seconds: 2 },
  index: "parts.jsonl",
  seconds: 5,
});
recorder.on("file", (path) => console.log(path));
await recorder.start();
const { files, gaps } = await recorder.finished;
console.log(files.map(({ seconds }) => seconds).join(" + "), "s,", gaps.length, "gaps");
console.log(await readFile("parts.jsonl", "utf8"));
