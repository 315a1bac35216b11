// Records with several recorders at once, and perhaps takes beside them, until all of them have ended.
import {
  AudioError,
  Recorder,
  type RecorderOptions,
  type RecorderResult,
  recordMany,
  type TakesOptions,
  takes,
} from "../../../src/index.js";
import { holdThread, ready, report, task } from "./task.js";

export interface RecordersTask {
  readonly recorders: readonly RecorderOptions[];
  /** Whether `recordMany()` records them. */
  readonly together?: boolean;
  /** Beside them, so many takes. */
  readonly takes?: { readonly options: TakesOptions; readonly count: number };
  /** Once there is sound, the main thread is held for so long. */
  readonly holdMs?: number;
}

/** How a recorder ended: with what is here of its result, or with a fault. */
export interface RecorderSeen
  extends Partial<
    Pick<RecorderResult, "reason" | "frames" | "lostFrames" | "gaps" | "files" | "triggeredAt">
  > {
  /** Of `recordMany()`. */
  readonly offset?: number | undefined;
  readonly fault?: {
    readonly name: string;
    readonly code?: string;
    readonly message: string;
    /** Frames that the error has. */
    readonly recorded?: number | undefined;
  };
}

export interface RecordersReport {
  readonly recorders: readonly RecorderSeen[];
  readonly takes: readonly RecorderSeen[];
  /** Frames that each recorder took while the main thread was held. */
  readonly framesWhileHeld: readonly number[];
  /** The most bytes that waited for the disk. */
  readonly mostWaiting: number;
}

const { recorders, together = false, takes: wanted, holdMs } = task<RecordersTask>();
const framesWhileHeld: number[] = [];
let mostWaiting = 0;
const [seen, taken] = await Promise.all([
  together ? recordTogether() : recordEach(),
  wanted === undefined ? [] : take(wanted.options, wanted.count),
]);
report({ recorders: seen, takes: taken, framesWhileHeld, mostWaiting } satisfies RecordersReport);

async function recordEach(): Promise<readonly RecorderSeen[]> {
  const opened = await Promise.all(recorders.map((options) => Recorder.open(options)));
  const listening = opened.map(
    (recorder) => new Promise((resolve) => recorder.once("level", resolve)),
  );
  // It may fail while the others are started.
  const ends = opened.map(({ finished }) => finished.then(seenOf, faultOf));
  await Promise.all(opened.map((recorder) => recorder.start()));
  void Promise.all(listening).then(ready);
  let isHeld = false;
  for (const recorder of opened) {
    recorder.on("level", ({ peak }) => {
      mostWaiting = Math.max(mostWaiting, recorder.stats.waitingBytes);
      if (holdMs !== undefined && !isHeld && Math.max(...peak) > 0) {
        isHeld = true;
        const before = opened.map(({ stats }) => stats.frames);
        holdThread(holdMs);
        framesWhileHeld.push(...opened.map(({ stats }, at) => stats.frames - (before[at] ?? 0)));
      }
    });
  }
  return Promise.all(ends);
}

async function recordTogether(): Promise<readonly RecorderSeen[]> {
  const ending = recordMany(recorders);
  ready();
  return (await ending).map((one) =>
    one.status === "fulfilled"
      ? { ...seenOf(one.value), offset: one.value.offset }
      : faultOf(one.reason),
  );
}

async function take(options: TakesOptions, count: number): Promise<readonly RecorderSeen[]> {
  const all: RecorderSeen[] = [];
  for await (const { number, continues: _, reason, ...one } of takes(options)) {
    all.push(seenOf({ ...one, reason: reason === "maxTakeSeconds" ? "seconds" : reason }));
    if (number === count) {
      break;
    }
  }
  return all;
}

function seenOf({
  reason,
  frames,
  lostFrames,
  gaps,
  files,
  triggeredAt,
}: RecorderResult): RecorderSeen {
  return {
    reason,
    frames,
    lostFrames,
    gaps,
    files,
    ...(triggeredAt !== undefined && { triggeredAt }),
  };
}

function faultOf(error: unknown): RecorderSeen {
  if (!(error instanceof Error)) {
    throw error;
  }
  const { name, message } = error;
  return {
    fault:
      error instanceof AudioError
        ? { name, message, code: error.code, recorded: error.recording?.length }
        : { name, message },
  };
}
