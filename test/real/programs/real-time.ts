// Records a second, as another user if asked for, and says whether the system has granted real-time priority.
import { InputStream } from "../../../src/index.js";
import { report, task } from "./task.js";

export interface RealTimeReport {
  readonly realTime: string;
  readonly frames: number;
  readonly droppedFrames: number;
}

export interface RealTimeTask {
  readonly realTime?: boolean;
  /** Becomes this user first. */
  readonly user?: number;
}

const { realTime, user } = task<RealTimeTask>();
if (user !== undefined) {
  // All files are read before: the other user may not be allowed to. The next stream gets the same thread.
  await (await InputStream.open({ realTime: false })).close();
  process.setgroups?.([]);
  process.setgid?.(user);
  process.setuid?.(user);
}
const stream = await InputStream.open({
  format: "int16",
  sampleRate: 44_100,
  signal: AbortSignal.timeout(20_000),
  ...(realTime !== undefined && { realTime }),
});
let frames = 0;
for await (const block of stream) {
  frames += block.length;
  if (frames >= 44_100) {
    break;
  }
}
report({
  realTime: stream.stats.realTime,
  frames,
  droppedFrames: stream.droppedFrames,
} satisfies RealTimeReport);
