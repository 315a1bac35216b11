import { toDbfs } from "../analysis/level-meter.js";
import type { ProgressSink, RecordProgress } from "../recording/progress.js";
import { clockText } from "../recording/terminal-progress.js";

/** One line for each second that was recorded: for logs and pipes. */
export function lineProgress(stream: NodeJS.WritableStream): ProgressSink {
  let told = 0;
  let peak = 0;
  return {
    update(progress: RecordProgress): void {
      peak = Math.max(peak, ...progress.peak);
      const second = Math.floor(progress.seconds);
      if (second > told) {
        told = second;
        const level = peak === 0 ? "silence" : `peak ${toDbfs(peak).toFixed(1)} dBFS`;
        stream.write(`${clockText(progress)}  ${level}  ${progress.lostFrames} frames lost\n`);
        peak = 0;
      }
    },
    end(): void {},
  };
}
