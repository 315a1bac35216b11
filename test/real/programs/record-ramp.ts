// Records the default microphone with several streams at once until a ramp has come and gone.
import { InputStream } from "../../../src/index.js";
import { PassingRamp, type RampSeen } from "./passing-ramp.js";
import { holdThread, ready, report, task } from "./task.js";

export interface RecordRampTask {
  /** One stream for each: the frames of its blocks. */
  readonly blocks: readonly number[];
  /** Once the ramp has begun, the main thread is held for so long. */
  readonly holdMs?: number;
}

export interface RecordedRamp extends RampSeen {
  readonly blockFrames: number;
  /** What the stream itself says. */
  readonly droppedFrames: number;
  /** How many blocks had another length than asked for. */
  readonly oddBlocks: number;
  /** The longest time without a block, after the first one. */
  readonly longestPauseMs: number;
}

const RATE = 44_100;

const { blocks, holdMs } = task<RecordRampTask>();
// Whatever goes wrong, this process ends.
const limit = AbortSignal.timeout(40_000);
const streams = await Promise.all(
  blocks.map((blockFrames) =>
    InputStream.open({ format: "int16", sampleRate: RATE, blockFrames, signal: limit }),
  ),
);
await Promise.all(streams.map((stream) => stream.start()));
ready();
let held = false;
report(await Promise.all(streams.map(recordOne)));

async function recordOne(stream: InputStream): Promise<RecordedRamp> {
  const ramp = new PassingRamp(RATE / 4);
  let oddBlocks = 0;
  let longestPauseMs = 0;
  let before: number | undefined;
  for await (const block of stream) {
    const now = performance.now();
    longestPauseMs = Math.max(longestPauseMs, now - (before ?? now));
    before = now;
    if (block.length !== stream.blockFrames) {
      oddBlocks++;
    }
    if (block.samples instanceof Int16Array) {
      ramp.add(block.samples);
    }
    if (holdMs !== undefined && ramp.began && !held) {
      held = true;
      holdThread(holdMs);
    }
    if (ramp.gone) {
      break;
    }
  }
  return {
    ...ramp.seen(),
    blockFrames: stream.blockFrames,
    droppedFrames: stream.droppedFrames,
    oddBlocks,
    longestPauseMs: Math.round(longestPauseMs),
  };
}
