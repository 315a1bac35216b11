// Records a day, or an hour, from a device that is as fast as the disk, in files of which the newest are kept.
import { Recorder } from "../../../src/index.js";
import { report, task } from "./task.js";

export interface DayLongTask {
  readonly folder: string;
  readonly seconds: number;
  readonly splitSeconds: number;
  readonly keep: number;
}

export interface DayLongReport {
  readonly frames: number;
  readonly reason: string;
  readonly gaps: number;
  readonly files: number;
  readonly drift: unknown;
  /** Megabytes of memory while it went on, each some two percent. */
  readonly memory: readonly number[];
}

const { folder, seconds, splitSeconds, keep } = task<DayLongTask>();
await using recorder = await Recorder.open({
  device: "virtual:ramp?rate=8000&channels=1&pace=fast",
  format: "int16",
  seconds,
  file: `${folder}/{index}.wav`,
  split: { seconds: splitSeconds },
  index: `${folder}/index.jsonl`,
  keep: { files: keep },
});
const memory: number[] = [];
let next = 0;
recorder.on("level", ({ seconds: now }) => {
  if (now >= next) {
    memory.push(Math.round(process.memoryUsage.rss() / 2 ** 20));
    next = now + seconds / 50;
  }
});
await recorder.start();
const result = await recorder.finished;
report({
  frames: result.frames,
  reason: result.reason,
  gaps: result.gaps.length,
  files: result.files.length,
  drift: result.clockDrift,
  memory,
} satisfies DayLongReport);
